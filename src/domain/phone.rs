//! Phone numbers: validation, the stored form, and the masked form for logs.
//!
//! A number is personal data: it has no `Display`, its `Debug` is masked, and showing it takes `as_str`.

use std::fmt;
use std::ops::{Range, RangeInclusive};
use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::input::normalize_number;

/// The longest number that `PHONE_REGEX` may accept, in characters.
const CUSTOM_MAX_LENGTH: usize = 100;

/// How many digits a number has, from one within a town to the longest international one (ITU-T E.164).
const PHONE_DIGITS: RangeInclusive<usize> = 7..=15;
/// What users write before a number.
const PHONE_WORDS: [&str; 9] = ["т", "тел", "телефон", "моб", "мобильный", "номер", "tel", "phone", "mobile"];

/// A phone number as stored: `+7XXXXXXXXXX`, or as typed if only `PHONE_REGEX` accepted it.
#[derive(Clone, Eq, PartialEq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phone(String);

#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
#[error("not a phone number")]
pub struct PhoneError;

impl Phone {
    /// Parses a Russian number: `+7`, `7` or `8` and ten digits, or ten digits that begin like a mobile number or one of a
    /// city, with any punctuation and spaces in between and perhaps a word such as "tel." before it.
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        let text = normalize_number(text);
        let (words, number) =
            text.split_at(text.find(['+', '(']).into_iter().chain(text.find(is_digit)).min().unwrap_or(0));
        let (international, rest) = match number.strip_prefix('+') {
            Some(rest) => (true, rest),
            None => (false, number),
        };
        if !are_phone_words(words) || rest.chars().any(|c| c == '+' || (c.is_alphanumeric() && !is_digit(c)))
        {
            return Err(PhoneError);
        }
        let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
        let subscriber = match digits.split_at_checked(1) {
            Some(("7", subscriber)) if subscriber.len() == 10 => subscriber,
            Some(("8", subscriber)) if !international && subscriber.len() == 10 => subscriber,
            Some(("3" | "4" | "9", _)) if !international && digits.len() == 10 => digits.as_str(),
            _ => return Err(PhoneError),
        };
        // No area or network has such a code.
        if subscriber.starts_with('0') { Err(PhoneError) } else { Ok(Self(format!("+7{subscriber}"))) }
    }

    /// Wraps a number that was validated when it was stored.
    #[must_use]
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Returns the full number, to be stored or shown to a user who may see it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn into_string(self) -> String {
        self.0
    }

    /// Returns the form for logs: `+7******4567`.
    pub fn masked(&self) -> String {
        mask_phone(&self.0)
    }
}

/// Returns a stored number as people write it, `+7 912 345-67-89`; one of another form as it is.
pub(crate) fn readable_phone(stored: &str) -> String {
    let digits = stored.strip_prefix("+7").unwrap_or_default();
    if digits.len() != 10 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return stored.to_owned();
    }
    let [code, first, second, third] = [&digits[..3], &digits[3..6], &digits[6..8], &digits[8..]];
    format!("+7 {code} {first}-{second}-{third}")
}

/// Whether a line is a phone number of any country, perhaps with the word for it, and nothing else.
pub(crate) fn is_only_phone(line: &str) -> bool {
    let number = normalize_number(line).to_lowercase();
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let mut words = number.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    PHONE_DIGITS.contains(&digits) && words.all(|word| PHONE_WORDS.contains(&word))
}

