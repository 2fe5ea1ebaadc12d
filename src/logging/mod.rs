//! The log: how `serve` writes it and how `logs tail` reads it.

pub mod read;
pub mod write;
