//! What the concerns have in common: origins, precedence, all problems at once, secrets, misspelt
//! names.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::database::DatabaseUrl;
use super::logging::{LogFormat, LogLevel};
use super::sentry::Dsn;
use super::variables::env_example;
use super::*;
use crate::domain::ids::TelegramId;
use crate::domain::phone::Phone;

const TOKEN: &str = "123456789:made-up-token-000000000000000000000";

/// An env file on disk, gone when dropped.
struct File {
    _dir: tempfile::TempDir,
    path: PathBuf,
}

fn file(content: &str) -> File {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("test.env");
    std::fs::write(&path, content).unwrap();
    File { _dir: dir, path }
}

fn gather(path: &Path, flags: &[(&str, &str)], environment: &[(&str, &str)]) -> Sources {
    let environment = environment.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Sources::gather_with(Some(path), flags.iter().copied(), environment).unwrap()
}

fn sources(content: &str) -> Sources {
    gather(&file(content).path, &[], &[])
}

/// Each problem's variable and line.
fn lines(problems: &Problems) -> Vec<(String, Option<usize>)> {
    let line = |origin: &Origin| match origin {
        Origin::EnvFile { line, .. } => Some(*line),
        _ => None,
    };
    problems.iter().map(|problem| (problem.variable.clone(), line(&problem.origin))).collect()
}

/// The one problem of a file for `serve`, as it is listed.
fn only_problem(content: &str) -> String {
    let problems =
        ServeConfig::load(&sources(&format!("BOT_TOKEN={TOKEN}\n{content}")), ServeMode::Production)
            .unwrap_err();
    assert_eq!(problems.len(), 1, "{problems}");
    problems.to_string()
}

