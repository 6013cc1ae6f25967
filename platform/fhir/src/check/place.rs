//! Where the walk is: a path that costs nothing until something is wrong.

use std::fmt;

/// A place in a resource, as a chain of frames on the stack.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'p> {
    parent: Option<&'p Place<'p>>,
    key: &'p str,
    index: Option<usize>,
}

impl<'p> Place<'p> {
    /// The resource itself.
    pub(super) fn root(name: &'p str) -> Self {
        Self { parent: None, key: name, index: None }
    }

    /// A member of this place.
    pub(super) fn member(&'p self, key: &'p str) -> Self {
        Self { parent: Some(self), key, index: None }
    }

    /// An item of the array that is this place.
    pub(super) fn item(self, index: usize) -> Self {
        Self { index: Some(index), ..self }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}.")?;
        }
        f.write_str(self.key)?;
        match self.index {
            Some(index) => write!(f, "[{index}]"),
            None => Ok(()),
        }
    }
}
