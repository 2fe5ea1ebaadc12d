#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::LazyLock;

use super::*;

const TOKEN: &str = "123456789:made-up-token-of-the-tests_000000";

static REDACTOR: LazyLock<Redactor> =
    LazyLock::new(|| Redactor::for_log(["hunter2-made-up", "pw"].map(str::to_owned)));

fn redact(text: &str) -> String {
    REDACTOR.redact(text).into_owned()
}

#[test]
fn russian_numbers_and_numbers_with_a_plus_go() {
    for phone in [
        "+79990001122",
        "+7 999 000-11-22",
        "+7 (999) 000 11 22",
        "+7(999)000-11-22",
        "+7-999-000-11-22",
        "+7\t999\t000\t11\t22",
        "8\t999\t000-11-22",
        "8\\t999\\t000-11-22",
        "8/999/000/11/22",
        "89990001122",
        "79990001122",
        "8 999 000 11 22",
        "8 (999) 000-11-22",
        "8(999)0001122",
        "8-999-000-11-22",
        "8.999.000.11.22",
        "8 9990001122",
        "8 (4852) 12-34-56",
        "8 (48533) 1-23-45",
        "88001002030",
        "8 (999) - 000 - 11 - 22",
        "+7 (999) -- 000-11-22",
        "8\n999\n000\n11\n22",
        "tel_89990001122",
        "+375 29 123-45-67",
        "+49 (30) 1234567890",
    ] {
        for (before, after) in [
            ("", ""),
            ("тел. ", "!"),
            ("phone=", " x"),
            ("\"", "\""),
            ("(", ")"),
            ("тел", " 5"),
            ("phone", ":"),
        ] {
            let clean = redact(&format!("{before}{phone}{after}"));
            assert!(clean.contains(REDACTED), "{before}{phone}{after} became {clean}");
            let left = clean.chars().filter(char::is_ascii_digit).count();
            let is_foreign = phone.starts_with("+3") || phone.starts_with("+4");
            let more = usize::from(after == " 5" && !is_foreign);
            assert_eq!(left, more, "{before}{phone}{after} became {clean}");
        }
    }
}

#[test]
fn a_phone_number_after_an_escape_or_another_number_goes_and_what_is_before_it_stays() {
    for (text, clean) in [
        (r"\n89990001122", r"\n[redacted]"),
        (r"\u{7}89990001122", r"\u{7}[redacted]"),
        ("00 7 999 000 11 22", "00 [redacted]"),
        ("810 7 999 000 11 22", "810 [redacted]"),
        ("тел.89990001122, tel_89990001122", "тел.[redacted], tel_[redacted]"),
    ] {
        assert_eq!(redact(text), clean);
    }
}

#[test]
fn ids_times_sums_and_addresses_stay() {
    for line in [
        "2026-11-22T23:35:38.120001Z  INFO update update=734001 kind=\"message\" user=1001 chat=1001 ms=1.234",
        "2026-11-22T23:35:38.120001Z  INFO update update=9990001122 user=8112223344 chat=-1001234567890 ms=8.123",
        "{\"timestamp\":\"2026-11-22T23:35:38.120001Z\",\"update\":9990001122,\"chat\":-1001234567890,\"ms\":0.8123456789012}",
        // Ids may grow by a digit some day.
        "update=89990001122 user=79990001122 chat=-79990001122 outbox=89990001122",
        "{\"update\":89990001122,\"user\":79990001122,\"chat\":-79990001122}",
        "from=-4123456789 to=-1007890001122",
        "due at 2026-11-22 23:35:38.120001 UTC, day 2026-11-22 10:00",
        "attempt 8 2026-11-22 10:00",
        "7 31.12.2026 10:00",
        "8 31/12/2026 10:15",
        "libpq 8.4.2 (2014-07-24)",
        "8:35:38.120001 and 08:35:38.120001 and 23:58:38.120001",
        "2026-11-28 08:35:38.120001+07:00 2026-11-28T07:35:38.120001+03:00 2026-11-28",
        "bot_database_2026-11-22_03-30-00.db bot_database_2026-12-28_07-38-08.db bot_20261122_033000.db",
        "[8, 64, 512, 1024, 4096, 8192]",
        "85.214.132.117:5432 7 of 100 8/1024 code 7: 2026",
        "8/11/2026 10 15 22",
        "http://149.154.167.220:443/ 192.168.10.10 85.214.132.117 8.8.8.8",
        "checksum b89990001122a9c5f0e1d2 7e89990001122",
        "id 3fa85f64-5717-4562-b3fc-2c963f66afa6 78901234-5678-4901-8234-567890123456",
        "1234567890123456 bytes, 1763854538 seconds, 1763854538120 ms, pi 8.9990001122",
        "kopecks=1234567 total=12345678901",
        "bot_20261122_89990001122.db",
        "user=9001234567 chat=9001234567 update=9001234567 from=-9001234567 chat=375291234567",
        "{\"user\":9001234567,\"chat\":-9001234567,\"update\":375291234567}",
        "9 123 456 789 bytes, 9001234567.5 s, [900, 1234, 567] 904 12.05.2026 10:00",
        "checksum 9001234567ab c9001234567 9e9001234567f0 9001234567890 90012345678",
        "botctl@0.1.0 diesel 2.3.11 1.95.0",
        "postgresql://bot@db:5432/orders sqlite:///var/lib/bot.db http://127.0.0.1:8088/",
    ] {
        assert_eq!(redact(line), line);
    }
}

