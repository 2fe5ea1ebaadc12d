//! Charts as PNG pictures for a phone: light, with few large words, and the same on every machine because the font is part of
//! the program.
//!
//! The texts, amounts included, come from the caller in the reader's language. A chart of nothing is not drawn: callers ask
//! for one when there is something to show.

// Pixels need no more digits than a float has.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
mod bars;
#[allow(clippy::cast_precision_loss)]
mod canvas;
#[allow(clippy::cast_precision_loss)]
mod columns;

pub(crate) use bars::{Bar, BarChart};
pub(crate) use columns::{Column, ColumnChart, ColumnPanel};

use thiserror::Error;

/// A chart that could not be drawn.
#[derive(Debug, Error)]
pub(crate) enum ChartError {
    #[error("a chart has nothing to show")]
    Empty,
    #[error("the picture of {width} × {height} pixels cannot be made")]
    Size { width: u32, height: u32 },
    #[error("the font cannot be read: {0}")]
    Font(#[from] ab_glyph::InvalidFont),
    #[error("the picture cannot be written as PNG: {0}")]
    Png(String),
}

#[cfg(test)]
mod tests;
