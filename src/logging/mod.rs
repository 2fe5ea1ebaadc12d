//! The log: how `serve` writes it and how `logs tail` reads it.

pub(crate) mod read;
pub(crate) mod write;