/// Whether there is nothing but words such as "tel." and punctuation.
fn are_phone_words(text: &str) -> bool {
    let text = text.to_lowercase();
    let mut words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.all(|word| PHONE_WORDS.contains(&word))
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// Returns the forms in which orders may have a number: the present one and those that the old bot stored as typed.
pub(crate) fn stored_phone_forms(phone: &str) -> Vec<String> {
    let mut forms = vec![phone.to_owned()];
    if let Some(subscriber) = Phone::parse(phone).ok().as_ref().and_then(|known| known.0.strip_prefix("+7")) {
        forms.extend(["+7", "7", "8"].map(|prefix| format!("{prefix}{subscriber}")));
    }
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// A number within a text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct PhoneInText {
    pub(crate) phone: Phone,
    /// Where it is, in bytes.
    pub(crate) place: Range<usize>,
}

/// What may be a number at the beginning of a text: eleven digits, or ten without the code of the country.
static NUMBER_FORMS: LazyLock<[Option<Regex>; 2]> = LazyLock::new(|| {
    [r"^(?:\+7|[78])(?:[ ().-]{0,3}[0-9]){10}", r"^[349](?:[ ().-]{0,3}[0-9]){9}"]
        .map(|form| Regex::new(form).ok())
});

/// Finds the Russian numbers in a text, which [`normalize_number`] has normalized.
pub(crate) fn find_phones(text: &str) -> Vec<PhoneInText> {
    let mut found: Vec<PhoneInText> = Vec::new();
    for (start, _) in text.char_indices().filter(|(_, c)| *c == '+' || is_digit(*c)) {
        if found.last().is_none_or(|last| last.place.end <= start) {
            found.extend(phone_at(text, start));
        }
    }
    found
}

fn phone_at(text: &str, start: usize) -> Option<PhoneInText> {
    let (before, rest) = text.split_at(start);
    let continues_number = |text: &str| text.ends_with(|c| c == '+' || is_digit(c));
    let [full, short] = &*NUMBER_FORMS;
    let matched = full.as_ref()?.find(rest).filter(|_| !continues_number(before)).or_else(|| {
        // A digit before it, even apart, may be the code of a country.
        let before = before.trim_end_matches([' ', '(', ')', '.', '-']);
        short.as_ref()?.find(rest).filter(|_| !continues_number(before))
    })?;
    let goes_on = rest[matched.end()..].starts_with(is_digit);
    let phone = Phone::parse(matched.as_str()).ok().filter(|_| !goes_on)?;
    Some(PhoneInText { phone, place: start..start + matched.end() })
}

/// A number as an answer, with what was written around it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct TypedPhone {
    pub(crate) phone: Phone,
    /// The texts before and after it that are not empty, such as a name or an extension.
    pub(crate) beside: Vec<String>,
}

/// Returns a text beside a number without words such as "tel." and without the punctuation around it.
pub(crate) fn text_beside_phone(text: &str) -> Option<String> {
    let is_telling = |word: &&str| !are_phone_words(word);
    let words: Vec<&str> = text.split_whitespace().filter(is_telling).collect();
    let text = words.join(" ");
    let text = text.trim_matches(|c: char| c.is_whitespace() || ",;:-()/".contains(c));
    (!text.is_empty()).then(|| text.to_owned())
}

/// Masks all but the first two and last four characters of a number; all of a short one.
pub(crate) fn mask_phone(number: &str) -> String {
    let length = number.chars().count();
    let shown = |n: usize| length >= 10 && (n < 2 || n >= length - 4);
    number.chars().enumerate().map(|(n, c)| if shown(n) { c } else { '*' }).collect()
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({})", self.masked())
    }
}

/// Which numbers are accepted: Russian ones, and those that match `PHONE_REGEX`.
#[derive(Clone, Debug, Default)]
pub struct PhoneRule {
    widened: Option<Regex>,
}

impl PhoneRule {
    /// Accepts Russian numbers, and those that the pattern matches as a whole.
    pub fn widened(pattern: &str) -> Result<Self, regex::Error> {
        // Compiled alone first, so that a stray parenthesis cannot hide in the group around it.
        Regex::new(pattern)?;
        Regex::new(&format!("^(?:{pattern})$")).map(|regex| Self { widened: Some(regex) })
    }

    /// Parses a number. A Russian one is stored in its one form even where the pattern matches too;
    /// another one that the pattern matches is stored as typed, normalized.
    pub fn parse(&self, text: &str) -> Result<Phone, PhoneError> {
        Phone::parse(text).or_else(|error| {
            let typed = normalize_number(text);
            let accepted = self.widened.as_ref().is_some_and(|regex| regex.is_match(&typed));
            let fits = !typed.is_empty() && typed.chars().count() <= CUSTOM_MAX_LENGTH;
            if accepted && fits { Ok(Phone(typed)) } else { Err(error) }
        })
    }
}