fn serve(content: &str) -> ServeConfig {
    let sources = sources(&format!("BOT_TOKEN={TOKEN}\n{content}"));
    ServeConfig::load(&sources, ServeMode::Production).unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn a_token_is_enough_and_everything_else_has_the_documented_default() {
    let config = serve("");
    let telegram = config.telegram.unwrap();
    assert_eq!(telegram.token.expose(), TOKEN);
    assert_eq!(telegram.api_url.as_str(), "https://api.telegram.org/");
    assert_eq!(config.database.unwrap().url, DatabaseUrl::Sqlite("bot_database.db".into()));
    assert_eq!(config.rates.send_per_second.unwrap().get(), 30);
    assert_eq!(config.rates.flood_per_window.unwrap().get(), 40);
    assert!(config.roles.admins.is_empty());
    assert_eq!((config.limits.description_max, config.limits.notes_max), (500, 1000));
    assert_eq!(config.locale, Locale::Ru);
    assert_eq!(config.schedule.timezone, chrono_tz::Europe::Moscow);
    assert_eq!(config.schedule.sla_check_interval, Duration::from_mins(30));
    assert_eq!(config.schedule.reminder_interval, Duration::from_mins(5));
    assert_eq!(config.schedule.daily_summary_time.to_string(), "09:00:00");
    assert_eq!(config.backup.time.unwrap().to_string(), "03:30:00");
    assert_eq!(config.shutdown.grace, Duration::from_secs(20));
    assert!(!config.shutdown.notify_admins);
    assert_eq!((config.logging.level, config.logging.format), (LogLevel::Info, LogFormat::Text));
    assert_eq!((config.sentry.environment.as_str(), config.sentry.dsn), ("production", Dsn::Off));
    assert_eq!(config.log_dir.unwrap(), std::path::Path::new("logs"));
}

#[test]
fn every_problem_is_reported_at_once_with_its_line_and_hint() {
    let content = "ADMIN_IDS=1,x2\nnonsense\nSLA_CHECK_INTERVAL=soon\nTIMEZONE=Europe/Moskow\n\
                   PHONE_REGEX=(\nLOG_FORMAT=xml\nDAILY_SUMMARY_TIME=25:00\nNOTIFY_ADMINS_ON_STOP=perhaps\n\
                   DATABASE_URL=mysql://root:hunter2@db/x\nMAX_NOTES_LENGTH=-1\nFLOOD_LIMIT=\n";
    let problems = ServeConfig::load(&sources(content), ServeMode::Production).unwrap_err();
    let mut found = lines(&problems);
    found.sort();
    let mut expected = [
        ("", Some(2)),
        ("ADMIN_IDS", Some(1)),
        ("BOT_TOKEN", None),
        ("DAILY_SUMMARY_TIME", Some(7)),
        ("DATABASE_URL", Some(9)),
        ("FLOOD_LIMIT", Some(11)),
        ("LOG_FORMAT", Some(6)),
        ("MAX_NOTES_LENGTH", Some(10)),
        ("NOTIFY_ADMINS_ON_STOP", Some(8)),
        ("PHONE_REGEX", Some(5)),
        ("SLA_CHECK_INTERVAL", Some(3)),
        ("TIMEZONE", Some(4)),
    ]
    .map(|(name, line)| (name.to_owned(), line));
    expected.sort();
    assert_eq!(found, expected);
    assert!(problems.iter().all(|problem| !problem.message.is_empty() && !problem.hint.is_empty()));
    let listing = problems.to_string();
    assert!(listing.starts_with("12 problems in the configuration:\n  1. "), "{listing}");
    assert!(listing.contains("did you mean Europe/Moscow?"), "{listing}");
    assert!(!listing.contains("hunter2"), "{listing}");
    assert!(!problems.only_missing());
}

#[test]
fn a_problem_is_listed_with_variable_origin_value_and_hint() {
    let listing = only_problem("ADMIN_IDS=1,x2,-3");
    assert!(listing.contains("1. ADMIN_IDS ("), "{listing}");
    assert!(
        listing.contains("test.env:2): \"x2\", \"-3\" are not Telegram ids\n     hint: write positive"),
        "{listing}"
    );
}

#[test]
fn only_missing_tells_absent_from_wrong() {
    let missing = ServeConfig::load(&sources(""), ServeMode::Production).unwrap_err();
    assert!(missing.only_missing());
    assert!(
        missing.to_string().contains("1. BOT_TOKEN: required but not set\n     hint: set BOT_TOKEN="),
        "{missing}"
    );
    let empty = ServeConfig::load(&sources("BOT_TOKEN="), ServeMode::Production).unwrap_err();
    assert!(empty.only_missing());
    let wrong = ServeConfig::load(&sources("BOT_TOKEN=abc"), ServeMode::Production).unwrap_err();
    assert!(!wrong.only_missing());
    assert!(!Problems::default().only_missing());
}

#[test]
fn a_variable_on_a_broken_line_is_not_reported_as_missing_too() {
    let problems = ServeConfig::load(&sources("BOT_TOKEN=\"1:abc\n"), ServeMode::Production).unwrap_err();
    assert_eq!(lines(&problems), [("BOT_TOKEN".to_owned(), Some(1))]);
    assert!(problems.to_string().contains("the quote is not closed"), "{problems}");
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let file = file("DATABASE_URL=file.db\nLOG_DIR=from_file\nBOT_LOCALE=en\n");
    let sources = gather(
        &file.path,
        &[("DATABASE_URL", "flag.db")],
        &[("DATABASE_URL", "env.db"), ("LOG_DIR", "from_env")],
    );
    assert_eq!(DatabaseConfig::load(&sources).unwrap().url.to_string(), "flag.db");
    assert_eq!(ConfigReader::load(&sources, LoggingConfig::read).unwrap().dir, Path::new("from_env"));
    let origin = |name| sources.get(name).unwrap().origin.to_string();
    assert_eq!(origin("DATABASE_URL"), "flag --database-url");
    assert_eq!(origin("LOG_DIR"), "environment");
    assert_eq!(origin("BOT_LOCALE"), format!("{}:3", file.path.display()));
    assert!(sources.get("LOG_FORMAT").is_none());
}

#[test]
fn of_two_names_for_one_thing_the_place_decides_before_the_name() {
    let database = |file: &Path, flags: &[(&str, &str)], environment: &[(&str, &str)]| {
        let sources = gather(file, flags, environment);
        assert!(sources.typos().is_empty(), "{:?}", sources.typos());
        DatabaseConfig::load(&sources)
            .map(|config| config.url.to_string())
            .map_err(|problems| lines(&problems))
    };
    let address = file("DATABASE_URL=file.db\n");
    let path = file("DATABASE_PATH=file.db\n");
    let is = |text: &str| Ok(text.to_owned());
    assert_eq!(database(&address.path, &[], &[("DATABASE_PATH", "env.db")]), is("env.db"));
    assert_eq!(database(&path.path, &[], &[("DATABASE_URL", "env.db")]), is("env.db"));
    assert_eq!(
        database(&path.path, &[("DATABASE_URL", "flag.db")], &[("DATABASE_PATH", "env.db")]),
        is("flag.db")
    );
    // An address set to nothing names none, a path set to nothing is a mistake.
    assert_eq!(database(&path.path, &[], &[("DATABASE_URL", "")]), is("file.db"));
    let empty = database(&address.path, &[], &[("DATABASE_PATH", "")]);
    assert_eq!(empty, Err(vec![("DATABASE_PATH".to_owned(), None)]));
    let token_file = file(TOKEN);
    let token_file = token_file.path.to_str().unwrap();
    let other = file(&format!("BOT_TOKEN={}\n", TOKEN.replace("123", "321")));
    let sources = gather(&other.path, &[], &[("BOT_TOKEN_FILE", token_file)]);
    assert_eq!(ConfigReader::load(&sources, TelegramConfig::read).unwrap().token.expose(), TOKEN);
    let other = file("BOT_TOKEN_FILE=/nonexistent/token\n");
    let sources = gather(&other.path, &[], &[("BOT_TOKEN", TOKEN)]);
    assert_eq!(ConfigReader::load(&sources, TelegramConfig::read).unwrap().token.expose(), TOKEN);
}

#[test]
fn problems_name_flag_and_environment_as_their_origin() {
    let file = file("");
    let sources =
        gather(&file.path, &[("DATABASE_URL", "oracle://x")], &[("LOG_LEVEL", "loud"), ("BOT_TOKEN", TOKEN)]);
    let problems = ServeConfig::load(&sources, ServeMode::Production).unwrap_err();
    let listing = problems.to_string();
    assert!(listing.contains("DATABASE_URL (flag --database-url)"), "{listing}");
    assert!(listing.contains("LOG_LEVEL (environment): \"loud\" is not a log level"), "{listing}");
}

#[test]
fn an_empty_value_is_wrong_unless_empty_means_something() {
    assert!(only_problem("LOG_LEVEL=").contains("the value is empty"));
    assert!(only_problem("LOG_LEVEL=").contains("default INFO"));
    let config =
        serve("BACKUP_TIME=\nADMIN_IDS=\nDATABASE_URL=\nPHONE_REGEX=\nBOT_TOKEN_FILE=\nSENTRY_DSN=\n");
    assert_eq!(config.backup.time, None);
    assert!(config.database.unwrap().url.is_sqlite());
}

#[test]
fn a_named_file_must_be_there_and_an_unnamed_one_need_not() {
    let nowhere = Path::new("/nonexistent/botctl.env");
    let none = std::iter::empty::<(&str, &str)>;
    let problems = Sources::gather_with(Some(nowhere), none(), []).unwrap_err();
    assert!(problems.to_string().contains("/nonexistent/botctl.env"), "{problems}");
    assert!(problems.only_missing());
    let sources = Sources::gather_with(None, none(), []).unwrap();
    assert_eq!(sources.env_file().is_some(), Path::new(".env").exists());
    let folder = tempfile::tempdir().unwrap();
    assert!(!Sources::gather_with(Some(folder.path()), none(), []).unwrap_err().only_missing());
}

#[test]
#[cfg(unix)]
fn a_value_of_ours_that_is_no_text_is_a_problem_and_others_are_not() {
    use std::os::unix::ffi::OsStringExt;
    let broken = || OsString::from_vec(vec![b'x', 0xff]);
    let environment = [("LOG_DIR".into(), broken()), ("SOMEBODY_ELSES".into(), broken())];
    let file = file("");
    let sources = Sources::gather_with(Some(&file.path), [("A", "b")], environment).unwrap();
    let problems = ConfigReader::load(&sources, LoggingConfig::read).unwrap_err();
    assert_eq!(lines(&problems), [("LOG_DIR".to_owned(), None)]);
}

#[test]
fn the_sandbox_needs_nothing_and_leaves_the_real_bots_file_alone() {
    let config = ServeConfig::load(&sources(""), ServeMode::Sandbox).unwrap();
    assert!(config.telegram.is_none() && config.database.is_none() && config.log_dir.is_none());
    // A named file counts, the token and the database in it do not matter.
    let named = sources("BOT_TOKEN=broken\nDATABASE_PATH=play.db\nBOT_LOCALE=en");
    let config = ServeConfig::load(&named, ServeMode::Sandbox).unwrap();
    assert!(config.database.is_none());
    assert_eq!(config.locale, Locale::En);
    let mut lying_around = named;
    lying_around.pretend_env_file_was_found();
    let config = ServeConfig::load(&lying_around, ServeMode::Sandbox).unwrap();
    assert!(config.database.is_none());
    assert_eq!(config.locale, Locale::Ru);
    assert_eq!(DatabaseConfig::load(&lying_around).unwrap().url.to_string(), "play.db");
    // Neither does one of the environment.
    let environment = [("DATABASE_URL", "mysql://real"), ("DATABASE_PATH", "real.db")];
    let environment = || environment.map(|(name, value)| (name.into(), value.into()));
    let gathered = |flags: &[(&str, &str)]| {
        Sources::gather_with(Some(Path::new("/dev/null")), flags.iter().copied(), environment()).unwrap()
    };
    assert!(ServeConfig::load(&gathered(&[]), ServeMode::Sandbox).unwrap().database.is_none());
    let config = ServeConfig::load(&gathered(&[("DATABASE_URL", "typed.db")]), ServeMode::Sandbox).unwrap();
    assert_eq!(config.database.unwrap().url.to_string(), "typed.db");
}

#[test]
fn secrets_show_neither_in_debug_nor_in_messages() {
    let secret = "hunter2hunter2hunter2hunter2hunter2";
    let content = format!(
        "BOT_TOKEN=1:{secret}\nDATABASE_URL=postgresql+asyncpg://bot:{secret}@db/x?sslmode=disable&password={secret}\n\
         WEBHOOK_SECRET={secret}\nSENTRY_DSN=https://{secret}@sentry.example.org/1\n\
         TELEGRAM_API_URL=http://bot:{secret}@127.0.0.1:8081/\n"
    );
    let sources = sources(&content);
    let config = ServeConfig::load(&sources, ServeMode::Production).unwrap();
    let shown =
        format!("{config:?} {sources:?} {:?} {}", config.telegram, config.database.as_ref().unwrap().url);
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("postgresql://bot:***@db/x?sslmode=disable&password=***"), "{shown}");

    // In the wrong variable, malformed, misspelt or on a line that cannot be read: never quoted
    // either.
    let content = format!(
        "BOT_TOKEN={secret}\nADMIN_IDS=1:{secret}\nBOT_TOKN={secret}\n{secret}\nSENTRY_DSN=\"{secret}\nDATABASE_PATH=postgres://a:{secret}@b/c\n\
         TELEGRAM_API_URL=ftp://a:{secret}@b\nLOG_FORMAT=redis://:{secret}@cache\nPHONE_REGEX=(1:{secret}\n"
    );
    let sources = super::tests::sources(&content);
    let problems = ServeConfig::load(&sources, ServeMode::Production).unwrap_err();
    assert_eq!(problems.len(), 8, "{problems}");
    let shown = format!("{problems} {problems:?} {:?} {sources:?}", sources.typos());
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn the_token_may_come_from_a_file_but_not_from_two_places() {
    let token_file = file(&format!("  {TOKEN}\n"));
    let assignment = format!("BOT_TOKEN_FILE={}", token_file.path.display());
    let config = ConfigReader::load(&sources(&assignment), TelegramConfig::read).unwrap();
    assert_eq!(config.token.expose(), TOKEN);
    let both = only_problem(&assignment);
    assert!(both.contains("both BOT_TOKEN") && both.contains("remove one of the two"), "{both}");
    let problems =
        ConfigReader::load(&sources("BOT_TOKEN_FILE=/nonexistent/token"), TelegramConfig::read).unwrap_err();
    assert!(problems.to_string().contains("/nonexistent/token: "), "{problems}");
}

#[test]
fn the_shape_of_the_token_is_checked_less_strictly_for_an_own_server() {
    let own = "TELEGRAM_API_URL=http://127.0.0.1:8081\n";
    for (content, accepted) in [
        ("BOT_TOKEN=1:short".to_owned(), false),
        (format!("{own}BOT_TOKEN=1:short"), true),
        (format!("{own}BOT_TOKEN=x:short"), false),
        (format!("{own}BOT_TOKEN=1:a/b"), false),
        (format!("TELEGRAM_API_URL=https://api.telegram.org/\nBOT_TOKEN={TOKEN}"), true),
        (format!("BOT_TOKEN={TOKEN}!"), false),
    ] {
        assert_eq!(
            ConfigReader::load(&sources(&content), TelegramConfig::read).is_ok(),
            accepted,
            "{content}"
        );
    }
    for address in ["127.0.0.1:8081", "ftp://x", "https://", "http://x/?a=b"] {
        let content = format!("BOT_TOKEN=1:a\nTELEGRAM_API_URL={address}");
        assert_eq!(
            lines(&ConfigReader::load(&sources(&content), TelegramConfig::read).unwrap_err()),
            [("TELEGRAM_API_URL".to_owned(), Some(2))],
            "{address}"
        );
    }
}

#[test]
fn a_limit_of_zero_is_no_limit() {
    let rates = serve("SEND_RATE_LIMIT=0\nFLOOD_LIMIT=0").rates;
    assert_eq!((rates.send_per_second, rates.flood_per_window), (None, None));
}

#[test]
fn ids_are_read_in_every_form_that_the_old_bot_took() {
    for text in ["1,22", "1, 22,", "22;1", "1 22 1", "[1, 22]", "[\"1\",\"22\"]", "'1,22'"] {
        let roles = RolesConfig::load(&sources(&format!("ADMIN_IDS={text}"))).unwrap();
        assert_eq!(roles.admins.into_iter().collect::<Vec<_>>(), [TelegramId(1), TelegramId(22)], "{text}");
    }
    for text in ["0", "-5", "+5", "1.5", "@somebody", "99999999999999999999", "[1"] {
        assert!(RolesConfig::load(&sources(&format!("ADMIN_IDS={text}"))).is_err(), "{text}");
    }
    let roles = RolesConfig::load(&sources("ADMIN_IDS=1\nDISPATCHER_IDS=1,2")).unwrap();
    let all: Vec<_> = roles.all_roles().map(|(id, roles)| format!("{id} {roles}")).collect();
    assert_eq!(all, ["1 ADMIN,DISPATCHER", "2 DISPATCHER"]);
    assert!(roles.roles_of(TelegramId(3)).is_unknown());
}

#[test]
fn databases_are_named_in_every_old_and_new_form() {
    let sqlite = |path: &str| DatabaseUrl::Sqlite(path.into());
    for (text, expected) in [
        ("bot.db", sqlite("bot.db")),
        ("/var/lib/bot.db", sqlite("/var/lib/bot.db")),
        ("sqlite:bot.db", sqlite("bot.db")),
        ("sqlite://data/bot.db", sqlite("data/bot.db")),
        ("sqlite:///var/lib/bot.db", sqlite("/var/lib/bot.db")),
        ("sqlite:////var/lib/bot.db", sqlite("/var/lib/bot.db")),
        ("sqlite:///bot.db", sqlite("bot.db")),
        ("sqlite+aiosqlite:///data/bot.db", sqlite("data/bot.db")),
        ("sqlite+aiosqlite:////var/bot.db", sqlite("/var/bot.db")),
    ] {
        assert_eq!(text.parse(), Ok(expected), "{text}");
    }
    for text in ["postgres://a:b@h/d", "postgresql://a:b@h/d", "postgresql+asyncpg://a:b@h/d"] {
        let Ok(DatabaseUrl::Postgres(url)) = text.parse() else { panic!("{text}") };
        assert_eq!(url.expose(), "postgresql://a:b@h/d");
    }
    assert!("postgres:///d?host=/run/postgresql".parse::<DatabaseUrl>().is_ok());
    for text in [
        "mysql://h/d",
        "sqlite://",
        "sqlite:///",
        "sqlite://:memory:",
        ":memory:",
        "file:bot.db",
        "sqlite://FILE:bot.db",
        "sqlite://x?mode=ro",
        "postgres://",
        "postgres:/bot:pw@h/d",
        "postgresql+asyncpg:bot:pw@h/d",
        "bot:pw@h/d",
        "host=h password=pw",
        "",
    ] {
        assert!(text.parse::<DatabaseUrl>().is_err(), "{text}");
    }
}

/// Passwords that nobody percent-encoded, each made of the pieces `hun` and `ter2`.
const NASTY_PASSWORDS: [&str; 14] = [
    "hunter2%zz",
    "%hunter2",
    "hunter2%",
    "hun%00ter2",
    "hun@ter2",
    "hun@ter2@",
    "hun/ter2",
    "/hunter2",
    "hun/ter2@hun",
    "hun?ter2",
    "hun?ter2=1&hun",
    "hun://ter2",
    "hun ter2",
    "hun#ter2%2",
];

#[test]
fn an_address_with_an_unencoded_password_is_refused_without_quoting_it() {
    for password in NASTY_PASSWORDS {
        for address in [
            format!("postgres://bot:{password}@127.0.0.1:5432/x"),
            format!("postgresql+asyncpg://bot:{password}@db"),
            format!("postgres://bot:{password}@db:x5432/x"),
            format!("postgres:bot:{password}@db/x"),
            format!("bot:{password}@db/x"),
            format!("postgres://db/x?sslmode=off&password={password}@&x"),
            format!("host=db password={password}"),
        ] {
            for variable in ["DATABASE_URL", "DATABASE_PATH"] {
                let file = file("");
                let sources = gather(&file.path, &[(variable, &address)], &[]);
                let problems = DatabaseConfig::load(&sources).expect_err(&address);
                let error = address.parse::<DatabaseUrl>().unwrap_err();
                let secret = SecretUrl::new(address.clone());
                let all =
                    format!("{problems} {problems:?} {error} {error:?} {sources:?} {:?}", sources.typos());
                assert!(!all.contains("hun") && !all.contains("ter2"), "{address}: {all}");
                if address.contains("://") {
                    let shown = format!("{secret} {secret:?}");
                    assert!(!shown.contains("ter2"), "{address}: {shown}");
                }
            }
        }
    }
    let listing = only_problem("DATABASE_URL='postgres://bot:hun@ter2@db/x'");
    assert!(listing.contains("%40") && listing.contains("DATABASE_URL ("), "{listing}");
}

#[test]
fn the_database_address_wins_over_the_path_with_a_warning() {
    let both = sources("DATABASE_URL=sqlite://new.db\nDATABASE_PATH=old.db");
    assert_eq!(DatabaseConfig::load(&both).unwrap().url.to_string(), "new.db");
    let warnings = both.typos();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].to_string().contains("DATABASE_PATH"), "{}", warnings[0]);
    assert!(sources("DATABASE_URL=sqlite://same.db\nDATABASE_PATH=same.db").typos().is_empty());
    assert!(sources("DATABASE_PATH=old.db").typos().is_empty());
}

