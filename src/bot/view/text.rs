//! The texts of the locale files, and numbers, money and dates in each language.
//!
//! `html_text!` returns a text for a message. Its arguments are escaped for HTML unless they are [`Html`], so a client
//! called `<b>` cannot break a message. `plain_text!` returns a text where Telegram reads no HTML: button labels and the
//! answers to a press. Both check the key and the arguments at compile time.

use std::borrow::Cow;
use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use fluent_bundle::FluentValue;
use i18n_embed::fluent::FluentLanguageLoader;
use i18n_embed::{I18nAssets, LanguageLoader as _};
use unic_langid::LanguageIdentifier;

use crate::bot::view::html::{escape_html, shorten_text};
use crate::domain::ids::{ChatId, OrderId, TelegramId, ThreadId};
use crate::domain::locale::Locale;
use crate::domain::money::Kopecks;

/// The most UTF-16 units in the answer to a press (Telegram Bot API: answerCallbackQuery).
const MAX_TOAST: usize = 200;

const NO_BREAK_SPACE: char = '\u{a0}';

/// Returns a text of the locale files as HTML: `html_text!(texts, "order-created", id = order.id)`.
macro_rules! html_text {
    ($texts:expr, $key:tt $(, $name:ident = $value:expr)* $(,)?) => {
        ::i18n_embed_fl::fl!(
            $texts.loader(),
            $key
            $(, $name = $crate::bot::view::text::HtmlArg::html_arg($value))*
        )
    };
}
pub(crate) use html_text;

/// Returns a text of the locale files without HTML: `plain_text!(texts, "order-number", id = order.id)`.
macro_rules! plain_text {
    ($texts:expr, $key:tt $(, $name:ident = $value:expr)* $(,)?) => {
        ::i18n_embed_fl::fl!(
            $texts.loader(),
            $key
            $(, $name = $crate::bot::view::text::PlainArg::plain_arg($value))*
        )
    };
}
pub(crate) use plain_text;

/// The loaded texts of one language.
#[derive(Debug)]
pub struct Texts {
    locale: Locale,
    loader: FluentLanguageLoader,
}

static RUSSIAN: LazyLock<Texts> = LazyLock::new(|| Texts::load(Locale::Ru));
static ENGLISH: LazyLock<Texts> = LazyLock::new(|| Texts::load(Locale::En));

impl Texts {
    /// Returns the texts of a language, which are parsed once.
    pub fn of(locale: Locale) -> &'static Self {
        match locale {
            Locale::Ru => &RUSSIAN,
            Locale::En => &ENGLISH,
        }
    }

    pub(crate) fn locale(&self) -> Locale {
        self.locale
    }

    /// Returns where the macros find the texts.
    pub fn loader(&self) -> &FluentLanguageLoader {
        &self.loader
    }

    fn load(locale: Locale) -> Self {
        let loader = FluentLanguageLoader::new("botctl", language_id(Locale::default()));
        // The files are compiled in and a test loads them. If one is broken all the same, the bot continues and shows the
        // keys that are missing.
        let _ = loader.load_languages(&EmbeddedLocales, &[language_id(locale)]);
        // Isolation marks around arguments would be copied with phone numbers.
        loader.set_use_isolating(false);
        Self { locale, loader }
    }
}

fn language_id(locale: Locale) -> LanguageIdentifier {
    locale.as_str().parse().unwrap_or_default()
}

/// The locale files, compiled in. `include_str!` makes cargo rebuild when a file changes.
struct EmbeddedLocales;

const RUSSIAN_FILE: (&str, &str) =
    ("ru/botctl.ftl", include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/locales/ru/botctl.ftl")));
const ENGLISH_FILE: (&str, &str) =
    ("en/botctl.ftl", include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/locales/en/botctl.ftl")));

impl I18nAssets for EmbeddedLocales {
    fn get_files(&self, file_path: &str) -> Vec<Cow<'_, [u8]>> {
        [RUSSIAN_FILE, ENGLISH_FILE]
            .into_iter()
            .filter(|(path, _)| *path == file_path)
            .map(|(_, text)| Cow::Borrowed(text.as_bytes()))
            .collect()
    }

    fn filenames_iter(&self) -> Box<dyn Iterator<Item = String> + '_> {
        Box::new([RUSSIAN_FILE, ENGLISH_FILE].into_iter().map(|(path, _)| path.to_owned()))
    }
}

/// A part of a message that is HTML already and is not escaped again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Html(pub(crate) String);

