//! The types of equipment that orders are about. Administrators keep them as rows; the bot begins with [`FIRST_TYPES`].
//!
//! An order stores the name of its type, so that it reads the same when the type is renamed or hidden later.

use serde::{Deserialize, Serialize};

use super::ids::EquipmentTypeId;
use super::input::fold_words;

/// The types with which a database begins, in the order in which they are offered: the name that is stored, which is also in
/// the old bot's buttons (`equipment:NAME`), and a language-neutral key for its translations.
pub(crate) const FIRST_TYPES: [(&str, &str); 11] = [
    ("Стиральные машины", "washing-machine"),
    ("Сушильные машины", "dryer"),
    ("Духовой шкаф", "oven"),
    ("Посудомоечная машина", "dishwasher"),
    ("Кофе машина", "coffee-machine"),
    ("Холодильники", "refrigerator"),
    ("Сантехника", "plumbing"),
    ("Электрика", "electrical"),
    ("Водонагреватели", "water-heater"),
    ("Телевизоры", "television"),
    (OTHER, "other"),
];

/// The most types; a keyboard holds a hundred buttons.
pub(crate) const MAX_TYPES: usize = 60;

/// The type of what fits no other.
const OTHER: &str = "Другое";

/// Words of names that tell no type from another, in lower case.
const GENERAL_WORDS: [&str; 10] =
    ["машина", "машины", "машин", "ремонт", "техника", "другое", "machine", "machines", "other", "repair"];

/// How clients name what belongs to the first types, by the key of the type: beginnings of words, in lower case.
const CLIENTS_WORDS: [(&str, &str); 9] = [
    ("dryer", "сушилк"),
    ("dishwasher", "пмм"),
    ("coffee-machine", "кофевар"),
    ("refrigerator", "морозил freezer fridge"),
    ("plumbing", "кран смесител унитаз раковин сифон засор труб канализац faucet toilet sink pipe"),
    ("electrical", "розетк выключател проводк щиток люстр socket wiring"),
    ("water-heater", "бойлер boiler"),
    ("television", "телик телек"),
    ("washing-machine", "стиралк washer"),
];

/// How much of a word tells it from others, in characters: endings differ.
const STEM: usize = 5;
/// The shortest word that tells a type, in characters.
const SHORTEST_WORD: usize = 3;

/// A type of equipment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EquipmentType {
    pub id: EquipmentTypeId,
    pub name: String,
    /// Grows in the order in which the types are offered.
    pub position: i64,
    /// Whether new orders are not offered it.
    pub is_hidden: bool,
}

/// The type of an order, with the name as it was when the order was taken.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(from = "StoredEquipment")]
pub struct OrderEquipment {
    /// `None` where only the name is known.
    pub id: Option<EquipmentTypeId>,
    pub name: String,
}

/// How drafts store a type: earlier versions stored its name only.
#[derive(Deserialize)]
#[serde(untagged)]
enum StoredEquipment {
    Name(String),
    Type { id: Option<EquipmentTypeId>, name: String },
}

impl From<StoredEquipment> for OrderEquipment {
    fn from(stored: StoredEquipment) -> Self {
        match stored {
            StoredEquipment::Name(name) => Self { id: None, name },
            StoredEquipment::Type { id, name } => Self { id, name },
        }
    }
}

impl From<&EquipmentType> for OrderEquipment {
    fn from(kind: &EquipmentType) -> Self {
        Self { id: Some(kind.id), name: kind.name.clone() }
    }
}

/// Returns the name of one of the first types in a button of the old bot.
pub(crate) fn first_type_named(name: &str) -> Option<&'static str> {
    FIRST_TYPES.into_iter().map(|(first, _)| first).find(|first| *first == name)
}

/// Returns the key of a stored name's translations.
pub(crate) fn translation_key(name: &str) -> Option<&'static str> {
    FIRST_TYPES.into_iter().find(|(first, _)| *first == name).map(|(_, key)| key)
}

/// Whether two names are the same to a reader.
pub(crate) fn is_same_name(one: &str, other: &str) -> bool {
    fold_words(one) == fold_words(other)
}

