//! How values are written in columns, and read back without trust.

use std::str::FromStr;

use tarn_domain::Timestamp;

use crate::RegistryError;

/// Reads a value from its text.
pub(crate) fn read<T: FromStr>(
    table: &'static str,
    column: &'static str,
    text: &str,
) -> Result<T, RegistryError> {
    text.parse().map_err(|_| RegistryError::Corrupt { table, column })
}

/// Reads 32 bytes.
pub(crate) fn read_32(
    table: &'static str,
    column: &'static str,
    bytes: &[u8],
) -> Result<[u8; 32], RegistryError> {
    bytes.try_into().map_err(|_| RegistryError::Corrupt { table, column })
}

/// Reads a moment that may not have come.
pub(crate) fn moment(micros: Option<i64>) -> Option<Timestamp> {
    micros.map(Timestamp::from_micros)
}

/// An enum whose values are words: written with `as_str`, read with `parse`.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// The word for it, in columns and answers.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = ();

            fn from_str(text: &str) -> Result<Self, ()> {
                match text { $($word => Ok(Self::$variant),)* _ => Err(()) }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use words;
