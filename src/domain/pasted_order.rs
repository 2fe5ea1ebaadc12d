//! A whole order in one message, as clients and colleagues send it. What is certain is recognised; everything else stays in the
//! description, and what is missing is asked for.

use std::ops::Range;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::input::{normalize_number, normalize_text};
use super::person_name::is_person_name;
use super::phone::{Phone, find_phones, text_beside_phone};
use super::text::parse_address;
use super::visit::{VisitWindow, parse_visit};

/// The most parts of a message that one visit can be in: "tomorrow, after 3 pm".
const VISIT_PARTS: usize = 3;

/// Words before a visit that are no part of it.
const VISIT_LEADS: &str = "я мы буду будем будет будут дома приехать приезжайте можно удобно лучше желательно визит время когда ждут ждем жду мастера come visit best";
/// Words before a name that are no part of it.
const NAME_LEADS: &str =
    "это клиент клиентка имя зовут меня контакт заказчик хозяин хозяйка client name contact";
/// What a letter begins with and no order says.
const GREETINGS: [&str; 14] = [
    "здравствуйте",
    "здравствуй",
    "добрый день",
    "доброго дня",
    "добрый вечер",
    "доброе утро",
    "доброго времени суток",
    "привет",
    "приветствую",
    "hello",
    "hi",
    "good morning",
    "good afternoon",
    "good evening",
];
/// Words that say nothing once what they joined is taken out.
const JOINING_WORDS: &str = "и или а также либо and or";
/// What is written before an address.
const ADDRESS_LABELS: &str = "адрес адр address";
/// What opens the door, and does not help to find the house.
const DOOR_WORDS: &str = "домофон код";
/// What is written before an extension.
const EXTENSIONS: &str = "доб добавочный ext extension";
/// What makes a part of a message an address, in lower case without points.
const STREET_WORDS: &str = "ул улица пр пр-т пр-кт просп проспект пер переулок бул бульвар б-р ш шоссе наб набережная пл \
    площадь мкр микрорайон проезд тупик аллея street st avenue ave road rd lane ln drive dr";
/// What stands before the numbers of an address.
const ADDRESS_WORDS: &str = "д дом к кор корп корпус стр строение кв квартира под подъезд п пд эт этаж домофон код оф офис \
    house flat apt apartment floor entrance";
/// What stands before a town.
const TOWN_WORDS: &str = "г город пос поселок с село дер деревня city town";
/// Streets that every town has, named without a word for the street.
const COMMON_STREETS: &str = "ленина мира победы гагарина пушкина горького калинина кирова чехова мичурина баумана фрунзе \
    советская октябрьская молодежная садовая школьная лесная набережная центральная первомайская комсомольская \
    куйбышева маяковского дзержинского свердлова чапаева суворова кутузова тургенева некрасова гоголя строителей";
/// Abbreviations whose point ends no sentence.
const ABBREVIATIONS: &str = "ул пр просп пер бул ш наб пл мкр д кв к кор корп стр под эт г пос дер с тел моб т р руб доб ext st \
    ave rd apt";

/// What was recognised in a message.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct PastedOrder {
    pub(crate) phone: Option<Phone>,
    pub(crate) client_name: Option<String>,
    pub(crate) address: Option<String>,
    /// The words of the visit with their window.
    pub(crate) visit: Option<(String, VisitWindow)>,
    /// Extensions and further phones, which no master may see before the phone.
    pub(crate) notes: Option<String>,
    /// The rest; empty when there is none.
    pub(crate) description: String,
}

/// Recognises the parts of an order. `now` and `zone` are those of [`parse_visit`].
pub(crate) fn parse_pasted_order(text: &str, now: DateTime<Utc>, zone: Tz) -> PastedOrder {
    let text = normalize_text(text);
    let lines = text.split('\n').flat_map(|line| split_line(&normalize_number(line)));
    let mut parts: Vec<MessagePart> = lines.collect();
    let mut order = PastedOrder::default();
    take_phones(&mut parts, &mut order);
    take_name(&mut parts, &mut order);
    take_visit(&mut parts, &mut order, now, zone);
    take_address(&mut parts, &mut order);
    parts.retain(|part| !says_nothing(&part.text));
    order.description = join_parts(&parts);
    order
}

