//! Words of others, before they are logged, stored or shown.

use std::borrow::Cow;

use super::redact::without_phones;

/// What stands in the place of a quotation.
const LEFT_OUT: &str = "\"…\"";

/// Words that somebody else put together, mostly Telegram, without what they quote and without telephone numbers: it may be
/// a piece of what a client or a colleague wrote.
///
/// From the first quotation mark to the last one, since what is quoted may hold such marks itself; to the end where the last
/// one is missing. Doing it twice changes nothing more.
#[must_use]
pub fn unquoted(words: &str) -> String {
    let clean = match quotation(words) {
        Some((start, end)) => Cow::Owned([&words[..start], LEFT_OUT, &words[end..]].concat()),
        None => Cow::Borrowed(words),
    };
    without_phones(&clean).into_owned()
}

/// Where the quotations of a text begin and end.
fn quotation(words: &str) -> Option<(usize, usize)> {
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    // The sign of `can't` is none.
    let opens = |(at, c): &(usize, char)| match c {
        '"' | '`' | '«' | '“' | '„' => true,
        '\'' => !is_letter(words[..*at].chars().next_back()),
        _ => false,
    };
    let (start, first) = words.char_indices().find(opens)?;
    let rest = start + first.len_utf8();
    let closes = |(at, c): &(usize, char)| match c {
        '"' | '`' | '»' | '”' | '“' => true,
        '\'' => !is_letter(words[rest + at + 1..].chars().next()),
        _ => false,
    };
    let last = words[rest..].char_indices().rfind(closes);
    Some((start, last.map_or(words.len(), |(at, c)| rest + at + c.len_utf8())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_quote_goes_and_their_own_words_stay() {
        for (words, clean) in [
            ("Forbidden: bot was blocked by the user", "Forbidden: bot was blocked by the user"),
            (
                "Bad Request: can't parse entities: Unsupported start tag \"Иван Петров кв 9\" at byte offset 5",
                "Bad Request: can't parse entities: Unsupported start tag \"…\" at byte offset 5",
            ),
            (
                "Bad Request: can't parse entities: Character '.' is reserved",
                "Bad Request: can't parse entities: Character \"…\" is reserved",
            ),
            (
                "inline keyboard button URL 'http://x' is invalid",
                "inline keyboard button URL \"…\" is invalid",
            ),
            ("unknown variant `Иван`, expected one", "unknown variant \"…\", expected one"),
            ("неизвестно «Иван» и „Пётр“.", "неизвестно \"…\"."),
            // A mark of the client's ends nothing.
            ("tag \"Иван\" Петров\" at 5", "tag \"…\" at 5"),
            ("tag 'О'Нил' at 5", "tag \"…\" at 5"),
            ("a \"b\" c \"d", "a \"…\"d"),
            ("a \"b c", "a \"…\""),
            ("call +7 999 000-11-22 or \"x\"", "call [redacted] or \"…\""),
        ] {
            assert_eq!(unquoted(words), clean);
            assert_eq!(unquoted(clean), clean);
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_between_marks_is_left(before in "[a-z ]{0,5}", inside in "\\PC{0,20}", after in "[a-z ]{0,5}") {
            let clean = unquoted(&format!("{before}\"{inside}\"{after}"));
            proptest::prop_assert_eq!(clean, format!("{before}\"…\"{after}"));
        }
    }
}
