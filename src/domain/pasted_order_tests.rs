#![allow(clippy::unwrap_used)]

use chrono_tz::Europe::Moscow;
use proptest::prelude::*;

use super::*;

/// A Saturday, 14:07 in Moscow.
fn now() -> DateTime<Utc> {
    "2026-11-28T11:07:00Z".parse().unwrap()
}

fn parse(text: &str) -> PastedOrder {
    parse_pasted_order(text, now(), Moscow)
}

/// Phone, name, address, words of the visit, notes, description.
fn fields(text: &str) -> [String; 6] {
    let order = parse(text);
    let phone = order.phone.map(Phone::into_string);
    let visit = order.visit.map(|(words, _)| words);
    [phone, order.client_name, order.address, visit, order.notes, Some(order.description)]
        .map(Option::unwrap_or_default)
}

const PHONE: &str = "+79001234567";

#[test]
fn whole_messages_are_recognised() {
    for (text, expected) in [
        (
            "Не греет духовка, Ленина 5 кв 12, 8 900 123-45-67 Анна, завтра после 15",
            [PHONE, "Анна", "Ленина 5 кв 12", "завтра после 15", "", "Не греет духовка"],
        ),
        (
            "Стиралка не сливает\nул. Баумана, д. 7, кв. 3\nАнна Петровна\nтел. 89001234567\nпн с 10 до 16",
            [PHONE, "Анна Петровна", "ул. Баумана, д. 7, кв. 3", "пн с 10 до 16", "", "Стиралка не сливает"],
        ),
        (
            "Холодильник не морозит. г. Казань, ул. Баумана 7, подъезд 2, этаж 3. +7 (900) 123-45-67, доб. 12. Пётр",
            [
                PHONE,
                "Пётр",
                "г. Казань, ул. Баумана 7, подъезд 2, этаж 3",
                "",
                "доб. 12",
                "Холодильник не морозит",
            ],
        ),
        (
            "Oven does not heat, 12 Sample Street, 9001234567 John, tomorrow after 3 pm",
            [PHONE, "John", "12 Sample Street", "tomorrow after 3 pm", "", "Oven does not heat"],
        ),
        (
            "Анна 8 900 123 45 67, лучше завтра, после 15, Мира 12-34, шумит сушилка",
            [PHONE, "Анна", "Мира 12-34", "завтра, после 15", "", "шумит сушилка"],
        ),
        (
            "Клиент: Иванов Иван, 89001234567, запасной 8 900 123-45-68; посудомойка: ошибка E15",
            [PHONE, "Иванов Иван", "", "", "+79001234568", "запасной, посудомойка: ошибка E15"],
        ),
        (
            "Здравствуйте! Это Игорь Петрович. Холодильник не морозит, течёт вода.\nУл. Баумана, д. 70, кв. 5, домофон 5К\n\
             Тел: +7 (900) 123-45-67\nМожно сегодня вечером",
            [
                PHONE,
                "Игорь Петрович",
                "Ул. Баумана, д. 70, кв. 5",
                "сегодня вечером",
                "домофон 5К",
                "Холодильник не морозит, течёт вода",
            ],
        ),
        (
            "Добрый день, у меня потёк кран. Очень срочно! Мира 3, кв 4. 89001234567. Буду дома после 18 сегодня",
            [PHONE, "", "Мира 3, кв 4", "после 18 сегодня", "", "у меня потёк кран. Очень срочно!"],
        ),
        (
            "89001234567\nНе включается\nАдрес: г. Казань, пр. Победы 15, подъезд 2\nИмя: Рустам",
            [PHONE, "Рустам", "г. Казань, пр. Победы 15, подъезд 2", "", "", "Не включается"],
        ),
        (
            "не работает розетка, ул. 8 Марта 12, 89001234567",
            [PHONE, "", "ул. 8 Марта 12", "", "", "не работает розетка"],
        ),
        (
            "Бойлер течет 8 900 123-45-67 и 8 900 123-45-68, Гагарина 8",
            [PHONE, "", "Гагарина 8", "", "+79001234568", "Бойлер течет"],
        ),
    ] {
        assert_eq!(fields(text), expected.map(str::to_owned), "{text}");
    }
}

#[test]
fn what_is_uncertain_stays_in_the_description() {
    for text in [
        "Ошибка 18",
        "Стиралка Индезит 5108",
        "Модель 60",
        "вчера перестала греть",
        "сегодня утром перестала греть",
        "Анна и Пётр",
        "завтра, в понедельник",
        "1234567",
        "Ленина 5 кв 12, Мира 7 кв 3",
        "",
    ] {
        let order = parse(text);
        assert_eq!(
            (&order.phone, &order.client_name, &order.address, &order.visit),
            (&None, &None, &None, &None),
            "{text}"
        );
        assert_eq!(order.description, text, "{text}");
    }
    assert_eq!(fields("Анна, Пётр, 89001234567")[1], "", "two names");
    assert_eq!(fields("завтра, шумит, в понедельник")[3], "", "two visits");
}

#[test]
fn house_and_flat_after_a_street_are_no_hours() {
    let found = fields("Не греет духовка, Ленина, 10-16, 89001234567, Анна");
    assert_eq!((found[2].as_str(), found[3].as_str()), ("Ленина, 10-16", ""));
    let found = fields("ул. Мира, 9-12, завтра после 15, 89001234567");
    assert_eq!((found[2].as_str(), found[3].as_str()), ("ул. Мира, 9-12", "завтра после 15"));
    let found = fields("ул. Мира 5, 10-16, 89001234567");
    assert_eq!((found[2].as_str(), found[3].as_str()), ("ул. Мира 5", "10-16"));
}

#[test]
fn no_phone_stays_in_the_description() {
    let order = parse("не греет 89001234567 или 8-900-123-45-68, звонить вечером");
    assert!(!order.description.contains("900"), "{order:?}");
    assert_eq!(order.notes.as_deref(), Some("+79001234568"));
}

proptest! {
    #[test]
    fn any_message_is_read_and_no_phone_is_described(
        text in "\\PC{0,80}|([а-яА-Я]{1,8}[ ,.;\n]|8 900 123-45-6[0-9][ ,]|кв [0-9]{1,3}[ ,]|завтра[ ,]|Анна[ ,]){0,12}",
    ) {
        let order = parse(&text);
        prop_assert!(find_phones(&order.description).is_empty(), "{order:?}");
    }
}