impl PhoneRule {
    /// Parses an answer with one number, perhaps with a name or an extension beside it.
    pub(crate) fn parse_typed(&self, text: &str) -> Result<TypedPhone, PhoneError> {
        if let Ok(phone) = self.parse(text) {
            return Ok(TypedPhone { phone, beside: Vec::new() });
        }
        let text = normalize_number(text);
        let mut found = find_phones(&text);
        let only = found.pop().filter(|_| found.is_empty()).ok_or(PhoneError)?;
        let around = [&text[..only.place.start], &text[only.place.end..]];
        let beside = around.into_iter().filter_map(text_beside_phone).collect();
        Ok(TypedPhone { phone: only.phone, beside })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stored_number_is_shown_in_groups_and_another_form_as_it_is() {
        assert_eq!(readable_phone("+79123456789"), "+7 912 345-67-89");
        for other in ["+375291234567", "+7912345678", "+7912345678a", "", "8 912 345-67-89", "+7９123456789"]
        {
            assert_eq!(readable_phone(other), other);
        }
    }

    #[test]
    fn russian_numbers_are_stored_in_one_form() {
        for text in [
            "+79001234567",
            "89001234567",
            "79001234567",
            "+7 (900) 123-45-67",
            " 8 900 123.45.67 ",
            "8(900)1234567",
            "8\u{2013}900\u{2013}123\u{a0}45 67",
            "\u{202a}+7 900 123-45-67\u{202c}",
            "\u{200b}8\u{ad}9001234567\u{feff}",
            "＋７（９００）１２３－４５－６７",
            "٨٩٠٠١٢٣٤٥٦٧",
            "📞 8 900 123 45 67",
            "9001234567",
            "(900) 123-45-67",
            "тел. 8 900 123-45-67",
            "Телефон: +7 900 123 45 67",
        ] {
            assert_eq!(Phone::parse(text).unwrap().as_str(), "+79001234567", "{text:?}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "+",
            "+7 000 123-45-67",
            "0001234567",
            "8001234567",
            "1234567890",
            "+9001234567",
            "кв. 5, 8 900 123-45-67",
            "+89001234567",
            "+7900123456",
            "+790012345678",
            "+19001234567",
            "+7 900 123 45 67 ext",
            "8+9001234567",
            "++79001234567",
            "\u{200b}",
        ] {
            assert_eq!(Phone::parse(text), Err(PhoneError), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_number_in_the_one_form_or_none(text in "\\PC{0,30}|[+78] ?[0-9 ()\u{200b}\u{ff10}-\u{ff19}-]{9,16}") {
            if let Ok(phone) = Phone::parse(&text) {
                let digits = phone.as_str().strip_prefix("+7").unwrap();
                prop_assert!(digits.len() == 10 && digits.bytes().all(|b| b.is_ascii_digit()), "{text:?}");
                prop_assert_eq!(Phone::parse(phone.as_str()), Ok(phone.clone()));
                prop_assert!(is_only_phone(&text), "{text:?}");
            }
        }
    }

    #[test]
    fn number_is_taken_out_of_what_is_beside_it() {
        let typed = |text: &str| {
            PhoneRule::default()
                .parse_typed(text)
                .map(|typed| (typed.phone.into_string(), typed.beside.join("|")))
        };
        for (text, beside) in [
            ("89001234567", ""),
            ("тел. 89001234567", ""),
            ("8 900 123-45-67 Анна", "Анна"),
            ("Анна Петровна: 8 900 123-45-67", "Анна Петровна"),
            ("Анна, тел. 9001234567, доб. 12", "Анна|доб. 12"),
            ("кв 8 8 900 123 45 67", "кв 8"),
            ("+7 (900) 123-45-67 (звонить после 18)", "звонить после 18"),
        ] {
            assert_eq!(typed(text), Ok(("+79001234567".to_owned(), beside.to_owned())), "{text}");
        }
        for text in [
            "8 900 123-45-67, 8 900 123-45-68",
            "+1 900 123 45 67",
            "+375 29 123 45 67 Анна",
            "Анна 8 900 123-45-6",
            "Анна 8 900 123-45-678",
            "Анна +7 000 123-45-67",
            "Анна",
            "",
        ] {
            assert_eq!(typed(text), Err(PhoneError), "{text}");
        }
    }

    #[test]
    fn a_widened_rule_takes_more_but_keeps_the_one_form() {
        let rule = PhoneRule::widened(r"\+375[\d ]{9,12}").unwrap();
        assert_eq!(rule.parse(" +375 29 1234567\n").unwrap().as_str(), "+375 29 1234567");
        assert_eq!(
            rule.parse("\u{202a}+３７５\u{a0}29 1234567\u{202c}").unwrap().as_str(),
            "+375 29 1234567"
        );
        assert_eq!(rule.parse("8 900 123-45-67").unwrap().as_str(), "+79001234567");
        assert_eq!(rule.parse("call +375 29 1234567"), Err(PhoneError));
        assert_eq!(PhoneRule::default().parse("+375 29 1234567"), Err(PhoneError));
        assert!(PhoneRule::widened("(").is_err());
        assert!(PhoneRule::widened("a)|(b").is_err());
        assert_eq!(PhoneRule::widened(".*").unwrap().parse("  "), Err(PhoneError));
    }

    #[test]
    fn debug_and_the_masked_form_keep_the_number_secret() {
        let phone = Phone::parse("+79001234567").unwrap();
        assert_eq!(phone.masked(), "+7******4567");
        assert_eq!(format!("{phone:?}"), "Phone(+7******4567)");
        assert_eq!(Phone::from_stored("1234567".to_owned()).masked(), "*******");
    }
}
