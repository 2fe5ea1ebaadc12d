//! What users type, before a field, a number, a command or a label is read from it.
//!
//! Phones, keyboards and copied texts bring characters that cannot be seen: marks of direction, spaces without width, fillers.
//! Text is data, so they are the only thing that is removed, and everything is removed here.

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::CodePointSetData;
use icu_properties::props::{DefaultIgnorableCodePoint, ExtendedPictographic};

/// An empty cell of Braille. It looks like a space but is none in Unicode.
const BRAILLE_BLANK: char = '\u{2800}';
const ZERO_WIDTH_JOINER: char = '\u{200d}';
const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
/// What may stay although it cannot be seen: see [`changes_neighbours`].
const KEPT_INVISIBLE: [char; 4] = ['\u{fe0e}', '\u{fe0f}', ZERO_WIDTH_JOINER, ZERO_WIDTH_NON_JOINER];
/// Draws a keycap around the digit before it.
const KEYCAP: char = '\u{20e3}';

/// Normalizes a text of one or more lines: in NFC, without invisible characters, trimmed.
///
/// Every kind of space becomes a space and every line end `\n`; tabs stay. Other control characters are removed:
/// `PostgreSQL` cannot store NUL, and the others break terminals and spreadsheets.
pub(crate) fn normalize_text(text: &str) -> String {
    let mut normalized = normalize_once(text);
    // NFC may put another mark before a joiner, which then joins nothing.
    while normalized.contains(KEPT_INVISIBLE) {
        let again = normalize_once(&normalized);
        if again == normalized {
            break;
        }
        normalized = again;
    }
    normalized
}

fn normalize_once(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let before = kept.chars().next_back();
        kept.extend(normalize_char(c, before, rest.clone().next()));
    }
    ComposingNormalizerBorrowed::new_nfc().normalize(&kept).trim().to_owned()
}

/// Normalizes a text likewise and joins its lines, without the spaces around them, with one space; tabs become spaces.
pub(crate) fn normalize_line(text: &str) -> String {
    let text = normalize_text(text).replace('\t', " ");
    let lines = text.split('\n').map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" ")
}

/// Normalizes a line that holds a number: full-width characters and Arabic-Indic digits become ASCII, dashes a minus.
pub(crate) fn normalize_number(text: &str) -> String {
    let to_ascii = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => shift_char(c, '\u{ff01}', '!'),
        '\u{660}'..='\u{669}' => shift_char(c, '\u{660}', '0'),
        '\u{6f0}'..='\u{6f9}' => shift_char(c, '\u{6f0}', '0'),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        c => c,
    };
    normalize_line(&text.chars().map(to_ascii).collect::<String>())
}

