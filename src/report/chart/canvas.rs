//! A picture on which rectangles and texts are drawn. Lengths are pixels.

use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use tiny_skia::{Color, Paint, PathBuilder, Pixmap, PremultipliedColorU8, Rect, Transform};

use super::ChartError;

/// A subset of `DejaVu Sans`: Latin, Cyrillic, the rouble sign. `src/report/fonts/README.md` tells how it was made.
const REGULAR_FONT: &[u8] = include_bytes!("../fonts/DejaVuSans.subset.ttf");
const BOLD_FONT: &[u8] = include_bytes!("../fonts/DejaVuSans-Bold.subset.ttf");

/// The width of every chart: that of a phone's screen, so that the words keep their size there.
pub(super) const WIDTH: f32 = 1080.0;
pub(super) const MARGIN: f32 = 48.0;
const TITLE_SIZE: f32 = 44.0;
const SUBTITLE_SIZE: f32 = 32.0;
/// The height of the title and of the line below it.
pub(super) const HEADER_HEIGHT: f32 = 150.0;

/// A colour: red, green, blue.
pub(super) type Rgb = [u8; 3];

pub(super) const INK: Rgb = [0x1f, 0x29, 0x33];
pub(super) const MUTED_INK: Rgb = [0x66, 0x70, 0x85];
pub(super) const GRID: Rgb = [0xe3, 0xe8, 0xef];
pub(super) const STRONG: Rgb = [0x2b, 0x6c, 0xb0];
pub(super) const SOFT: Rgb = [0x9f, 0xc2, 0xe8];

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum TextAlign {
    Left,
    Center,
    Right,
}

/// How a text is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct TextStyle {
    pub(super) size: f32,
    pub(super) color: Rgb,
    pub(super) is_bold: bool,
    pub(super) align: TextAlign,
}

impl TextStyle {
    pub(super) const fn new(size: f32, color: Rgb) -> Self {
        Self { size, color, is_bold: false, align: TextAlign::Left }
    }

    pub(super) const fn bold(self) -> Self {
        Self { is_bold: true, ..self }
    }

    pub(super) const fn aligned(self, align: TextAlign) -> Self {
        Self { align, ..self }
    }
}

pub(super) struct Canvas {
    pixmap: Pixmap,
    regular: FontRef<'static>,
    bold: FontRef<'static>,
}

impl Canvas {
    /// Makes a white picture of [`WIDTH`] with a title and a line below it.
    pub(super) fn new(height: f32, title: &str, subtitle: &str) -> Result<Self, ChartError> {
        let (width, height) = (to_pixels(WIDTH), to_pixels(height));
        let mut pixmap = Pixmap::new(width, height).ok_or(ChartError::Size { width, height })?;
        pixmap.fill(Color::WHITE);
        let mut canvas = Self {
            pixmap,
            regular: FontRef::try_from_slice(REGULAR_FONT)?,
            bold: FontRef::try_from_slice(BOLD_FONT)?,
        };
        let room = WIDTH - 2.0 * MARGIN;
        let style = TextStyle::new(TITLE_SIZE, INK).bold();
        let title = canvas.fit_text(title, room, style);
        canvas.draw_text(&title, MARGIN, MARGIN + TITLE_SIZE * 0.8, style);
        let style = TextStyle::new(SUBTITLE_SIZE, MUTED_INK);
        let subtitle = canvas.fit_text(subtitle, room, style);
        canvas.draw_text(&subtitle, MARGIN, MARGIN + TITLE_SIZE + SUBTITLE_SIZE, style);
        Ok(canvas)
    }

    /// Fills a rectangle; one without an area is not drawn.
    pub(super) fn fill_rect(&mut self, x: f32, y: f32, width: f32, height: f32, color: Rgb) {
        let Some(rect) = Rect::from_xywh(x, y, width, height) else { return };
        let mut paint = Paint::default();
        paint.set_color_rgba8(color[0], color[1], color[2], u8::MAX);
        let path = PathBuilder::from_rect(rect);
        self.pixmap.fill_path(&path, &paint, tiny_skia::FillRule::Winding, Transform::identity(), None);
    }

