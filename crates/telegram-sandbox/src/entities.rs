//! Formatting of a text: entity ranges in UTF-16 units, trimming, detection of bot commands, conversion to HTML. The parser
//! of HTML is in `html`.

use serde::{Deserialize, Serialize};

use crate::user::TelegramUser;

/// Kinds of entities ("Telegram Bot API: `MessageEntity`").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names are Telegram's own
pub enum EntityKind {
    Mention,
    Hashtag,
    Cashtag,
    BotCommand,
    Url,
    Email,
    PhoneNumber,
    Bold,
    Italic,
    Underline,
    Strikethrough,
    Spoiler,
    Blockquote,
    ExpandableBlockquote,
    Code,
    Pre,
    TextLink,
    TextMention,
    CustomEmoji,
}

/// A formatted range of a text. `offset` and `length` count UTF-16 units, as everywhere in the Bot API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageEntity {
    /// Kind of formatting.
    #[serde(rename = "type")]
    pub kind: EntityKind,
    /// First UTF-16 unit of the range.
    pub offset: usize,
    /// Length of the range in UTF-16 units.
    pub length: usize,
    /// Target of a `text_link`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Language of a `pre`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// User of a `text_mention`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<TelegramUser>,
    /// Id of a `custom_emoji`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_emoji_id: Option<String>,
}

impl MessageEntity {
    /// Creates a range without extra fields.
    #[must_use]
    pub fn new(kind: EntityKind, offset: usize, length: usize) -> Self {
        Self { kind, offset, length, url: None, language: None, user: None, custom_emoji_id: None }
    }
}

/// A text with its formatting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FormattedText {
    pub text: String,
    /// Sorted by offset, the longer range first.
    pub entities: Vec<MessageEntity>,
}