/// A part of a message between commas.
#[derive(Clone, Debug)]
struct MessagePart {
    text: String,
    /// What stands between it and the next one.
    separator: &'static str,
}

impl MessagePart {
    fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), separator: ", " }
    }
}

fn join_parts(parts: &[MessagePart]) -> String {
    let Some((last, others)) = parts.split_last() else { return String::new() };
    let others = others.iter().flat_map(|part| [part.text.as_str(), part.separator]);
    others.chain([last.text.as_str()]).collect()
}

/// Whether a part is a greeting, or a word that joined what is no longer there.
fn says_nothing(part: &str) -> bool {
    let words = part.trim_end_matches(['!', '.', '?', ')']).to_lowercase();
    GREETINGS.contains(&&*words) || part.split(' ').all(|word| has_word(JOINING_WORDS, word))
}

/// Splits a line at commas, semicolons and the ends of sentences.
fn split_line(line: &str) -> Vec<MessagePart> {
    let mut parts = vec![MessagePart::new("")];
    for word in line.split(' ') {
        let is_end = ends_sentence(word);
        if let Some(part) = parts.last_mut() {
            if !part.text.is_empty() {
                part.text.push(' ');
            }
            part.text.push_str(word.trim_end_matches([',', ';']));
            part.separator = match word.chars().next_back() {
                Some('.') if is_end => ". ",
                // The sign itself stays in the part.
                Some('!' | '?') if is_end => " ",
                _ => ", ",
            };
        }
        if is_end || word.ends_with([',', ';']) {
            parts.push(MessagePart::new(""));
        }
    }
    for part in &mut parts {
        let trimmed = part.text.trim_matches(|c: char| c.is_whitespace() || ",;.".contains(c));
        part.text = trimmed.to_owned();
    }
    parts.retain(|part| !part.text.is_empty());
    parts
}

fn ends_sentence(word: &str) -> bool {
    let Some(bare) = word.strip_suffix(['.', '!', '?']) else { return false };
    word.ends_with(['!', '?']) || !has_word(ABBREVIATIONS, bare.trim_start_matches('('))
}

fn has_word(words: &str, word: &str) -> bool {
    let word = word.trim_end_matches(['.', ':']).to_lowercase().replace('ё', "е");
    words.split_whitespace().any(|known| known == word)
}

/// Takes the phones out. What is beside them becomes parts of their own; further phones and extensions are notes.
fn take_phones(parts: &mut Vec<MessagePart>, order: &mut PastedOrder) {
    let mut notes = Vec::new();
    let mut rest = Vec::new();
    for MessagePart { text: part, separator } in parts.drain(..) {
        let mut end = 0;
        for found in find_phones(&part) {
            rest.extend(text_beside_phone(&part[end..found.place.start]).map(MessagePart::new));
            end = found.place.end;
            if order.phone.is_none() {
                order.phone = Some(found.phone);
            } else if order.phone.as_ref() != Some(&found.phone) {
                notes.push(found.phone.into_string());
            }
        }
        let tail = if end == 0 { Some(part) } else { text_beside_phone(&part[end..]) };
        rest.extend(tail.map(|text| MessagePart { text, separator }));
    }
    let is_extension =
        |part: &MessagePart| part.text.split(' ').next().is_some_and(|word| has_word(EXTENSIONS, word));
    let (extensions, others) = rest.into_iter().partition::<Vec<_>, _>(is_extension);
    *parts = others;
    notes.extend(extensions.into_iter().map(|part| part.text));
    order.notes = (!notes.is_empty()).then(|| notes.join(", "));
}

