//! Addresses in short: street and house, as a dispatcher would say them.

/// Before these words of a part, the part is a town, a region or a district.
const PLACE_WORDS: [&str; 13] =
    ["г", "гор", "город", "обл", "область", "край", "респ", "республика", "район", "р-н", "мкр", "рп", "пгт"];
/// What stands before a street's or a house's name and says nothing.
const KIND_WORDS: [&str; 4] = ["ул", "улица", "дом", "house"];
/// Kinds of streets as they are written shortly.
const SHORT_KINDS: [(&str, &str); 7] = [
    ("проспект", "пр-т"),
    ("переулок", "пер."),
    ("бульвар", "б-р"),
    ("площадь", "пл."),
    ("набережная", "наб."),
    ("проезд", "пр-д"),
    ("шоссе", "ш."),
];
/// From these words on, an address says how to get into the house.
const INSIDE_WORDS: [&str; 18] = [
    "кв",
    "квартира",
    "подъезд",
    "под",
    "этаж",
    "эт",
    "домофон",
    "код",
    "офис",
    "оф",
    "flat",
    "apt",
    "apartment",
    "entrance",
    "floor",
    "office",
    "unit",
    "suite",
];
/// A house, or a village if no number follows.
const HOUSE: &str = "д";

/// Returns street and house of an address, or all of it where they cannot be told apart.
pub(crate) fn street_and_house(address: &str) -> String {
    let mut kept: Vec<String> = Vec::new();
    for part in address.split([',', ';']) {
        let words = split_words(part);
        if words.first().is_some_and(|word| is_one_of(word, &PLACE_WORDS))
            || words.last().is_some_and(|word| is_one_of(word, &PLACE_WORDS[3..]))
        {
            continue;
        }
        let inside = words.iter().position(|word| is_one_of(word, &INSIDE_WORDS));
        kept.extend(said_words(&words[..inside.unwrap_or(words.len())]));
        if inside.is_some() {
            break;
        }
    }
    if kept.is_empty() { address.trim().to_owned() } else { kept.join(" ") }
}

/// Splits at spaces, and behind a dot.
fn split_words(part: &str) -> Vec<String> {
    part.replace('.', ". ").split_whitespace().map(str::to_owned).collect()
}

fn is_one_of(word: &str, words: &[&str]) -> bool {
    words.contains(&&*word.trim_end_matches('.').to_lowercase())
}

fn said_words(words: &[String]) -> Vec<String> {
    let begins_with_digit =
        |word: Option<&String>| word.is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let is_said = |(place, word): &(usize, &String)| {
        let is_house = is_one_of(word, &[HOUSE]) && begins_with_digit(words.get(place + 1));
        !is_house && !is_one_of(word, &KIND_WORDS)
    };
    let said = words.iter().enumerate().filter(is_said);
    said.map(|(_, word)| short_kind(word).map_or_else(|| word.clone(), str::to_owned)).collect()
}

fn short_kind(word: &str) -> Option<&'static str> {
    SHORT_KINDS.into_iter().find(|(long, _)| is_one_of(word, &[*long])).map(|(_, short)| short)
}

/// Splits the house off a short address: `Main Street`, `70`.
pub(crate) fn split_house(short: &str) -> Option<(&str, &str)> {
    let (street, house) = short.rsplit_once(' ')?;
    house.starts_with(|c: char| c.is_ascii_digit()).then_some((street, house))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn street_and_house_are_found() {
        for (address, short) in [
            ("г. Казань, ул. Баумана, д. 70, кв. 12, 2 подъезд", "Баумана 70"),
            ("Баумана 70 кв 12", "Баумана 70"),
            ("ул.Ленина,д.5", "Ленина 5"),
            ("Московская обл., г. Химки, улица Мира, дом 3к2, этаж 4", "Мира 3к2"),
            ("д. Сосновка, 12", "д. Сосновка 12"),
            ("пр. Победы 100/2, домофон 12", "пр. Победы 100/2"),
            ("проспект Несуществующий, дом 46, кв. 58", "пр-т Несуществующий 46"),
            ("12 Sample Street, flat 7", "12 Sample Street"),
            ("кв. 5", "кв. 5"),
            ("  Ленина 5 ", "Ленина 5"),
            ("", ""),
        ] {
            assert_eq!(street_and_house(address), short, "{address}");
        }
    }
}
