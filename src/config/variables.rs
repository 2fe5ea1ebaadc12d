//! The table of every variable: name, default, meaning, example. The one place that knows them all:
//! defaults are read from here, `env.example` is made from here, misspelt names are compared with
//! these.

#[cfg(test)]
use std::fmt::Write as _;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Variable {
    pub name: &'static str,
    /// The value when it is not set; an empty text is "off". `None`: there is no default.
    pub default: Option<&'static str>,
    /// What it is for, in one line.
    pub about: &'static str,
    /// A made-up value.
    pub example: &'static str,
    /// Whether its value must never show.
    pub secret: bool,
}

/// Variables that belong together, under one heading of `env.example`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VariableGroup {
    #[cfg_attr(not(test), expect(dead_code, reason = "only in env.example"))]
    pub title: &'static str,
    pub variables: &'static [Variable],
}

const fn plain(
    name: &'static str,
    default: Option<&'static str>,
    example: &'static str,
    about: &'static str,
) -> Variable {
    Variable { name, default, about, example, secret: false }
}

const fn secret(name: &'static str, example: &'static str, about: &'static str) -> Variable {
    Variable { name, default: None, about, example, secret: true }
}

/// Every variable, grouped.
pub(crate) const GROUPS: &[VariableGroup] = &[
    VariableGroup {
        title: "Telegram",
        variables: &[
            secret(
                "BOT_TOKEN",
                "123456789:made-up-token-from-BotFather_000000",
                "the bot's token, from @BotFather",
            ),
            plain(
                "BOT_TOKEN_FILE",
                None,
                "/run/secrets/bot_token",
                "a file with the token, instead of BOT_TOKEN",
            ),
            plain(
                "TELEGRAM_API_URL",
                Some("https://api.telegram.org"),
                "http://127.0.0.1:8081",
                "the Bot API server; another one if you host your own",
            ),
            plain(
                "SEND_RATE_LIMIT",
                Some("30"),
                "30",
                "messages a second overall; 0 turns every sending limit off (own Bot API server, benchmark)",
            ),
            plain("FLOOD_LIMIT", Some("20"), "20", "updates per person in 10 seconds; 0 = no limit"),
        ],
    },
    VariableGroup {
        title: "Webhook",
        variables: &[
            plain("WEBHOOK_URL", None, "https://bot.example.org/telegram", "the address that Telegram calls"),
            plain(
                "WEBHOOK_LISTEN",
                Some("127.0.0.1:8080"),
                "127.0.0.1:8080",
                "where the bot listens for those calls",
            ),
            secret(
                "WEBHOOK_SECRET",
                "made-up-webhook-secret",
                "what Telegram sends along to prove that it is Telegram",
            ),
        ],
    },
    VariableGroup {
        title: "People",
        variables: &[
            plain(
                "ADMIN_IDS",
                Some(""),
                "123456789,987654321",
                "Telegram ids of the administrators, separated by commas",
            ),
            plain(
                "DISPATCHER_IDS",
                Some(""),
                "555000111",
                "Telegram ids of the dispatchers, separated by commas",
            ),
        ],
    },
    VariableGroup {
        title: "Database",
        variables: &[
            secret(
                "DATABASE_URL",
                "postgres://bot:made-up-password@localhost/botctl",
                "sqlite://path, a plain path, or postgres://user:password@host/name; wins over DATABASE_PATH in the same place",
            ),
            plain(
                "DATABASE_PATH",
                Some("bot_database.db"),
                "bot_database.db",
                "the SQLite file, when there is no DATABASE_URL",
            ),
            secret("REDIS_URL", "redis://localhost:6379/0", "Redis for dialogues, with USE_REDIS_STORAGE"),
            plain(
                "USE_REDIS_STORAGE",
                Some("false"),
                "false",
                "true keeps dialogues in Redis instead of the database",
            ),
        ],
    },
    VariableGroup {
        title: "Orders",
        variables: &[
            plain(
                "MAX_DESCRIPTION_LENGTH",
                Some("500"),
                "500",
                "the longest description of an order, in characters",
            ),
            plain("MAX_NOTES_LENGTH", Some("1000"), "1000", "the longest notes of an order, in characters"),
            plain(
                "PHONE_REGEX",
                None,
                r"'\+375[\d ]{9,12}'",
                "a pattern of phone numbers to accept beside Russian ones",
            ),
        ],
    },
    VariableGroup {
        title: "Language and times",
        variables: &[
            plain("BOT_LOCALE", Some("ru"), "ru", "the language of people who have not chosen one: ru or en"),
            plain(
                "TIMEZONE",
                Some("Europe/Moscow"),
                "Europe/Moscow",
                "the time zone of days, reports and times of day",
            ),
            plain(
                "SLA_CHECK_INTERVAL",
                Some("30"),
                "30",
                "minutes between checks for orders over their time limit",
            ),
            plain(
                "REMINDER_INTERVAL",
                Some("5"),
                "5",
                "minutes between checks for masters who have not answered",
            ),
            plain("DAILY_SUMMARY_TIME", Some("09:00"), "09:00", "when the daily summary goes out"),
        ],
    },
    VariableGroup {
        title: "Backups",
        variables: &[
            plain("BACKUP_DIR", Some("backups"), "backups", "where backups go"),
            plain("BACKUP_KEEP_DAYS", Some("30"), "30", "days after which a backup is removed"),
            plain("BACKUP_TIME", Some("03:30"), "03:30", "when the daily backup is made; empty = never"),
        ],
    },
    VariableGroup {
        title: "Stopping",
        variables: &[
            plain("SHUTDOWN_GRACE", Some("20"), "20", "seconds to finish what runs and to send what waits"),
            plain(
                "NOTIFY_ADMINS_ON_STOP",
                Some("false"),
                "false",
                "true tells the administrators that the bot stops",
            ),
        ],
    },
    VariableGroup {
        title: "Logs and monitoring",
        variables: &[
            plain("LOG_LEVEL", Some("INFO"), "INFO", "TRACE, DEBUG, INFO, WARNING or ERROR"),
            plain("LOG_DIR", Some("logs"), "logs", "where log files go"),
            plain("LOG_FORMAT", Some("text"), "text", "text or json"),
            plain(
                "ENVIRONMENT",
                Some("production"),
                "production",
                "the name of this installation in error reports",
            ),
            secret(
                "SENTRY_DSN",
                "https://made-up-key@sentry.example.org/1",
                "where error reports go; empty = nowhere",
            ),
            plain("PROMETHEUS_PORT", None, "9090", "the port for metrics on this machine; empty = none"),
        ],
    },
];