fn take_name(parts: &mut Vec<MessagePart>, order: &mut PastedOrder) {
    let name_in =
        |part: &MessagePart| Some(without_leads(&part.text, NAME_LEADS)).filter(|name| is_person_name(name));
    if let Some((at, name)) =
        only_one(parts.iter().enumerate().filter_map(|(at, part)| Some((at, name_in(part)?))))
    {
        order.client_name = Some(name);
        parts.remove(at);
    }
}

fn without_leads(part: &str, leads: &str) -> String {
    let words = part.split(' ').skip_while(|word| has_word(leads, word));
    words.collect::<Vec<_>>().join(" ")
}

/// Returns the only item; two would be uncertain.
fn only_one<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    items.next().filter(|_| items.next().is_none())
}

fn joined_texts(parts: &[MessagePart]) -> String {
    parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(", ")
}

/// Whether a part is house and flat of the street before it: they can look like hours ("Lenina, 10-16").
fn is_house_of_street(parts: &[MessagePart], at: usize) -> bool {
    let Some(street) = at.checked_sub(1).map(|before| &parts[before].text) else { return false };
    let names_house = street.chars().any(|c| c.is_ascii_digit());
    !names_house && (is_street(street) || is_street_name(street)) && is_house(&parts[at].text)
}

/// Takes the visit out if exactly one is named, in whole parts: "the day before yesterday it was still warm" is none.
fn take_visit(parts: &mut Vec<MessagePart>, order: &mut PastedOrder, now: DateTime<Utc>, zone: Tz) {
    let mut found: Vec<(Range<usize>, String, VisitWindow)> = Vec::new();
    let mut at = 0;
    while at < parts.len() {
        if is_house_of_street(parts, at) {
            at += 1;
            continue;
        }
        let longest = (1..=VISIT_PARTS.min(parts.len() - at)).rev().find_map(|length| {
            let words = without_leads(&joined_texts(&parts[at..at + length]), VISIT_LEADS);
            let window = parse_visit(&words, now, zone)?;
            Some((at..at + length, words, window))
        });
        at = longest.as_ref().map_or(at + 1, |(range, _, _)| range.end);
        found.extend(longest);
    }
    if let Some((range, words, window)) = only_one(found.into_iter()) {
        order.visit = Some((words, window));
        parts.drain(range);
    }
}

/// Takes the address out if exactly one group of neighbouring parts is one, or one is labelled as such.
fn take_address(parts: &mut Vec<MessagePart>, order: &mut PastedOrder) {
    let is_labelled = |at: &usize| without_leads(&parts[*at].text, ADDRESS_LABELS) != parts[*at].text;
    let range = match only_one((0..parts.len()).filter(is_labelled)) {
        Some(start) => start..start + 1,
        None => match only_one((0..parts.len()).filter(|at| begins_address(parts, *at))) {
            Some(start) => start..start + 1,
            None => return,
        },
    };
    let (mut start, mut end) = (range.start, range.end);
    while end < parts.len() && continues_address(&parts[end].text) {
        end += 1;
    }
    while start > 0 && is_town(&parts[start - 1].text) {
        start -= 1;
    }
    let is_door =
        |part: &&MessagePart| part.text.split(' ').next().is_some_and(|word| has_word(DOOR_WORDS, word));
    let (doors, found): (Vec<_>, Vec<_>) = parts[start..end].iter().partition(is_door);
    let found: Vec<MessagePart> = found.into_iter().cloned().collect();
    if let Ok(address) = parse_address(&without_leads(&joined_texts(&found), ADDRESS_LABELS)) {
        order.address = Some(address);
        let doors = doors.into_iter().map(|part| part.text.clone());
        let notes: Vec<String> = order.notes.take().into_iter().chain(doors).collect();
        order.notes = (!notes.is_empty()).then(|| notes.join(", "));
        parts.drain(start..end);
    }
}

