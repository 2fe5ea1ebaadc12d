//! Names that Excel accepts for a sheet ("Rename a worksheet" in its documentation).

/// The most characters, in UTF-16 units.
const MAX_LENGTH: usize = 31;
const FORBIDDEN: [char; 7] = ['[', ']', ':', '*', '?', '/', '\\'];
/// What a sheet without a usable name is called.
const NAMELESS: &str = "Sheet";
/// Excel keeps this name for itself.
const RESERVED: &str = "history";

/// Returns a valid name, as like the wanted one as possible, that none of the `taken` ones equals in any case.
pub(super) fn unique_sheet_name(wanted: &str, taken: &[String]) -> String {
    let cleaned: String = wanted
        .chars()
        .map(|letter| if FORBIDDEN.contains(&letter) || letter.is_control() { ' ' } else { letter })
        .collect();
    let words: Vec<&str> = cleaned.split_whitespace().collect();
    let joined = words.join(" ");
    let base = joined.trim_matches(|letter: char| letter == '\'' || letter == ' ');
    let base = if base.is_empty() || base.to_lowercase() == RESERVED { NAMELESS } else { base };
    let is_free = |name: &str| !taken.iter().any(|other| other.to_lowercase() == name.to_lowercase());
    let first = cut_to(base, MAX_LENGTH);
    if is_free(&first) {
        return first;
    }
    (2..=taken.len() + 2)
        .map(|number| {
            let suffix = format!(" ({number})");
            format!("{}{suffix}", cut_to(base, MAX_LENGTH - suffix.len()))
        })
        .find(|name| is_free(name))
        .unwrap_or(first)
}

/// Cuts a text to so many UTF-16 units.
fn cut_to(text: &str, most: usize) -> String {
    let mut length = 0;
    let fits = |letter: &char| {
        length += letter.len_utf16();
        length <= most
    };
    let cut: String = text.chars().take_while(fits).collect();
    cut.trim_end_matches([' ', '\'']).to_owned()
}
