//! The parser of `parse_mode=HTML`, as strict as Telegram's and with its error texts
//! ("Telegram Bot API: Formatting options, HTML style"). Offsets in errors are bytes of the input.

use crate::entities::{EntityKind, FormattedText, MessageEntity};
use crate::user::TelegramUser;

/// Tags of the Bot API; any other is an error.
const TAGS: [&str; 16] = [
    "a",
    "b",
    "strong",
    "i",
    "em",
    "s",
    "strike",
    "del",
    "u",
    "ins",
    "tg-spoiler",
    "tg-emoji",
    "span",
    "pre",
    "code",
    "blockquote",
];

/// Parses HTML into a text with entities. The error is the part of Telegram's message after "can't parse entities: ".
pub(crate) fn parse_html(html: &str) -> Result<FormattedText, String> {
    let mut parser = HtmlParser { html, at: 0, out: FormattedText::default(), offset: 0, open: Vec::new() };
    while let Some(byte) = parser.peek_byte() {
        match byte {
            b'<' if parser.html.as_bytes().get(parser.at + 1) == Some(&b'/') => parser.end_tag()?,
            b'<' => parser.start_tag()?,
            b'&' => {
                let letter = parser.char_reference().unwrap_or_else(|| parser.next_char());
                parser.push_char(letter);
            }
            _ => {
                let letter = parser.next_char();
                parser.push_char(letter);
            }
        }
    }
    match parser.open.last() {
        Some(open) => Err(format!("Can't find end tag corresponding to start tag \"{}\"", open.tag)),
        None => Ok(parser.out),
    }
}

/// A start tag without its end tag so far.
struct OpenTag {
    tag: String,
    /// `href`, language, emoji id, or "1" for an expandable quotation.
    argument: String,
    /// Where its text starts: in UTF-16 units, and in bytes of the output.
    offset: usize,
    byte: usize,
}

struct HtmlParser<'a> {
    html: &'a str,
    at: usize,
    out: FormattedText,
    offset: usize,
    open: Vec<OpenTag>,
}