/// An argument of `html_text!`.
pub(crate) trait HtmlArg<'a> {
    /// Returns the value for the text; strings are escaped.
    fn html_arg(self) -> FluentValue<'a>;
}

/// An argument of `plain_text!`.
pub(crate) trait PlainArg<'a> {
    fn plain_arg(self) -> FluentValue<'a>;
}

impl HtmlArg<'static> for Html {
    fn html_arg(self) -> FluentValue<'static> {
        self.0.into()
    }
}

impl HtmlArg<'static> for &str {
    fn html_arg(self) -> FluentValue<'static> {
        escape_html(self).into()
    }
}

impl HtmlArg<'static> for &String {
    fn html_arg(self) -> FluentValue<'static> {
        escape_html(self).into()
    }
}

impl HtmlArg<'static> for String {
    fn html_arg(self) -> FluentValue<'static> {
        escape_html(&self).into()
    }
}

impl<'a> PlainArg<'a> for &'a str {
    fn plain_arg(self) -> FluentValue<'a> {
        self.into()
    }
}

impl<'a> PlainArg<'a> for &'a String {
    fn plain_arg(self) -> FluentValue<'a> {
        self.as_str().into()
    }
}

impl PlainArg<'static> for String {
    fn plain_arg(self) -> FluentValue<'static> {
        self.into()
    }
}

/// Counts are numbers, which select plural forms; ids are strings of digits.
macro_rules! same_in_both {
    ($($kind:ty => $convert:expr),+ $(,)?) => {$(
        impl HtmlArg<'static> for $kind {
            fn html_arg(self) -> FluentValue<'static> {
                $convert(self)
            }
        }
        impl PlainArg<'static> for $kind {
            fn plain_arg(self) -> FluentValue<'static> {
                $convert(self)
            }
        }
    )+};
}

same_in_both! {
    u32 => FluentValue::from,
    u64 => FluentValue::from,
    i64 => FluentValue::from,
    usize => FluentValue::from,
    OrderId => |id: OrderId| id.0.to_string().into(),
    TelegramId => |id: TelegramId| id.0.to_string().into(),
    ChatId => |id: ChatId| id.0.to_string().into(),
    ThreadId => |id: ThreadId| id.0.to_string().into(),
}

/// Formats money: `12 500,50 ₽` in Russian, `₽12,500.50` in English; whole roubles without kopecks.
pub(crate) fn format_money(texts: &Texts, amount: Kopecks) -> String {
    let (group, point) = match texts.locale {
        Locale::Ru => (NO_BREAK_SPACE, ','),
        Locale::En => (',', '.'),
    };
    let absolute = amount.0.unsigned_abs();
    let roubles = group_digits(absolute / 100, group);
    let number = match absolute % 100 {
        0 => roubles,
        kopecks => format!("{roubles}{point}{kopecks:02}"),
    };
    let sign = if amount.0 < 0 { "\u{2212}" } else { "" };
    match texts.locale {
        Locale::Ru => format!("{sign}{number}{NO_BREAK_SPACE}₽"),
        Locale::En => format!("{sign}₽{number}"),
    }
}

fn group_digits(number: u64, separator: char) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + 6);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

/// Formats a moment in a time zone: `24.11.2026 14:05`, `24 Nov 2026, 14:05`.
pub(crate) fn format_date_time(texts: &Texts, zone: Tz, moment: DateTime<Utc>) -> String {
    let pattern = match texts.locale {
        Locale::Ru => "%d.%m.%Y %H:%M",
        Locale::En => "%-d %b %Y, %H:%M",
    };
    moment.with_timezone(&zone).format(pattern).to_string()
}

/// Formats a day in a time zone: `24.11.2026`, `24 Nov 2026`.
pub(crate) fn format_date(texts: &Texts, zone: Tz, moment: DateTime<Utc>) -> String {
    format_day(texts, moment.with_timezone(&zone).date_naive())
}

/// Formats a day: `24.11.2026`, `24 Nov 2026`.
pub(crate) fn format_day(texts: &Texts, day: NaiveDate) -> String {
    let pattern = match texts.locale {
        Locale::Ru => "%d.%m.%Y",
        Locale::En => "%-d %b %Y",
    };
    day.format(pattern).to_string()
}

/// Shortens a plain text to what the answer to a press can hold.
pub(crate) fn toast_text(text: &str) -> String {
    shorten_text(text, MAX_TOAST)
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