    /// Writes a text with its baseline at `y`; `x` is its left end, middle or right end.
    pub(super) fn draw_text(&mut self, text: &str, x: f32, y: f32, style: TextStyle) {
        let width = self.text_width(text, style);
        let mut pen = match style.align {
            TextAlign::Left => x,
            TextAlign::Center => x - width / 2.0,
            TextAlign::Right => x - width,
        };
        let font = self.font(style).clone();
        let scaled = font.as_scaled(PxScale::from(style.size));
        for letter in text.chars() {
            let glyph = scaled.scaled_glyph(letter);
            let id = glyph.id;
            let glyph = glyph.id.with_scale_and_position(PxScale::from(style.size), point(pen, y));
            if let Some(outline) = font.outline_glyph(glyph) {
                let bounds = outline.px_bounds();
                outline.draw(|dx, dy, coverage| {
                    self.blend(bounds.min.x + dx as f32, bounds.min.y + dy as f32, style.color, coverage);
                });
            }
            pen += scaled.h_advance(id);
        }
    }

    pub(super) fn text_width(&self, text: &str, style: TextStyle) -> f32 {
        let font = self.font(style).as_scaled(PxScale::from(style.size));
        text.chars().map(|letter| font.h_advance(font.glyph_id(letter))).sum()
    }

    /// Returns a text without the characters that the font lacks, such as emoji, and no wider than `room`: cut with an
    /// ellipsis if it must be. A text of which nothing is left is a dash.
    pub(super) fn fit_text(&self, text: &str, room: f32, style: TextStyle) -> String {
        let font = self.font(style);
        let drawable: String = text.chars().filter(|letter| font.glyph_id(*letter).0 != 0).collect();
        let text = match drawable.trim() {
            "" if !text.is_empty() => "—",
            drawable => drawable,
        };
        if self.text_width(text, style) <= room {
            return text.to_owned();
        }
        let mut cut: Vec<char> = text.chars().collect();
        while cut.pop().is_some() {
            let shorter = format!("{}…", cut.iter().collect::<String>().trim_end());
            if self.text_width(&shorter, style) <= room {
                return shorter;
            }
        }
        String::new()
    }

    #[cfg(test)]
    pub(super) fn has_glyph(&self, letter: char, is_bold: bool) -> bool {
        let font = if is_bold { &self.bold } else { &self.regular };
        font.glyph_id(letter).0 != 0
    }

    pub(super) fn encode_png(&self) -> Result<Vec<u8>, ChartError> {
        self.pixmap.encode_png().map_err(|error| ChartError::Png(error.to_string()))
    }

    fn font(&self, style: TextStyle) -> &FontRef<'static> {
        if style.is_bold { &self.bold } else { &self.regular }
    }

    /// Lays a colour over a pixel, `coverage` from 0 to 1.
    fn blend(&mut self, x: f32, y: f32, color: Rgb, coverage: f32) {
        if x < 0.0 || y < 0.0 || x >= self.pixmap.width() as f32 || y >= self.pixmap.height() as f32 {
            return;
        }
        let index = to_pixels(y) as usize * self.pixmap.width() as usize + to_pixels(x) as usize;
        let Some(pixel) = self.pixmap.pixels_mut().get_mut(index) else { return };
        let mix = |below: u8, above: u8| {
            to_channel(f32::from(below) * (1.0 - coverage) + f32::from(above) * coverage)
        };
        let [red, green, blue] =
            [mix(pixel.red(), color[0]), mix(pixel.green(), color[1]), mix(pixel.blue(), color[2])];
        if let Some(mixed) = PremultipliedColorU8::from_rgba(red, green, blue, u8::MAX) {
            *pixel = mixed;
        }
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn to_pixels(length: f32) -> u32 {
    length.max(0.0) as u32
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn to_channel(value: f32) -> u8 {
    value.clamp(0.0, 255.0).round() as u8
}