/// Whether an address may begin at a part: a street with its house, or before it.
fn begins_address(parts: &[MessagePart], at: usize) -> bool {
    let is_next_house = parts.get(at + 1).is_some_and(|part| is_house(&part.text));
    is_street(&parts[at].text) || is_street_name(&parts[at].text) && is_next_house
}

/// Whether a part belongs to the address before it.
fn continues_address(part: &str) -> bool {
    is_address_tail(part) || is_house(part) || is_street(part) || is_street_name(part)
}

fn is_house(part: &str) -> bool {
    part.split(' ').all(is_house_word) && has_digit(part)
}

fn is_town(part: &str) -> bool {
    let words: Vec<&str> = part.split(' ').collect();
    (2..=3).contains(&words.len())
        && has_word(TOWN_WORDS, words[0])
        && words[1].starts_with(char::is_uppercase)
}

fn has_digit(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit())
}

/// Whether a part is the name of a street without the house.
fn is_street_name(part: &str) -> bool {
    let words: Vec<&str> = part.split(' ').collect();
    let has_street_word = words.len() > 1 && words.iter().any(|word| has_word(STREET_WORDS, word));
    words.len() <= 4
        && !has_digit(part)
        && (has_street_word || words.len() == 1 && has_word(COMMON_STREETS, part))
}

/// Whether a part names a street with its house: with the word for it, a common one, or any with a
/// capital letter and a flat.
fn is_street(part: &str) -> bool {
    let words: Vec<&str> = part.split(' ').collect();
    // "ул. 8 Марта 12": the number is a part of the name.
    if let [kind, number, name, house, ..] = words[..]
        && has_word(STREET_WORDS, kind)
        && number.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(char::is_alphabetic)
        && !has_word(ADDRESS_WORDS, name)
    {
        return words[3..].iter().all(|word| is_house_word(word)) && has_digit(house);
    }
    // "12 Sample Street" has the house before the street.
    let house = words.iter().take_while(|word| is_house_word(word)).count();
    let (house, words) = words.split_at(house);
    let named = words.iter().take_while(|word| !is_house_word(word)).count();
    let (name, numbers) = words.split_at(named);
    let has_house = house.iter().chain(numbers).any(|word| has_digit(word));
    if name.is_empty() || name.len() > 4 || !has_house || !numbers.iter().all(|word| is_house_word(word)) {
        return false;
    }
    let has_street_word = name.len() > 1 && name.iter().any(|word| has_word(STREET_WORDS, word));
    let is_common = name.len() == 1 && has_word(COMMON_STREETS, name[0]);
    let is_name = |word: &&str| {
        word.starts_with(char::is_uppercase) && word.chars().all(|c| c.is_alphabetic() || c == '-')
    };
    let has_flat = numbers.iter().any(|word| has_word("кв квартира flat apt apartment", &letters_of(word)));
    has_street_word || is_common || name.len() <= 2 && name.iter().all(is_name) && has_flat
}

fn is_address_tail(part: &str) -> bool {
    part.split(' ').all(is_house_word) && part.chars().any(char::is_alphabetic)
}

/// Whether a word is a number of a house or a flat, or the word before one: `5`, `5а`, `12к2`, `кв.7`, `д`.
fn is_house_word(word: &str) -> bool {
    let is_short = word.chars().filter(char::is_ascii_digit).count() <= 5;
    let starts_with_digit = word.starts_with(|c: char| c.is_ascii_digit());
    let letters = letters_of(word);
    let is_number = starts_with_digit
        && letters.chars().count() <= 4
        && word.chars().all(|c| c.is_alphanumeric() || "/-.".contains(c))
        && (letters.chars().count() <= 1 || has_word(ADDRESS_WORDS, &letters));
    is_short && (is_number || !starts_with_digit && has_word(ADDRESS_WORDS, &letters))
}

/// Returns the letters of a word.
fn letters_of(word: &str) -> String {
    word.chars().filter(|c| c.is_alphabetic()).collect()
}

#[cfg(test)]
#[path = "pasted_order_tests.rs"]
mod tests;