#[test]
fn misspelt_and_repeated_names_are_warned_about() {
    let file = file("ADMIN_ID=1\nLOG_DIR=a\nSOMETHING_ELSE=1\nLOG_DIR=b\nbot_locale=en\n");
    let sources = gather(&file.path, &[], &[("BOT_TOKENS", "x"), ("PATH", "/bin"), ("BOX_TOKEN", "x")]);
    let warnings: Vec<_> = sources.typos().into_iter().map(|w| (w.variable, w.hint)).collect();
    let expected = [
        ("ADMIN_ID", "did you mean ADMIN_IDS?"),
        ("LOG_DIR", "this later line counts; remove one of the two"),
        ("bot_locale", "did you mean BOT_LOCALE?"),
        ("BOT_TOKENS", "did you mean BOT_TOKEN?"),
    ];
    assert_eq!(warnings, expected.map(|(name, hint)| (name.to_owned(), hint.to_owned())));
    assert_eq!(ConfigReader::load(&sources, LoggingConfig::read).unwrap().dir, Path::new("b"));
}

#[test]
fn log_levels_are_understood_by_pythons_and_rusts_names() {
    for (text, level) in [
        ("DEBUG", "debug"),
        ("info", "info"),
        ("WARNING", "warn"),
        ("warn", "warn"),
        ("ERROR", "error"),
        ("CRITICAL", "error"),
        ("trace", "trace"),
    ] {
        assert_eq!(serve(&format!("LOG_LEVEL={text}")).logging.level.as_str(), level);
    }
}

