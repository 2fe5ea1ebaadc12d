//! Error texts of others, mostly Telegram, before they are logged, stored or shown.

use super::redact_phones;

const LEFT_OUT: &str = "\"…\"";

/// Removes quotations and phone numbers from an error text that was made elsewhere: it may quote a piece of what a client or
/// a colleague wrote.
///
/// A quotation goes from the first quotation mark to the last one, since what is quoted may hold such marks itself; to the
/// end if the last one is missing. Doing it twice changes nothing more.
pub(crate) fn redact_quotes(text: &str) -> String {
    match find_quotation(text) {
        Some((start, end)) => redact_phones(&[&text[..start], LEFT_OUT, &text[end..]].concat()).into_owned(),
        None => redact_phones(text).into_owned(),
    }
}

/// Returns where the quotations of a text begin and end.
fn find_quotation(text: &str) -> Option<(usize, usize)> {
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    // The apostrophe of `can't` opens nothing.
    let opens = |(at, c): &(usize, char)| match c {
        '"' | '`' | '«' | '“' | '„' => true,
        '\'' => !is_letter(text[..*at].chars().next_back()),
        _ => false,
    };
    let (start, first) = text.char_indices().find(opens)?;
    let rest = start + first.len_utf8();
    let closes = |(at, c): &(usize, char)| match c {
        '"' | '`' | '»' | '”' | '“' => true,
        '\'' => !is_letter(text[rest + at + 1..].chars().next()),
        _ => false,
    };
    let last = text[rest..].char_indices().rfind(closes);
    Some((start, last.map_or(text.len(), |(at, c)| rest + at + c.len_utf8())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotations_go_and_the_text_around_them_stays() {
        for (text, clean) in [
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
            assert_eq!(redact_quotes(text), clean);
            assert_eq!(redact_quotes(clean), clean);
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_between_quotation_marks_is_left(before in "[a-z ]{0,5}", inside in "\\PC{0,20}", after in "[a-z ]{0,5}") {
            let clean = redact_quotes(&format!("{before}\"{inside}\"{after}"));
            proptest::prop_assert_eq!(clean, format!("{before}\"…\"{after}"));
        }
    }
}