/// Counts the words of a type's names that a text mentions, with whatever ending: a text with "духовка" mentions
/// "Духовой шкаф".
pub(crate) fn count_mentions(text: &str, names: &[String]) -> usize {
    let mentioned = words_of(text);
    let mut stems: Vec<String> =
        names.iter().flat_map(|name| words_of(name)).filter_map(|word| stem(&word)).collect();
    stems.sort();
    stems.dedup();
    stems.iter().filter(|stem| mentioned.iter().any(|word| word.starts_with(stem.as_str()))).count()
}

/// Whether a text names one of the first types in a client's words: a dripping tap is plumbing.
pub(crate) fn is_in_clients_words(text: &str, stored_name: &str) -> bool {
    let key = translation_key(stored_name);
    let known = CLIENTS_WORDS.into_iter().filter(|(one, _)| Some(*one) == key);
    let mut beginnings = known.flat_map(|(_, words)| words.split(' '));
    let mentioned = words_of(text);
    beginnings.any(|beginning| mentioned.iter().any(|word| word.starts_with(beginning)))
}

fn words_of(text: &str) -> Vec<String> {
    let folded = text.to_lowercase().replace('ё', "е");
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// Returns the beginning of a word that has a meaning of its own.
fn stem(word: &str) -> Option<String> {
    let is_telling = word.chars().count() >= SHORTEST_WORD && !GENERAL_WORDS.contains(&word);
    is_telling.then(|| word.chars().take(STEM).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn the_old_bots_names_are_among_the_first_types() {
        for name in [
            "Стиральные машины",
            "Духовой шкаф",
            "Посудомоечная машина",
            "Кофе машина",
            "Сантехника",
            "Электрика",
            "Водонагреватели",
            "Телевизоры",
        ] {
            assert_eq!(first_type_named(name), Some(name));
        }
        assert_eq!(first_type_named("Oven"), None);
    }

    #[test]
    fn names_fit_old_buttons_and_keys_differ() {
        let mut keys: Vec<_> = FIRST_TYPES.into_iter().map(|(_, key)| key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), FIRST_TYPES.len());
        assert!(FIRST_TYPES.iter().all(|(name, _)| "equipment:".len() + name.len() <= 64));
    }

    #[test]
    fn types_are_mentioned_with_any_ending() {
        for (text, expected) in [
            ("Не греет духовка", "Духовой шкаф"),
            ("течёт стиралка", "Стиральные машины"),
            ("не сливает посудомойка", "Посудомоечная машина"),
            ("кофемашина не мелет", "Кофе машина"),
            ("Холодильник не морозит", "Холодильники"),
            ("нужен сантехник", "Сантехника"),
            ("искрит электрика", "Электрика"),
            ("водонагреватель бьёт током", "Водонагреватели"),
            ("ТЕЛЕВИЗОР без звука", "Телевизоры"),
            ("сушилка, сушильная машина шумит", "Сушильные машины"),
        ] {
            let mentioned = |name: &str| count_mentions(text, &[name.to_owned()]) > 0;
            let found: Vec<_> =
                FIRST_TYPES.into_iter().map(|(name, _)| name).filter(|name| mentioned(name)).collect();
            assert_eq!(found, [expected], "{text}");
        }
        for (text, expected) in [
            ("потёк кран, 89001234567", "Сантехника"),
            ("Искрит РОЗЕТКА", "Электрика"),
            ("бойлер не греет", "Водонагреватели"),
        ] {
            let found: Vec<_> = FIRST_TYPES
                .into_iter()
                .map(|(name, _)| name)
                .filter(|name| is_in_clients_words(text, name))
                .collect();
            assert_eq!(found, [expected], "{text}");
        }
        assert!(CLIENTS_WORDS.iter().all(|(key, _)| FIRST_TYPES.iter().any(|(_, known)| known == key)));
        for (name, _) in FIRST_TYPES {
            assert_eq!(count_mentions("машина не работает, нужен ремонт", &[name.to_owned()]), 0, "{name}");
        }
    }
}