#[test]
fn a_phone_pattern_of_the_old_file_is_read_unquoted() {
    let limits = serve(r"PHONE_REGEX=^\+375[\d\s\-\(\)]{9,}$").limits;
    assert!(limits.phone.parse("+375 (29) 123-45-67").is_ok());
    assert!(only_problem("PHONE_REGEX=(?=x)y").contains("look-around"));
    let contact = |text: &str| serve(text).limits.contact_phone.map(Phone::into_string);
    assert_eq!(contact(""), None);
    assert_eq!(contact("CONTACT_PHONE=8 (900) 000-00-00").as_deref(), Some("+79000000000"));
    assert!(only_problem("CONTACT_PHONE=12").contains("not a phone number"));
}

#[test]
fn the_example_file_lists_every_variable_and_is_valid_as_it_is() {
    let text = env_example();
    for known in variables::all_variables() {
        let lines = text.lines().filter(|line| line.starts_with(&format!("# {}=", known.name)));
        assert_eq!(lines.count(), 1, "{}", known.name);
    }
    let sources = sources(&text);
    assert!(sources.problems().next().is_none());
    assert_eq!(sources.env_file().unwrap().entries().len(), 0);
}

#[test]
fn every_example_and_every_default_is_a_value_that_is_accepted() {
    let text = env_example();
    let uncommented: String = text
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .filter(|line| variables::all_variables().any(|known| line.starts_with(&format!("{}=", known.name))))
        .filter(|line| !line.starts_with("BOT_TOKEN_FILE="))
        .fold(String::new(), |text, line| text + line + "\n");
    let config = ServeConfig::load(&sources(&uncommented), ServeMode::Production);
    assert!(config.is_ok(), "{}", config.unwrap_err());
    let examples: String = variables::all_variables()
        .filter(|known| known.name != "BOT_TOKEN_FILE")
        .fold(String::new(), |text, known| text + known.name + "=" + known.example + "\n");
    let config = ServeConfig::load(&sources(&examples), ServeMode::Production);
    assert!(config.is_ok(), "{}", config.unwrap_err());
}

#[test]
fn every_variable_is_listed_once() {
    let mut names: Vec<_> = variables::all_variables().map(|known| known.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(variables::all_variables().filter(|known| known.secret).all(|known| known.default.is_none()));
}

#[test]
fn the_committed_example_file_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("env.example");
    if std::env::var_os("UPDATE_ENV_EXAMPLE").is_some() {
        std::fs::write(&path, env_example()).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(
        committed == env_example(),
        "env.example is stale; run UPDATE_ENV_EXAMPLE=1 cargo test committed_example_file"
    );
}
