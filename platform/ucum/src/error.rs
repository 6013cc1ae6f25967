//! Why a code or a conversion is refused.

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UcumError {
    /// The text is no UCUM code.
    #[error("not a UCUM code: {why} at byte {at}")]
    Syntax {
        /// What is wrong there.
        why: &'static str,
        /// Where, from 0.
        at: usize,
    },
    /// The units measure different things.
    #[error("the units measure different things")]
    Incommensurable,
    /// The text is no decimal number, or has more digits than can be held.
    #[error("not a decimal number of at most 34 digits")]
    Number,
}
