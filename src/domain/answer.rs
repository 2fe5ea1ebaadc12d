//! Typed yes and no. Both languages are understood at all times, so the words are not in the locale files.

const YES: [&str; 3] = ["да", "yes", "+"];
const NO: [&str; 7] = ["нет", "no", "-", "\u{2212}", "\u{2010}", "\u{2013}", "\u{2014}"];

/// Parses an answer, ignoring case and surrounding spaces; `None` when it is neither. The dashes into which keyboards turn a
/// minus sign count as one.
pub(crate) fn parse_yes_no(text: &str) -> Option<bool> {
    let answer = text.trim().to_lowercase();
    if YES.contains(&answer.as_str()) {
        Some(true)
    } else if NO.contains(&answer.as_str()) {
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
        for yes in ["да", "Да", " ДА ", "yes", "YES", "+"] {
            assert_eq!(parse_yes_no(yes), Some(true), "{yes:?}");
        }
        for no in ["нет", "Нет\n", "no", "No", "-", "\u{2212}", "\u{2014}"] {
            assert_eq!(parse_yes_no(no), Some(false), "{no:?}");
        }
    }

    #[test]
    fn anything_else_is_neither() {
        for other in ["", "да нет", "maybe", "++", "1", "y", "дa"] {
            assert_eq!(parse_yes_no(other), None, "{other:?}");
        }
    }
}