/// Folds a line for the comparison with a word or a label: lower case, ё as е, single spaces, and at both ends neither
/// emoji nor punctuation.
pub(crate) fn fold_words(text: &str) -> String {
    let line = normalize_line(text).to_lowercase().replace('ё', "е");
    let words = line.trim_matches(|c: char| !c.is_alphanumeric() || is_pictograph(c));
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a character that is neither white space nor a control character cannot be seen.
pub(crate) fn is_invisible(c: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        || matches!(c, BRAILLE_BLANK | '\u{fff9}'..='\u{fffb}')
}

/// Returns what a character becomes between its neighbours; `None` when it is removed.
fn normalize_char(c: char, before: Option<char>, after: Option<char>) -> Option<char> {
    match c {
        '\n' | '\t' => Some(c),
        '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
        BRAILLE_BLANK => Some(' '),
        c if c.is_whitespace() => Some(' '),
        c if c.is_control() => None,
        c if is_invisible(c) => changes_neighbours(c, before?, after).then_some(c),
        c => Some(c),
    }
}

/// Whether an invisible character changes how its neighbours look: a variation selector of an emoji or a keycap, a joiner
/// within an emoji (👩‍🔧), and both joiners between letters of the scripts from Arabic to Sinhala, which are misspelt without.
fn changes_neighbours(c: char, before: char, after: Option<char>) -> bool {
    let joins_letters = || is_joining_letter(before) && after.is_some_and(is_joining_letter);
    match c {
        '\u{fe0e}' | '\u{fe0f}' => is_pictograph(before) || is_keycap_base(before) && after == Some(KEYCAP),
        ZERO_WIDTH_JOINER => ends_emoji(before) && after.is_some_and(is_pictograph) || joins_letters(),
        ZERO_WIDTH_NON_JOINER => joins_letters(),
        _ => false,
    }
}

fn is_pictograph(c: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(c)
}

/// Whether an emoji may end with this: its picture, a variation selector, a skin tone.
fn ends_emoji(c: char) -> bool {
    is_pictograph(c) || matches!(c, '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

fn is_keycap_base(c: char) -> bool {
    matches!(c, '0'..='9' | '#' | '*')
}

fn is_joining_letter(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{dff}') && !c.is_numeric()
}

fn shift_char(c: char, from: char, to: char) -> char {
    char::from_u32(u32::from(c) - u32::from(from) + u32::from(to)).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use proptest::prelude::*;

    use super::*;

    /// What a phone, a keyboard or a copied text may put anywhere without a trace on the screen.
    const INVISIBLE: [char; 23] = [
        '\0',
        '\u{7f}',
        '\u{ad}',
        '\u{34f}',
        '\u{61c}',
        '\u{115f}',
        '\u{1160}',
        '\u{200b}',
        '\u{200c}',
        '\u{200d}',
        '\u{200e}',
        '\u{200f}',
        '\u{202a}',
        '\u{202e}',
        '\u{2060}',
        '\u{2066}',
        '\u{2069}',
        '\u{3164}',
        '\u{fe0f}',
        '\u{feff}',
        '\u{ffa0}',
        '\u{e0061}',
        '\u{fff9}',
    ];

    #[test]
    fn invisible_characters_vanish_and_alone_are_nothing() {
        for c in INVISIBLE {
            assert_eq!(normalize_text(&c.to_string().repeat(3)), "", "{c:?}");
            assert_eq!(normalize_text(&format!("{c}дом{c} 1{c}2{c}")), "дом 12", "{c:?}");
        }
        assert_eq!(normalize_line(" \u{2800}\n\u{3164}\t\u{2800}"), "");
    }

    #[test]
    fn every_space_is_a_space_and_every_line_end_a_line_end() {
        let spaces = "a\u{a0}b\u{202f}c\u{2009}d\u{3000}e\u{1680}f\u{2800}g";
        assert_eq!(normalize_text(spaces), "a b c d e f g");
        let lines = "a\r\nb\rc\u{85}d\u{2028}e\u{2029}f\u{b}g\th";
        assert_eq!(normalize_text(lines), "a\nb\nc\nd\ne\nf\ng\th");
        assert_eq!(normalize_line("one \n\n two\tthree"), "one two three");
    }

    #[test]
    fn composed_and_decomposed_letters_are_equal() {
        assert_eq!(normalize_text("И\u{306}од, е\u{308}лка, e\u{301}"), "Йод, ёлка, é");
        // Normalizing comes after removing: the mark joins its letter again.
        assert_eq!(normalize_text("И\u{200b}\u{306}од"), "Йод");
    }

    #[test]
    fn emoji_and_scripts_that_need_joiners_keep_them() {
        for text in [
            "👩\u{200d}🔧 👩🏽\u{200d}🔧 🏳\u{fe0f}\u{200d}🌈",
            "👩\u{200d}❤\u{fe0f}\u{200d}👨",
            "1\u{fe0f}\u{20e3} ☎\u{fe0e} 🇷🇺",
            "می\u{200c}خواهم",
            "क\u{94d}\u{200d}ष",
        ] {
            assert_eq!(normalize_text(text), text);
        }
        assert_eq!(normalize_text("👩\u{200d} 👩\u{200d}"), "👩 👩");
        // In NFC, another mark comes before the joiner.
        assert_eq!(normalize_text("A\u{315}\u{94d}\u{200d}ऊ"), "A\u{94d}\u{315}ऊ");
    }

    #[test]
    fn digits_of_other_keyboards_are_ascii_in_numbers_only() {
        assert_eq!(normalize_number("＋７ ９００ １２３－４５－６７"), "+7 900 123-45-67");
        assert_eq!(normalize_number("٠١٢٣٤٥٦٧٨٩ ۰۱۲۳۴۵۶۷۸۹"), "0123456789 0123456789");
        assert_eq!(normalize_number("\u{2212}5\u{2013}6"), "-5-6");
        assert_eq!(normalize_line("кв. ７"), "кв. ７");
        // The mark joins the ASCII letter too.
        assert_eq!(normalize_number("Ａ\u{30a}"), "Å");
    }

    #[test]
    fn words_are_folded_for_comparison() {
        assert_eq!(fold_words("  📊\u{fe0f} ОТЧЁТЫ!.. "), "отчеты");
        assert_eq!(fold_words("ℹ\u{fe0f} Информация"), "информация");
        assert_eq!(fold_words("➕Создать \u{a0} заявку"), "создать заявку");
        assert_eq!(fold_words("❌ 👍 …"), "");
    }

    proptest! {
        #[test]
        fn normalizing_twice_changes_nothing(text: String, marks in "[\u{200b}-\u{200f}\u{fe0f}👩🔧0क\u{94d}و\u{20e3}И\u{306} \n]{0,12}") {
            for typed in [text, marks] {
                for normalize in [normalize_text, normalize_line] {
                    let once = normalize(&typed);
                    prop_assert_eq!(&normalize(&once), &once);
                    prop_assert_eq!(once.trim(), &once);
                    prop_assert!(!once.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
                }
                prop_assert!(!normalize_line(&typed).contains(['\n', '\t']));
            }
        }

        #[test]
        fn invisible_characters_change_no_word(
            words in "[а-яА-Яa-z0-9]{1,8}( [а-яa-z0-9]{1,8}){0,3}",
            places in proptest::collection::vec((0..40_usize, 0..INVISIBLE.len()), 0..8),
        ) {
            let mut typed: Vec<char> = words.chars().collect();
            for (place, mark) in places {
                typed.insert(place.min(typed.len()), INVISIBLE[mark]);
            }
            prop_assert_eq!(normalize_text(&typed.iter().collect::<String>()), words);
        }
    }
}
