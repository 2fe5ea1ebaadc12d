//! Columns over time: money and orders by day, or by month, in panels one below the other.

use super::ChartError;
use super::bars::fraction;
use super::canvas::{
    Canvas, GRID, HEADER_HEIGHT, INK, MARGIN, MUTED_INK, SOFT, STRONG, TextAlign, TextStyle, WIDTH,
};

const PANEL_HEIGHT: f32 = 420.0;
/// The name of a panel above it, and the labels below.
const PANEL_HEADER: f32 = 64.0;
const PANEL_FOOTER: f32 = 72.0;
const TEXT_SIZE: f32 = 30.0;
/// The part of a column's place that it fills.
const COLUMN_PART: f32 = 0.72;
/// The most lines of the grid.
const MAX_STEPS: i64 = 4;
const LABEL_GAP: f32 = 18.0;
const AXIS: TextStyle = TextStyle::new(TEXT_SIZE, MUTED_INK).aligned(TextAlign::Right);

/// The values of one day in each panel.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    pub(crate) label: String,
    /// One for each panel.
    pub(crate) values: Vec<i64>,
    /// Drawn lighter: a day off.
    pub(crate) is_quiet: bool,
}

pub(crate) struct ColumnPanel<'a> {
    pub(crate) name: String,
    /// The smallest distance of two lines of the grid: one order, or one rouble.
    pub(crate) unit: i64,
    /// Returns a value as it stands beside the grid.
    pub(crate) format: Box<dyn Fn(i64) -> String + 'a>,
}

pub(crate) struct ColumnChart<'a> {
    pub(crate) title: String,
    pub(crate) subtitle: String,
    pub(crate) panels: Vec<ColumnPanel<'a>>,
    pub(crate) columns: Vec<Column>,
}

/// The values of a panel, and the lines of its grid with their texts.
type PanelValues = (Vec<i64>, Vec<(i64, String)>);

impl ColumnChart<'_> {
    /// Draws the chart as PNG.
    pub(crate) fn draw(&self) -> Result<Vec<u8>, ChartError> {
        if self.columns.is_empty() || self.panels.is_empty() {
            return Err(ChartError::Empty);
        }
        let height = PANEL_HEADER + PANEL_HEIGHT + PANEL_FOOTER;
        let whole = HEADER_HEIGHT + self.panels.len() as f32 * height + MARGIN / 2.0;
        let mut canvas = Canvas::new(whole, &self.title, &self.subtitle)?;
        let panels: Vec<PanelValues> =
            self.panels.iter().enumerate().map(|(number, panel)| self.panel_values(number, panel)).collect();
        let marks = panels.iter().flat_map(|(_, marks)| marks);
        // Of all panels, so that a day is at the same place in each.
        let axis_width = marks.map(|(_, text)| canvas.text_width(text, AXIS)).fold(0.0, f32::max);
        for (number, (panel, (values, marks))) in self.panels.iter().zip(&panels).enumerate() {
            let top = HEADER_HEIGHT + number as f32 * height;
            canvas.draw_text(&panel.name, MARGIN, top + TEXT_SIZE, TextStyle::new(TEXT_SIZE, INK).bold());
            self.draw_panel(&mut canvas, values, marks, top + PANEL_HEADER, MARGIN + axis_width + LABEL_GAP);
        }
        canvas.encode_png()
    }

    /// Returns the values of a panel and the lines of its grid, from zero up.
    fn panel_values(&self, number: usize, panel: &ColumnPanel<'_>) -> PanelValues {
        let value = |column: &Column| column.values.get(number).copied().unwrap_or(0);
        let values: Vec<i64> = self.columns.iter().map(value).collect();
        let highest = values.iter().copied().max().unwrap_or(0).max(0);
        let step = grid_step(highest, panel.unit);
        let steps = (highest.saturating_sub(1) / step).saturating_add(1);
        let mark = |mark: i64| (mark.saturating_mul(step), (panel.format)(mark.saturating_mul(step)));
        (values, (0..=steps).map(mark).collect())
    }

    fn draw_panel(&self, canvas: &mut Canvas, values: &[i64], marks: &[(i64, String)], top: f32, left: f32) {
        let bottom = top + PANEL_HEIGHT;
        let highest = marks.last().map_or(0, |(mark, _)| *mark);
        for (mark, text) in marks {
            let y = bottom - PANEL_HEIGHT * fraction(*mark, highest);
            canvas.fill_rect(left, y - 1.0, WIDTH - MARGIN - left, 2.0, GRID);
            canvas.draw_text(text, left - LABEL_GAP, y + TEXT_SIZE * 0.35, AXIS);
        }
        let place = (WIDTH - MARGIN - left) / values.len() as f32;
        for (number, (column, value)) in self.columns.iter().zip(values).enumerate() {
            let height = PANEL_HEIGHT * fraction(*value, highest);
            let x = left + place * (number as f32 + (1.0 - COLUMN_PART) / 2.0);
            let color = if column.is_quiet { SOFT } else { STRONG };
            canvas.fill_rect(x, bottom - height, place * COLUMN_PART, height, color);
        }
        self.draw_labels(canvas, left, bottom, place);
    }

    /// Writes the labels below the columns, as many as there is room for.
    fn draw_labels(&self, canvas: &mut Canvas, left: f32, bottom: f32, place: f32) {
        let style = TextStyle::new(TEXT_SIZE, MUTED_INK).aligned(TextAlign::Center);
        let widths = self.columns.iter().map(|column| canvas.text_width(&column.label, style));
        let widest = widths.fold(0.0, f32::max) + LABEL_GAP;
        let mut free_from = f32::MIN;
        for (number, column) in self.columns.iter().enumerate() {
            let middle = left + place * (number as f32 + 0.5);
            if middle - widest / 2.0 >= free_from {
                canvas.draw_text(&column.label, middle, bottom + TEXT_SIZE + LABEL_GAP / 2.0, style);
                free_from = middle + widest / 2.0;
            }
        }
    }
}

/// Returns the distance of the grid's lines: 1, 2 or 5 times a power of ten units, so that there are at most [`MAX_STEPS`].
pub(super) fn grid_step(highest: i64, unit: i64) -> i64 {
    let unit = unit.max(1);
    let mut power = unit;
    loop {
        for factor in [1, 2, 5] {
            let step = power.saturating_mul(factor);
            if step.saturating_mul(MAX_STEPS) >= highest {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}