/// Every variable, in the order of the documentation.
pub fn all_variables() -> impl Iterator<Item = &'static Variable> {
    GROUPS.iter().flat_map(|group| group.variables)
}

/// Variable and checked, but without effect so far: what they configure comes with a later version. They are accepted so
/// that the old bot's file can be used as it is; what is malformed would be in the way of that version.
pub const NOT_YET_USED: &[&str] = &[
    "DAILY_SUMMARY_TIME",
    "FLOOD_LIMIT",
    "PROMETHEUS_PORT",
    "REDIS_URL",
    "REMINDER_INTERVAL",
    "SLA_CHECK_INTERVAL",
    "USE_REDIS_STORAGE",
    "WEBHOOK_LISTEN",
    "WEBHOOK_SECRET",
    "WEBHOOK_URL",
];

pub(crate) fn find_variable(name: &str) -> Option<&'static Variable> {
    all_variables().find(|variable| variable.name == name)
}

/// The text of `env.example`: every variable with its meaning, commented out, with its default or
/// else an example.
#[cfg(test)]
pub(crate) fn env_example() -> String {
    let mut text = String::from(
        "# Configuration of botctl. Copy this file to .env, keep it private (chmod 600), and take away the # in front of\n\
         # what you set. A flag wins over the environment, the environment over this file, this file over the default.\n\
         # Commented lines show the default, or an example where there is none.\n\
         # What is marked [no effect yet] waits for a later version.\n",
    );
    for group in GROUPS {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n# --- {} ---\n", group.title);
        for Variable { name, default, about, example, .. } in group.variables {
            let later = if NOT_YET_USED.contains(name) { " [no effect yet]" } else { "" };
            let _ = match default {
                Some("") => write!(text, "\n# {about}{later}. Example: {name}={example}\n# {name}=\n"),
                Some(default) => write!(text, "\n# {about}{later}\n# {name}={default}\n"),
                None => write!(text, "\n# {about}{later} (example)\n# {name}={example}\n"),
            };
        }
    }
    text
}
