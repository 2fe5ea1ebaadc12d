//! HTML as Telegram reads it: escaping, and making texts fit without cutting a tag, an entity or a character.
//!
//! Lengths are UTF-16 units of the visible text, after tags and entities are parsed (Telegram Bot API: Formatting
//! options).

/// The most that one message holds (Telegram Bot API: sendMessage).
pub(crate) const MAX_MESSAGE: usize = 4096;

/// What a dialogue adds around the summary to confirm: who is asked, the question, the error in the last answer. For
/// [`fit_fields_beside`].
pub(crate) const QUESTION_ROOM: usize = 600;

const ELLIPSIS: char = '…';

/// Field lengths that [`fit_fields`] tries, from generous to terse.
const FIELD_LENGTHS: [usize; 7] = [MAX_MESSAGE, 1500, 1000, 500, 250, 100, 40];

pub(crate) fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// Shortens a plain text to at most `max_utf16` units; a shortened text ends in `…`.
pub(crate) fn shorten_text(text: &str, max_utf16: usize) -> String {
    if utf16_len(text) <= max_utf16 {
        return text.to_owned();
    }
    let Some(room) = max_utf16.checked_sub(ELLIPSIS.len_utf16()) else {
        return String::new();
    };
    let mut used = 0;
    let kept: String = text
        .chars()
        .take_while(|letter| {
            used += letter.len_utf16();
            used <= room
        })
        .collect();
    format!("{}{ELLIPSIS}", kept.trim_end())
}

/// Renders a text with its user fields as long as possible. `render` gets the most UTF-16 units that one field may have,
/// and is called again with less while the whole does not fit into a message.
pub(crate) fn fit_fields(render: impl Fn(usize) -> String) -> String {
    fit_fields_beside(0, render)
}

/// The same, leaving room for as many UTF-16 units as the caller adds around the text.
pub(crate) fn fit_fields_beside(room: usize, render: impl Fn(usize) -> String) -> String {
    let limit = MAX_MESSAGE.saturating_sub(room);
    let mut html = String::new();
    for max_field in FIELD_LENGTHS {
        html = render(max_field);
        if visible_len(&html) <= limit {
            return html;
        }
    }
    cut_html(&html, limit)
}

/// Returns the number of UTF-16 units of an HTML text that the reader sees.
fn visible_len(html: &str) -> usize {
    HtmlPieces(html)
        .map(|piece| match piece {
            HtmlPiece::Letter(_, units) => units,
            HtmlPiece::Open(_) | HtmlPiece::Close(_) => 0,
        })
        .sum()
}

pub(crate) fn utf16_len(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Cuts an HTML text between letters, with `…` and every open tag closed.
fn cut_html(html: &str, limit: usize) -> String {
    if visible_len(html) <= limit {
        return html.to_owned();
    }
    let mut kept = String::with_capacity(html.len());
    let mut open: Vec<&str> = Vec::new();
    let mut used = ELLIPSIS.len_utf16();
    for piece in HtmlPieces(html) {
        match piece {
            HtmlPiece::Open(tag) => {
                open.push(tag_name(tag));
                kept.push_str(tag);
            }
            HtmlPiece::Close(tag) => {
                open.pop();
                kept.push_str(tag);
            }
            HtmlPiece::Letter(source, units) => {
                used += units;
                if used > limit {
                    break;
                }
                kept.push_str(source);
            }
        }
    }
    kept.push(ELLIPSIS);
    for tag in open.iter().rev() {
        kept.push_str("</");
        kept.push_str(tag);
        kept.push('>');
    }
    kept
}

enum HtmlPiece<'a> {
    /// `<b>`, `<a href="…">`.
    Open(&'a str),
    /// `</b>`.
    Close(&'a str),
    /// One character or entity as written, and its UTF-16 units.
    Letter(&'a str, usize),
}

/// Splits well-formed HTML into pieces that must not be cut.
struct HtmlPieces<'a>(&'a str);

impl<'a> Iterator for HtmlPieces<'a> {
    type Item = HtmlPiece<'a>;

    fn next(&mut self) -> Option<HtmlPiece<'a>> {
        let first = self.0.chars().next()?;
        let end = match first {
            '<' => self.0.find('>').map(|end| end + 1),
            '&' => self.0.find(';').map(|end| end + 1),
            _ => None,
        };
        let (piece, rest) = self.0.split_at(end.unwrap_or(first.len_utf8()));
        self.0 = rest;
        Some(match first {
            '<' if piece.starts_with("</") => HtmlPiece::Close(piece),
            '<' if piece.len() > 1 => HtmlPiece::Open(piece),
            _ => HtmlPiece::Letter(piece, first.len_utf16()),
        })
    }
}

fn tag_name(tag: &str) -> &str {
    let name = tag.trim_start_matches('<').trim_end_matches('>');
    name.split_whitespace().next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;
    use crate::bot::view::testing::check_html;

    #[test]
    fn short_texts_stay_as_they_are() {
        assert_eq!(shorten_text("", 0), "");
        assert_eq!(shorten_text("abc", 3), "abc");
        assert_eq!(cut_html("<b>a</b>", MAX_MESSAGE), "<b>a</b>");
    }

    #[test]
    fn long_texts_end_in_an_ellipsis() {
        assert_eq!(shorten_text("abcd", 3), "ab…");
        assert_eq!(shorten_text("ab cd", 4), "ab…");
        assert_eq!(shorten_text("🔧🔧", 3), "🔧…");
        assert_eq!(shorten_text("🔧🔧", 2), "…");
        assert_eq!(shorten_text("abcd", 0), "");
    }

    #[test]
    fn cutting_a_message_closes_its_tags_and_keeps_entities_whole() {
        let long = "&amp;".repeat(MAX_MESSAGE + 1);
        let cut = cut_html(&format!("<b>1 <a href=\"tg://user?id=7\">{long}</a></b>"), MAX_MESSAGE);
        assert!(cut.ends_with("&amp;…</a></b>"), "{}", &cut[cut.len() - 40..]);
        assert_eq!(check_html(&cut), MAX_MESSAGE);
    }

    #[test]
    fn a_message_of_the_limit_is_not_cut() {
        let full = "🔧".repeat(MAX_MESSAGE / 2);
        assert_eq!(cut_html(&full, MAX_MESSAGE), full);
        let over = format!("{full}a");
        assert_eq!(check_html(&cut_html(&over, MAX_MESSAGE)), MAX_MESSAGE - 1);
    }

    proptest! {
        #[test]
        fn escaped_text_is_well_formed_and_as_long_as_it_was(text in "\\PC{0,60}") {
            prop_assert_eq!(check_html(&escape_html(&text)), utf16_len(&text));
        }

        #[test]
        fn shortened_text_fits_and_begins_like_the_whole(text in "[ a-z<&🔧é]{0,40}", max in 0usize..50) {
            let short = shorten_text(&text, max);
            prop_assert!(utf16_len(&short) <= max);
            prop_assert!(text.starts_with(short.strip_suffix('…').unwrap_or(&short)));
        }

        #[test]
        fn any_message_is_cut_well_formed(parts in prop::collection::vec("[a<&\"🔧 ]{1,400}", 1..40)) {
            let html: String = parts
                .iter()
                .enumerate()
                .map(|(n, part)| {
                    let part = escape_html(part);
                    if n % 3 == 0 { format!("<b>{part} <code>{part}</code></b>") } else { part }
                })
                .collect();
            prop_assert!(check_html(&cut_html(&html, MAX_MESSAGE)) <= MAX_MESSAGE);
        }
    }
}