#[test]
fn credentials_go_and_what_surrounds_them_stays() {
    for (text, clean) in [
        (
            format!("https://api.telegram.org/bot{TOKEN}/getMe failed"),
            "https://api.telegram.org/bot[redacted]/getMe failed",
        ),
        (TOKEN.replace(':', "%3A"), "[redacted]"),
        (
            "postgres://bot:p@w/x?y@db:5432/orders is down".to_owned(),
            "postgres://bot:***@db:5432/orders is down",
        ),
        ("postgres://bot:***@db/orders".to_owned(), "postgres://bot:***@db/orders"),
        ("redis://:abc@cache".to_owned(), "redis://:***@cache"),
        ("https://0123abcd@sentry.example.org/1".to_owned(), "https://***@sentry.example.org/1"),
        ("host=db password=abc user=bot".to_owned(), "host=db password=*** user=bot"),
        ("postgres:///x?password=a&sslmode=off".to_owned(), "postgres:///x?password=***&sslmode=off"),
        ("it is hunter2-made-up indeed, pw".to_owned(), "it is [redacted] indeed, pw"),
        ("{\"token\":\"abc\",\"a\":1}".to_owned(), "{\"token\":\"***\",\"a\":1}"),
        ("Config { password: \"a b\\\\c\", n: 1 }".to_owned(), "Config { password: \"***\", n: 1 }"),
        (r#"{"m":"secret: \"abc\" x"}"#.to_owned(), r#"{"m":"secret: \"***\" x"}"#),
        (r#"{"m":"{\"api_key\":\"abc\"}"}"#.to_owned(), r#"{"m":"{\"api_key\":\"***\"}"}"#),
        (r#"{"m":"password=a\\b\nnext"}"#.to_owned(), r#"{"m":"password=***\nnext"}"#),
        ("passwd='a b'".to_owned(), "passwd='***'"),
        ("{\"phone\":89990001122,\"a\":1}".to_owned(), "{\"phone\":[redacted],\"a\":1}"),
    ] {
        assert_eq!(redact(&text), clean);
    }
}

#[test]
fn tokens_next_to_each_other_go() {
    for (text, clean) in [
        (format!("/nope/{TOKEN}"), "/nope/[redacted]"),
        (format!("{TOKEN} {TOKEN}/x"), "[redacted] [redacted]/x"),
        (format!("{TOKEN}{TOKEN}"), "[redacted]"),
        ("12:00:00.000 at :1 file:12".to_owned(), "12:00:00.000 at :1 file:12"),
        ("sha256:0123456789abcdef0123456789".to_owned(), "sha256:0123456789abcdef0123456789"),
        ("я123456:я".to_owned(), "я123456:я"),
    ] {
        assert_eq!(Redactor::default().redact(&text), clean);
    }
}

proptest::proptest! {
    #[test]
    fn numbers_with_usual_punctuation_go(
        first in proptest::sample::select(vec!["+7", "7", "8"]),
        code in 300_u32..1000,
        rest in 0_u32..10_000_000,
        gaps in proptest::collection::vec(r"[ ()-]{0,3}", 8),
        (before, after) in (r"[^0-9+_./\\a-f]{0,3}", r"[^0-9a-zA-Z_]{0,3}"),
    ) {
        let mut phone = format!("{first}{}{code}", gaps[0]);
        for (gap, digit) in gaps[1..].iter().zip(format!("{rest:07}").chars()) {
            phone.push_str(gap);
            phone.push(digit);
        }
        for text in [phone.clone(), format!("{phone:?}"), serde_json::Value::from(phone.as_str()).to_string()] {
            let clean = redact(&format!("{before}{text}{after}"));
            let left = clean.chars().filter(char::is_ascii_digit).count();
            proptest::prop_assert!(clean.contains(REDACTED) && left == 0, "{:?} became {:?}", text, clean);
        }
    }
}
