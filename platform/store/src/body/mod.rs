//! Bodies: compressed with a dictionary of their type, sealed each under a key of its own, many to
//! a block.

pub(crate) mod block;
pub(crate) mod dictionary;
pub(crate) mod fold;
pub(crate) mod train;
pub(crate) mod vault;
