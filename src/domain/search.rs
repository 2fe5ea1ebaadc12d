//! Searching orders: how an order's words and a query are folded so that they can be compared.
//!
//! Case, the dots of the Russian yo and punctuation make no difference. A query finds an order that contains each of its
//! words anywhere.

use std::collections::BTreeSet;

use super::ids::OrderId;
use super::input::{normalize_line, normalize_number};

/// What stands before the number of an order.
const NUMBER_SIGNS: [char; 2] = ['\u{2116}', '#'];
/// How many characters a part of the index has.
const GRAM: usize = 3;
/// The longest query that is searched for, in characters.
pub(crate) const QUERY_MAX: usize = 200;
/// More words than these do not narrow a search.
const MAX_WORDS: usize = 8;
/// The shortest query, unless it is a number.
const MIN_LETTERS: usize = 2;
/// From here on, digits between other words are a phone and not a house and a flat.
const PHONE_LIKE: usize = 7;
/// A Russian number with the prefix for calls within the country has this many digits.
const NATIONAL_LENGTH: usize = 11;

/// The words of a text, folded.
fn fold_to_words(text: &str) -> Vec<String> {
    let folded = normalize_number(text).to_lowercase().replace('\u{451}', "\u{435}");
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

fn digits_of(text: &str) -> String {
    normalize_number(text).chars().filter(char::is_ascii_digit).collect()
}

/// Folds what is searched of an order: the words of its texts, and its phone as one word.
pub(crate) fn fold_order(texts: &[&str], phone: &str) -> String {
    let mut words: Vec<String> = texts.iter().flat_map(|text| fold_to_words(text)).collect();
    words.push(digits_of(phone));
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

/// Returns the parts of a folded text by which the index knows it: what begins at each character of a word.
pub(crate) fn index_grams(folded: &str) -> BTreeSet<String> {
    let mut grams = BTreeSet::new();
    for word in folded.split(' ') {
        let letters: Vec<char> = word.chars().collect();
        for start in 0..letters.len() {
            grams.insert(letters[start..letters.len().min(start + GRAM)].iter().collect());
        }
    }
    grams
}

/// What to look up in the index before the folded texts are compared.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum IndexTerm {
    Gram(String),
    /// The beginning of a gram.
    Prefix(String),
}

/// What a user searches for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct SearchQuery {
    /// As typed, normalized.
    pub(crate) text: String,
    /// The order of this number is found first.
    pub(crate) number: Option<OrderId>,
    /// Whether the number is marked as one of an order: with a number sign.
    pub(crate) is_marked_number: bool,
    /// The words to find; another set is tried where one finds nothing.
    pub(crate) attempts: Vec<SearchWords>,
}

/// Words each of which an order must contain.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct SearchWords(Vec<String>);

impl SearchQuery {
    /// Parses what was typed; `None` when there is too little to search for.
    pub(crate) fn parse(typed: &str) -> Option<Self> {
        let text: String = normalize_line(typed).chars().take(QUERY_MAX).collect();
        let attempts = if is_digits(&text) { digit_attempts(&text) } else { vec![mixed_words(&text)] };
        let number = order_number(&text);
        let attempts: Vec<_> = attempts.into_iter().filter_map(SearchWords::new).collect();
        let has_something = number.is_some() || !attempts.is_empty();
        let is_marked_number = number.is_some() && text.starts_with(NUMBER_SIGNS);
        has_something.then_some(Self { text, number, is_marked_number, attempts })
    }
}

impl SearchWords {
    fn new(words: Vec<String>) -> Option<Self> {
        let mut kept: Vec<String> = Vec::new();
        for word in words.into_iter().take(MAX_WORDS) {
            if !kept.contains(&word) {
                kept.push(word);
            }
        }
        let is_enough = |word: &String| {
            word.chars().count() >= MIN_LETTERS || word.chars().all(|digit| digit.is_ascii_digit())
        };
        kept.iter().any(is_enough).then_some(Self(kept))
    }

