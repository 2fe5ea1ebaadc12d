//! Lines with a name, an amount and a bar, the longest first: money by master, share by type.

use super::ChartError;
use super::canvas::{Canvas, GRID, HEADER_HEIGHT, INK, MARGIN, SOFT, STRONG, TextAlign, TextStyle, WIDTH};

const ROW_HEIGHT: f32 = 104.0;
const BAR_HEIGHT: f32 = 28.0;
const TEXT_SIZE: f32 = 34.0;
const GAP: f32 = 24.0;

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bar {
    pub(crate) label: String,
    /// What the length stands for. Below zero it has none.
    pub(crate) value: i64,
    /// A part of the value that is drawn in a darker colour, such as the company's share of the money.
    pub(crate) part: i64,
    /// The value in words.
    pub(crate) text: String,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BarChart {
    pub(crate) title: String,
    /// The period, and what the colours mean.
    pub(crate) subtitle: String,
    pub(crate) bars: Vec<Bar>,
}

impl BarChart {
    /// Draws the chart as PNG.
    pub(crate) fn draw(&self) -> Result<Vec<u8>, ChartError> {
        let longest = self.bars.iter().map(|bar| bar.value).max().ok_or(ChartError::Empty)?;
        let rows = self.bars.len() as f32;
        let mut canvas =
            Canvas::new(HEADER_HEIGHT + rows * ROW_HEIGHT + MARGIN, &self.title, &self.subtitle)?;
        for (row, bar) in self.bars.iter().enumerate() {
            draw_bar(&mut canvas, bar, HEADER_HEIGHT + row as f32 * ROW_HEIGHT, longest);
        }
        canvas.encode_png()
    }
}

fn draw_bar(canvas: &mut Canvas, bar: &Bar, top: f32, longest: i64) {
    let room = WIDTH - 2.0 * MARGIN;
    let amount = TextStyle::new(TEXT_SIZE, INK).bold().aligned(TextAlign::Right);
    let baseline = top + TEXT_SIZE;
    canvas.draw_text(&bar.text, WIDTH - MARGIN, baseline, amount);
    let label = TextStyle::new(TEXT_SIZE, INK);
    let left = room - canvas.text_width(&bar.text, amount) - GAP;
    let name = canvas.fit_text(&bar.label, left, label);
    canvas.draw_text(&name, MARGIN, baseline, label);
    let bar_top = baseline + GAP * 0.6;
    canvas.fill_rect(MARGIN, bar_top, room, BAR_HEIGHT, GRID);
    canvas.fill_rect(MARGIN, bar_top, room * fraction(bar.value, longest), BAR_HEIGHT, SOFT);
    canvas.fill_rect(MARGIN, bar_top, room * fraction(bar.part, longest), BAR_HEIGHT, STRONG);
}

/// Returns how long a value is, from 0 to 1.
pub(super) fn fraction(value: i64, longest: i64) -> f32 {
    if longest <= 0 { 0.0 } else { (value.max(0) as f64 / longest as f64) as f32 }
}