impl HtmlParser<'_> {
    fn peek_byte(&self) -> Option<u8> {
        self.html.as_bytes().get(self.at).copied()
    }

    fn push_char(&mut self, letter: char) {
        self.offset += letter.len_utf16();
        self.out.text.push(letter);
    }

    /// Consumes the next character. Called only before the end.
    fn next_char(&mut self) -> char {
        let letter = self.html[self.at..].chars().next().unwrap_or(' ');
        self.at += letter.len_utf8();
        letter
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) -> &str {
        let start = self.at;
        while self.peek_byte().is_some_and(&wanted) {
            self.at += 1;
        }
        &self.html[start..self.at]
    }

    fn skip_space(&mut self) {
        self.skip_while(is_space);
    }

    /// `&lt;`, `&#60;`, `&#x3c;` …; the semicolon may be missing. `None` leaves the cursor: the ampersand is a plain letter.
    fn char_reference(&mut self) -> Option<char> {
        let rest = &self.html[self.at + 1..];
        let (letter, length) = if let Some(number) = rest.strip_prefix('#') {
            let (digits, radix, lead) = match number.strip_prefix('x') {
                Some(hex) => (hex, 16, 2),
                None => (number, 10, 1),
            };
            let count = digits.bytes().take_while(|byte| char::from(*byte).is_digit(radix)).count();
            let code = u32::from_str_radix(&digits[..count], radix).ok().filter(|code| *code != 0)?;
            (char::from_u32(code)?, lead + count)
        } else {
            let count = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
            let letter = match &rest[..count] {
                "lt" => '<',
                "gt" => '>',
                "amp" => '&',
                "quot" => '"',
                _ => return None,
            };
            (letter, count)
        };
        self.at += 1 + length;
        if self.peek_byte() == Some(b';') {
            self.at += 1;
        }
        Some(letter)
    }

    fn start_tag(&mut self) -> Result<(), String> {
        let begin = self.at;
        self.at += 1;
        let tag = self.skip_while(|byte| !is_space(byte) && byte != b'>').to_ascii_lowercase();
        if self.peek_byte().is_none() {
            return Err(format!("Unclosed start tag at byte offset {begin}"));
        }
        if !TAGS.contains(&tag.as_str()) {
            return Err(format!("Unsupported start tag \"{tag}\" at byte offset {begin}"));
        }
        let mut argument = String::new();
        loop {
            self.skip_space();
            match self.peek_byte() {
                Some(b'>') => break,
                Some(_) => {}
                None => {
                    return Err(format!("Unclosed start tag \"{tag}\" at byte offset {begin}"));
                }
            }
            let name =
                self.skip_while(|byte| !is_space(byte) && byte != b'=' && byte != b'>').to_ascii_lowercase();
            if name.is_empty() {
                return Err(format!("Empty attribute name in the tag \"{tag}\" at byte offset {begin}"));
            }
            self.skip_space();
            let value = self.attribute_value(&tag, begin)?;
            match (tag.as_str(), name.as_str(), value) {
                ("a", "href", Some(value)) | ("tg-emoji", "emoji-id", Some(value)) => {
                    argument = value;
                }
                ("code", "class", Some(value)) => {
                    if let Some(language) = value.strip_prefix("language-") {
                        language.clone_into(&mut argument);
                    }
                }
                ("span", "class", Some(value)) => {
                    if let Some(class) = value.strip_prefix("tg-") {
                        class.clone_into(&mut argument);
                    }
                }
                ("blockquote", "expandable", _) => "1".clone_into(&mut argument),
                _ => {}
            }
        }
        self.at += 1;
        if tag == "span" && argument != "spoiler" {
            return Err(format!("Tag \"span\" must have class \"tg-spoiler\" at byte offset {begin}"));
        }
        self.open.push(OpenTag { tag, argument, offset: self.offset, byte: self.out.text.len() });
        Ok(())
    }

    /// The value after `=`, `None` when there is no `=`.
    fn attribute_value(&mut self, tag: &str, begin: usize) -> Result<Option<String>, String> {
        let unclosed = || format!("Unclosed start tag \"{tag}\" at byte offset {begin}");
        match self.peek_byte() {
            None => return Err(unclosed()),
            Some(b'=') => self.at += 1,
            Some(_) => return Ok(None),
        }
        self.skip_space();
        let quote = match self.peek_byte() {
            None => return Err(unclosed()),
            Some(quote @ (b'"' | b'\'')) => quote,
            Some(_) => return self.name_token().map(Some),
        };
        self.at += 1;
        let mut value = String::new();
        while let Some(byte) = self.peek_byte().filter(|byte| *byte != quote) {
            let reference = if byte == b'&' { self.char_reference() } else { None };
            let letter = reference.unwrap_or_else(|| self.next_char());
            value.push(letter);
        }
        self.at += 1;
        if self.peek_byte().is_none() { Err(unclosed()) } else { Ok(Some(value)) }
    }

    /// An attribute value without quotes.
    fn name_token(&mut self) -> Result<String, String> {
        let begin = self.at;
        let token = self
            .skip_while(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-')
            .to_ascii_lowercase();
        match self.peek_byte() {
            Some(byte) if is_space(byte) || byte == b'>' => Ok(token),
            _ => Err(format!("Unexpected end of name token at byte offset {begin}")),
        }
    }

    fn end_tag(&mut self) -> Result<(), String> {
        let begin = self.at;
        let Some(open) = self.open.pop() else {
            return Err(format!("Unexpected end tag at byte offset {begin}"));
        };
        self.at += 2;
        let found = self.skip_while(|byte| !is_space(byte) && byte != b'>').to_ascii_lowercase();
        self.skip_space();
        if self.peek_byte() != Some(b'>') {
            return Err(format!("Unclosed end tag at byte offset {begin}"));
        }
        self.at += 1;
        if !found.is_empty() && found != open.tag {
            return Err(format!(
                "Unmatched end tag at byte offset {begin}, expected \"</{}>\", found \"</{found}>\"",
                open.tag
            ));
        }
        if self.offset > open.offset {
            self.finish_entity(open);
        }
        Ok(())
    }

    /// Adds the entity of a closed tag.
    fn finish_entity(&mut self, open: OpenTag) {
        let length = self.offset - open.offset;
        let kind = match open.tag.as_str() {
            "b" | "strong" => EntityKind::Bold,
            "i" | "em" => EntityKind::Italic,
            "s" | "strike" | "del" => EntityKind::Strikethrough,
            "u" | "ins" => EntityKind::Underline,
            "tg-spoiler" | "span" => EntityKind::Spoiler,
            "pre" => EntityKind::Pre,
            "code" => EntityKind::Code,
            "tg-emoji" => EntityKind::CustomEmoji,
            "blockquote" if open.argument.is_empty() => EntityKind::Blockquote,
            "blockquote" => EntityKind::ExpandableBlockquote,
            _ => return self.finish_link(open),
        };
        let mut entity = MessageEntity::new(kind, open.offset, length);
        match kind {
            EntityKind::CustomEmoji => entity.custom_emoji_id = Some(open.argument),
            // <pre><code class="language-x"> over the same text is one entity with a language.
            EntityKind::Pre => {
                if let Some(code) = self.out.entities.pop_if(|last| is_same_code(last, open.offset, length)) {
                    entity.language = code.language;
                }
            }
            EntityKind::Code if !open.argument.is_empty() => entity.language = Some(open.argument),
            _ => {}
        }
        self.out.entities.push(entity);
        if !self.open.iter().any(|outer| outer.tag == "pre") && kind == EntityKind::Code {
            // Telegram ignores a language outside of <pre>.
            if let Some(last) = self.out.entities.last_mut() {
                last.language = None;
            }
        }
    }

    fn finish_link(&mut self, open: OpenTag) {
        let length = self.offset - open.offset;
        let target =
            if open.argument.is_empty() { self.out.text[open.byte..].to_owned() } else { open.argument };
        let person = target.strip_prefix("tg://user?id=").and_then(|id| id.parse().ok());
        let entity = match person {
            Some(id) => MessageEntity {
                user: Some(TelegramUser::new(id, "")),
                ..MessageEntity::new(EntityKind::TextMention, open.offset, length)
            },
            None => match checked_url(&target) {
                Some(url) => MessageEntity {
                    url: Some(url),
                    ..MessageEntity::new(EntityKind::TextLink, open.offset, length)
                },
                None => return,
            },
        };
        self.out.entities.push(entity);
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0 | 0x0b)
}

fn is_same_code(entity: &MessageEntity, offset: usize, length: usize) -> bool {
    entity.kind == EntityKind::Code && entity.offset == offset && entity.length == length
}

/// The URL as Telegram stores it; `None` when it is invalid, the link then becomes plain text.
fn checked_url(target: &str) -> Option<String> {
    let target = target.trim();
    let (scheme, rest) = target.split_once("://").unwrap_or(("http", target));
    let scheme = scheme.to_ascii_lowercase();
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let known = match scheme.as_str() {
        "http" | "https" => {
            (host.contains('.') || host.starts_with("localhost")) && !host.contains(char::is_whitespace)
        }
        "tg" | "ton" | "tonsite" => !host.is_empty(),
        _ => false,
    };
    let tail = if rest == host && scheme.starts_with("http") { "/" } else { "" };
    known.then(|| format!("{scheme}://{rest}{tail}"))
}

#[cfg(test)]
mod tests;
