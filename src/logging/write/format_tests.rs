#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io;
use std::sync::{LazyLock, Mutex};

use tracing_subscriber::layer::SubscriberExt;

use super::*;

const TOKEN: &str = "123456789:made-up-token-of-the-tests_000000";

static IN_WORDS: LazyLock<String> = LazyLock::new(|| format!("{TOKEN} "));

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The line of JSON and that of text which the events of a job become, with these secrets.
fn lines(secrets: &[&str], colour: bool, job: impl Fn()) -> (String, String) {
    let redactor = Arc::new(Redactor::for_log(secrets.iter().map(|&secret| secret.to_owned())));
    let (json, text) = (Written::default(), Written::default());
    let (in_json, in_text) = (json.clone(), text.clone());
    let to_json = tracing_subscriber::fmt::layer()
        .event_format(JsonFormat { redactor: Arc::clone(&redactor) })
        .with_writer(move || in_json.clone());
    let to_text = tracing_subscriber::fmt::layer()
        .with_target(false)
        .with_ansi(colour)
        .fmt_fields(TextFormat { redactor })
        .with_writer(move || in_text.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(to_json).with(to_text), job);
    let read = |written: Written| String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    (read(json), read(text))
}

#[test]
fn a_line_holds_time_level_words_and_fields() {
    let (json, text) = lines(&[], false, || {
        tracing::warn!(
            update = 1_u64, chat = Some(-5_i64), user = None::<u64>, ms = 1.5, ok = true, kind = "a b", error = %"x \"y\"",
            r#type = 1_u128, "said {}", "so"
        );
    });
    assert_eq!(json[..14], *"{\"timestamp\":\"");
    assert_eq!(
        json[json.find("Z\",").unwrap()..],
        *concat!(
            "Z\",\"level\":\"WARN\",\"message\":\"said so\",\"update\":1,\"chat\":-5,\"ms\":1.5,\"ok\":true,",
            "\"kind\":\"a b\",\"error\":\"x \\\"y\\\"\",\"type\":\"1\"}\n"
        )
    );
    assert_eq!(
        text[text.find('Z').unwrap()..],
        *"Z  WARN said so update=1 chat=-5 ms=1.5 ok=true kind=\"a b\" error=x \"y\" type=1\n"
    );
}

#[test]
fn a_line_is_one_line_and_does_nothing_to_a_terminal() {
    let job = || tracing::info!(error = %"a\tb\r\nc\u{1b}[31m\u{0}", "d\ne");
    let (json, text) = lines(&[], false, job);
    assert!(
        json.ends_with("\"message\":\"d\\ne\",\"error\":\"a\\tb\\r\\nc\\u001b[31m\\u0000\"}\n"),
        "{json}"
    );
    assert!(text.ends_with(" d\\ne error=a\tb\\r\\nc\\u{1b}[31m\\u{0}\n"), "{text}");
    let (_, text) = lines(&[], true, job);
    assert!(
        text.ends_with(" d\\ne \u{1b}[3merror\u{1b}[0m\u{1b}[2m=\u{1b}[0ma\tb\\r\\nc\\u{1b}[31m\\u{0}\n"),
        "{text}"
    );
}

#[test]
fn a_secret_that_reads_like_something_of_ours_takes_out_nothing_of_ours() {
    let job = || {
        tracing::info!(
            user = 12_345_678_u64, chat = %-10_012_345_678_i64, update = 1_234_567_890_u64, phone = 89_990_001_122_u64,
            error = "timestamp 123456 2026-11 handled", "chat 12345678"
        );
    };
    let year = chrono::Utc::now().format("%Y-").to_string();
    for secret in ["123456", "timestamp", "\"level\"", "message", "handled", &year, "[redacted]"] {
        let (json, text) = lines(&[secret, "123456"], false, job);
        let line: Value = serde_json::from_str(&json).unwrap();
        assert_eq!((&line["user"], &line["update"]), (&12_345_678.into(), &1_234_567_890.into()), "{json}");
        assert_eq!((&line["chat"], &line["level"]), (&"-10012345678".into(), &"INFO".into()), "{json}");
        assert!(
            line["timestamp"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().is_ok(),
            "{json}"
        );
        assert_eq!(
            (&line["phone"], &line["message"]),
            (&REDACTED.into(), &"chat [redacted]78".into()),
            "{json}"
        );
        assert!(!line["error"].as_str().unwrap().contains("123456"), "{json}");
        assert!(
            text.starts_with(&year) && text.contains("Z  INFO chat [redacted]78 user=12345678 "),
            "{text}"
        );
        assert!(text.contains(" chat=-10012345678 update=1234567890 phone=[redacted] "), "{text}");
    }
}

#[test]
fn a_size_stays_that_has_as_many_digits_as_a_phone() {
    let (json, text) = lines(&[], false, || {
        tracing::info!(bytes = 9_001_234_567_u64, total = -375_291_234_567_i64, said = "89001234567", "x");
    });
    assert!(
        json.ends_with("\"bytes\":9001234567,\"total\":-375291234567,\"said\":\"[redacted]\"}\n"),
        "{json}"
    );
    assert!(text.ends_with(" bytes=9001234567 total=-375291234567 said=\"[redacted]\"\n"), "{text}");
}

#[test]
fn quotes_hide_no_secret() {
    let phone = "8\t999\t000\t11\t22";
    let (json, text) = lines(&["made \"up\"\n"], false, || {
        tracing::info!(a = phone, b = ?Some(phone), c = "made \"up\"\n", d = ?Some("\u{7}89990001122"), "x");
    });
    let clean = "a=\"[redacted]\" b=Some(\"[redacted]\") c=\"[redacted]\" d=Some(\"\\u{7}[redacted]\")\n";
    assert!(text.ends_with(clean), "{text}");
    assert!(json.contains("\"a\":\"[redacted]\",") && json.contains("\"c\":\"[redacted]\","), "{json}");
}

proptest::proptest! {
    #[test]
    fn any_line_of_json_stays_json_and_shows_no_secret(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "89990001122", "\"", "\\", ":", ",", "}", "{", "password=", "token", "=", "\n", "\t", " ", "x", "'",
                "https://", "@", "://a:", &IN_WORDS, "8 999", "+7999", "0001122", "hunter2-made-up", "é", "\u{7}", "\u{0}",
                "\u{1b}", "\u{8}", "\u{c}", "123456", "timestamp", "level", "\"level\"", "2026-11", "u", "\u{2028}",
            ]),
            0..12,
        )
    ) {
        let words = words.concat();
        let (json, text) = lines(&["hunter2-made-up", "123456", "timestamp", "\"level\"", "2026-1"], false, || {
            tracing::info!(n = 89_990_001_122_u64, user = 1_234_567_u64, a = words, b = ?words, z = true, "{words}");
        });
        let line: Value = serde_json::from_str(&json).unwrap_or_else(|_| panic!("{words:?} became {json}"));
        proptest::prop_assert_eq!((&line["n"], &line["user"]), (&REDACTED.into(), &1_234_567.into()));
        proptest::prop_assert_eq!((&line["z"], &line["level"]), (&true.into(), &"INFO".into()));
        proptest::prop_assert!(line["timestamp"].is_string());
        proptest::prop_assert!(text.ends_with("z=true\n") && text.contains(" user=1234567 "), "{}", text);
        proptest::prop_assert!(text.lines().count() == 1 && json.lines().count() == 1);
        for line in [&json, &text] {
            proptest::prop_assert!(!line.contains("hunter2-made-up") && !line.contains("made-up-token"), "{}", line);
        }
    }
}