    /// Whether a folded text has all words.
    pub(crate) fn match_text(&self, folded: &str) -> bool {
        self.0.iter().all(|word| folded.contains(word.as_str()))
    }

    pub(crate) fn words(&self) -> &[String] {
        &self.0
    }

    /// Returns a few terms that every order with these words has, at least one.
    pub(crate) fn index_terms(&self) -> Vec<IndexTerm> {
        let grams: BTreeSet<String> = self.0.iter().flat_map(|word| covering_grams(word)).collect();
        if grams.is_empty() {
            let longest = self.0.iter().max_by_key(|word| word.chars().count());
            return longest.into_iter().cloned().map(IndexTerm::Prefix).collect();
        }
        grams.into_iter().map(IndexTerm::Gram).collect()
    }
}

/// Returns the grams that cover a word from its first to its last character; none for a shorter word.
fn covering_grams(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let Some(last) = letters.len().checked_sub(GRAM) else { return Vec::new() };
    let starts = (0..last).step_by(GRAM).chain([last]);
    starts.map(|start| letters[start..start + GRAM].iter().collect()).collect()
}

/// Whether a text is digits with any punctuation, such as a part of a phone.
pub(crate) fn is_digits(text: &str) -> bool {
    let text = normalize_number(text);
    text.contains(|c: char| c.is_ascii_digit()) && !text.contains(char::is_alphabetic)
}

/// Returns the words of digits and punctuation: as one number, else each group alone, else a part of a phone behind the 8
/// for calls within the country.
fn digit_attempts(text: &str) -> Vec<Vec<String>> {
    let digits = digits_of(text);
    let mut attempts = vec![vec![phone_part(&digits)], fold_to_words(text)];
    let is_part = digits.len() > 4 && digits.len() < NATIONAL_LENGTH;
    attempts.extend(digits.strip_prefix('8').filter(|_| is_part).map(|rest| vec![rest.to_owned()]));
    attempts
}

/// Returns the digits as they are in a stored phone: there the 8 for calls within the country is +7.
fn phone_part(digits: &str) -> String {
    match digits.strip_prefix('8') {
        Some(rest) if digits.len() == NATIONAL_LENGTH => format!("7{rest}"),
        Some(rest) if digits.len() > 4 && digits.len() < NATIONAL_LENGTH && rest.starts_with('9') => {
            rest.to_owned()
        }
        _ => digits.to_owned(),
    }
}

/// Returns the words of a text with letters. Groups of digits that together are as long as a phone are one word.
fn mixed_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut group: Vec<&str> = Vec::new();
    for part in text.split(' ').chain([""]) {
        let has_letters = part.is_empty() || normalize_number(part).contains(char::is_alphabetic);
        if !has_letters {
            group.push(part);
            continue;
        }
        let digits = digits_of(&group.concat());
        if digits.len() >= PHONE_LIKE {
            words.push(phone_part(&digits));
        } else {
            words.extend(group.iter().flat_map(|part| fold_to_words(part)));
        }
        group.clear();
        words.extend(fold_to_words(part));
    }
    words
}

