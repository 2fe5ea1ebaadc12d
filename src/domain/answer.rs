//! Typed yes and no. Both languages are understood at all times, so the words are not in the locale files.

use super::input::{fold_words, normalize_number};

const YES: [&str; 2] = ["да", "yes"];
const NO: [&str; 2] = ["нет", "no"];

/// Parses an answer, in any case and with any punctuation; `None` when it is neither. The dashes into which keyboards turn
/// a minus sign count as one.
pub(crate) fn parse_yes_no(text: &str) -> Option<bool> {
    match normalize_number(text).as_str() {
        "+" => return Some(true),
        "-" => return Some(false),
        _ => {}
    }
    let word = fold_words(text);
    if YES.contains(&word.as_str()) {
        Some(true)
    } else if NO.contains(&word.as_str()) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_and_signs_are_understood_in_any_case() {
        for yes in ["да", "Да", " ДА ", "yes", "YES", "+", "👍 Да!", "\u{200b}да\u{a0}", "＋"] {
            assert_eq!(parse_yes_no(yes), Some(true), "{yes:?}");
        }
        for no in ["нет", "Нет\n", "no", "No", "-", "\u{2212}", "\u{2014}", "нет.", "👎 Нет"] {
            assert_eq!(parse_yes_no(no), Some(false), "{no:?}");
        }
    }

    #[test]
    fn anything_else_is_neither() {
        for other in ["", "да нет", "maybe", "++", "1", "y", "дa", "👍", "\u{200b}"] {
            assert_eq!(parse_yes_no(other), None, "{other:?}");
        }
    }
}