/// Length of `text` in UTF-16 units, in which Telegram counts.
pub(crate) fn utf16_len(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Trims white space at both ends, as Telegram does before its checks, and adjusts the entities.
pub(crate) fn trim_text(mut formatted: FormattedText) -> FormattedText {
    let kept = formatted.text.trim();
    if kept.len() != formatted.text.len() {
        let lead = &formatted.text[..formatted.text.len() - formatted.text.trim_start().len()];
        let (cut, end) = (utf16_len(lead), utf16_len(kept));
        for entity in &mut formatted.entities {
            let from = entity.offset.max(cut) - cut;
            let to = (entity.offset + entity.length).max(cut) - cut;
            entity.offset = from.min(end);
            entity.length = to.min(end).saturating_sub(entity.offset);
        }
        formatted.entities.retain(|entity| entity.length > 0);
        formatted.text = kept.to_owned();
    }
    formatted.entities.sort_by_key(|entity| (entity.offset, usize::MAX - entity.length));
    formatted
}

/// Adds `bot_command` entities as Telegram does, except inside code and links.
pub(crate) fn add_bot_commands(formatted: &mut FormattedText) {
    if !formatted.text.contains('/') {
        return;
    }
    let mut found = Vec::new();
    let mut offset = 0;
    let mut before = ' ';
    for (at, letter) in formatted.text.char_indices() {
        if letter == '/' && !(before.is_alphanumeric() || matches!(before, '/' | '_' | '<' | '>' | '@')) {
            let length = command_len(&formatted.text[at + 1..]);
            if length > 0 {
                found.push(MessageEntity::new(EntityKind::BotCommand, offset, length + 1));
            }
        }
        before = letter;
        offset += letter.len_utf16();
    }
    found.retain(|new| {
        !formatted.entities.iter().any(|old| {
            matches!(old.kind, EntityKind::Code | EntityKind::Pre | EntityKind::TextLink)
                && old.offset < new.offset + new.length
                && new.offset < old.offset + old.length
        })
    });
    formatted.entities.extend(found);
    formatted.entities.sort_by_key(|entity| (entity.offset, usize::MAX - entity.length));
}

/// Bytes of the command name (with `@bot`) at the start of `rest`, 0 when there is none. A command is 1 to 64 of `[A-Za-z0-9_]`.
fn command_len(rest: &str) -> usize {
    let word =
        |text: &str| text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let name = word(rest);
    if name == 0 || name > 64 {
        return 0;
    }
    let after = &rest[name..];
    let total = match after.strip_prefix('@') {
        Some(bot) if word(bot) >= 3 => name + 1 + word(bot),
        _ => name,
    };
    match rest[total..].chars().next() {
        Some(next) if next.is_alphanumeric() || next == '/' => 0,
        _ => total,
    }
}

/// Converts a text to the HTML that would produce it. Entities that Telegram detects itself (commands, plain links) are left out.
pub(crate) fn to_html(text: &str, entities: &[MessageEntity]) -> String {
    let mut ordered: Vec<&MessageEntity> =
        entities.iter().filter(|entity| start_tag(entity).is_some()).collect();
    ordered.sort_by_key(|entity| (entity.offset, usize::MAX - entity.length));
    let mut html = String::with_capacity(text.len() + 16);
    let mut open: Vec<&MessageEntity> = Vec::new();
    let mut waiting = ordered.into_iter().peekable();
    let mut offset = 0;
    for letter in text.chars() {
        close_ended_tags(&mut html, &mut open, offset);
        while let Some(entity) = waiting.next_if(|entity| entity.offset <= offset) {
            html.push_str(&start_tag(entity).unwrap_or_default());
            open.push(entity);
        }
        match letter {
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '&' => html.push_str("&amp;"),
            other => html.push(other),
        }
        offset += letter.len_utf16();
    }
    while let Some(entity) = open.pop() {
        html.push_str(end_tag(entity.kind));
    }
    html
}

fn close_ended_tags(html: &mut String, open: &mut Vec<&MessageEntity>, offset: usize) {
    while let Some(last) = open.last() {
        if last.offset + last.length > offset {
            break;
        }
        html.push_str(end_tag(last.kind));
        open.pop();
    }
}

fn start_tag(entity: &MessageEntity) -> Option<String> {
    let quoted = |text: &str| text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    Some(match entity.kind {
        EntityKind::Bold => "<b>".to_owned(),
        EntityKind::Italic => "<i>".to_owned(),
        EntityKind::Underline => "<u>".to_owned(),
        EntityKind::Strikethrough => "<s>".to_owned(),
        EntityKind::Spoiler => "<tg-spoiler>".to_owned(),
        EntityKind::Blockquote => "<blockquote>".to_owned(),
        EntityKind::ExpandableBlockquote => "<blockquote expandable>".to_owned(),
        EntityKind::Code => "<code>".to_owned(),
        EntityKind::Pre => match &entity.language {
            Some(language) => format!("<pre><code class=\"language-{}\">", quoted(language)),
            None => "<pre><code>".to_owned(),
        },
        EntityKind::TextLink => format!("<a href=\"{}\">", quoted(entity.url.as_deref().unwrap_or_default())),
        EntityKind::TextMention => {
            format!("<a href=\"tg://user?id={}\">", entity.user.as_ref().map_or(0, |user| user.id))
        }
        EntityKind::CustomEmoji => {
            format!(
                "<tg-emoji emoji-id=\"{}\">",
                quoted(entity.custom_emoji_id.as_deref().unwrap_or_default())
            )
        }
        _ => return None,
    })
}

fn end_tag(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Bold => "</b>",
        EntityKind::Italic => "</i>",
        EntityKind::Underline => "</u>",
        EntityKind::Strikethrough => "</s>",
        EntityKind::Spoiler => "</tg-spoiler>",
        EntityKind::Blockquote | EntityKind::ExpandableBlockquote => "</blockquote>",
        EntityKind::Code => "</code>",
        EntityKind::Pre => "</code></pre>",
        EntityKind::TextLink | EntityKind::TextMention => "</a>",
        EntityKind::CustomEmoji => "</tg-emoji>",
        _ => "",
    }
}