fn order_number(text: &str) -> Option<OrderId> {
    let number = normalize_number(text);
    let number = number.trim_start_matches(NUMBER_SIGNS).trim_start();
    let is_number = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
    number.parse().ok().map(OrderId).filter(|_| is_number)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use proptest::prelude::*;

    use super::*;

    const ORDER: [&str; 4] =
        ["Алёна Ёжикова", "г. Казань, ул. Баумана, д. 70/2 кв. 12", "Не греет ДУХОВКА", "Oven"];

    fn finds(typed: &str) -> bool {
        let folded = fold_order(&ORDER, "+79123456789");
        let query = SearchQuery::parse(typed).expect(typed);
        query.attempts.iter().any(|words| words.match_text(&folded))
    }

    #[test]
    fn case_and_yo_and_punctuation_make_no_difference() {
        for typed in [
            "алена",
            "АЛЁНА",
            "ежикова",
            "Ёжиков",
            "жиков",
            "бАУМАНА 70",
            "70/2",
            "70-2",
            "баумана, 70/2",
            "духовка",
            "греет казань",
            "ОVEN".replace('О', "O").as_str(),
            "oven",
            "е\u{308}жикова",
        ] {
            assert!(finds(typed), "{typed}");
        }
        for typed in ["алина", "баумана 71", "духовка морозилка", "79120000000"] {
            assert!(!finds(typed), "{typed}");
        }
    }

    #[test]
    fn any_part_of_the_phone_is_found_in_any_punctuation() {
        for typed in [
            "+7 912 345-67-89",
            "8 (912) 345 67 89",
            "89123456789",
            "9123456789",
            "8 912 345",
            "8912345",
            "+7912",
            "345-67",
            "345 67",
            "67-89",
            "67.89",
            "6789",
            "56",
            "＋７９１２３４５",
            "Алёна 8 912 345-67-89",
            "912 345 67 89 баумана",
        ] {
            assert!(finds(typed), "{typed}");
        }
        let in_city = fold_order(&ORDER, "+74951234050");
        let query = SearchQuery::parse("8 495 123").unwrap();
        assert!(query.attempts.iter().any(|words| words.match_text(&in_city)), "{query:?}");
        for typed in ["67 90", "8 913", "+7 912 345-67-80", "алена 912 345 67 80"] {
            assert!(!finds(typed), "{typed}");
        }
    }

    #[test]
    fn numbers_of_orders_are_read_and_too_little_is_refused() {
        let number = |typed: &str| SearchQuery::parse(typed).and_then(|query| query.number);
        for typed in ["250", "№250", "# 250", "\u{200b}250 ", "２５０"] {
            assert_eq!(number(typed), Some(OrderId(250)), "{typed}");
        }
        for typed in ["25-0", "№", "250 Баумана", "99999999999999999999"] {
            assert_eq!(number(typed), None, "{typed}");
        }
        for typed in ["", "?", "я", "а б", "№", "🔧"] {
            assert_eq!(SearchQuery::parse(typed), None, "{typed}");
        }
        assert!(SearchQuery::parse("5").is_some() && SearchQuery::parse("д. 5").is_some());
    }

    #[test]
    fn the_index_is_asked_for_grams_or_a_prefix() {
        let terms = |typed: &str| SearchQuery::parse(typed).unwrap().attempts[0].index_terms();
        let grams =
            |grams: &[&str]| grams.iter().map(|gram| IndexTerm::Gram((*gram).to_owned())).collect::<Vec<_>>();
        assert_eq!(terms("Ленина"), grams(&["ина", "лен"]));
        assert_eq!(terms("Ленин 5"), grams(&["лен", "нин"]));
        assert_eq!(terms("ул"), [IndexTerm::Prefix("ул".to_owned())]);
    }

    proptest! {
        #[test]
        fn an_order_is_found_by_any_part_of_its_words(
            text in "\\PC{0,40}|[а-яА-ЯёЁ0-9 ,.-]{1,40}", start in 0usize..40, length in 2usize..12,
        ) {
            let folded = fold_order(&[&text], "");
            let part: String = folded.chars().skip(start).take(length).collect();
            if let Some(query) = SearchQuery::parse(&part) {
                prop_assert!(query.attempts.iter().any(|words| words.match_text(&folded)), "{part:?} in {folded:?}");
            }
            let grams = index_grams(&folded);
            let query = SearchQuery::parse(&folded);
            for words in query.iter().flat_map(|query| &query.attempts).filter(|words| words.match_text(&folded)) {
                prop_assert!(words.index_terms().iter().all(|term| match term {
                    IndexTerm::Gram(gram) => grams.contains(gram),
                    IndexTerm::Prefix(prefix) => grams.iter().any(|gram| gram.starts_with(prefix.as_str())),
                }), "{folded:?}");
            }
        }
    }
}
