//! JSON as commands print it.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::text::is_terminal_control;

/// Writes JSON in which every character that would act on a terminal is an escape of JSON, so that nothing is lost.
pub(super) fn write_json(writer: impl Write, value: &impl Serialize) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(writer, EscapingFormatter))
}

struct EscapingFormatter;

impl Formatter for EscapingFormatter {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, text: &str) -> io::Result<()> {
        for piece in text.split_inclusive(is_terminal_control) {
            let control = piece.chars().next_back().filter(|c| is_terminal_control(*c));
            let plain = piece.len() - control.map_or(0, char::len_utf8);
            writer.write_all(&piece.as_bytes()[..plain])?;
            // All of them are in the first plane.
            control.map_or(Ok(()), |c| write!(writer, "\\u{:04x}", u32::from(c)))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_control_characters_become_json_escapes() {
        let mut json = Vec::new();
        let text = "я\u{1b}[31m\u{7f}\u{9b}\u{202e}\u{2028}\n\"🔧";
        assert!(write_json(&mut json, &[text, "plain"]).is_ok());
        let shown = String::from_utf8_lossy(&json);
        assert_eq!(shown, r#"["я\u001b[31m\u007f\u009b\u202e\u2028\n\"🔧","plain"]"#);
        assert!(serde_json::from_str::<Vec<String>>(&shown).is_ok_and(|read| read == [text, "plain"]));
    }
}
