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
                "Token of the bot, from @BotFather",
            ),
            plain(
                "BOT_TOKEN_FILE",
                None,
                "/run/secrets/bot_token",
                "File that contains the token, instead of BOT_TOKEN",
            ),
            plain(
                "TELEGRAM_API_URL",
                Some("https://api.telegram.org"),
                "http://127.0.0.1:8081",
                "URL of the Bot API server",
            ),
            plain(
                "SEND_RATE_LIMIT",
                Some("30"),
                "30",
                "Maximum number of messages per second; 0 disables all sending limits (for your own Bot API server)",
            ),
            plain(
                "FLOOD_LIMIT",
                Some("40"),
                "40",
                "Maximum number of updates per user in 10 seconds, others are dropped; 0 for no limit",
            ),
        ],
    },
    VariableGroup {
        title: "Webhook",
        variables: &[
            plain(
                "WEBHOOK_URL",
                None,
                "https://bot.example.org/telegram",
                "https:// URL to which Telegram sends updates; not set: the bot polls",
            ),
            plain(
                "WEBHOOK_LISTEN",
                Some("127.0.0.1:8080"),
                "127.0.0.1:8080",
                "Address on which the bot receives them, behind a proxy that has the certificate",
            ),
            secret(
                "WEBHOOK_SECRET",
                "made-up-webhook-secret",
                "Secret by which the bot recognises Telegram's requests; not set: made up and kept in the database",
            ),
        ],
    },
    VariableGroup {
        title: "Proxy",
        variables: &[
            secret(
                "HTTPS_PROXY",
                "http://proxy.example.org:3128",
                "Proxy for Telegram and Sentry: http://, https:// or socks5h://; never used for loopback, private addresses and names without a dot",
            ),
            secret("HTTP_PROXY", "http://proxy.example.org:3128", "Proxy for servers with an http:// URL"),
            secret("ALL_PROXY", "socks5h://proxy.example.org:1080", "Proxy for both, if theirs is not set"),
            plain(
                "NO_PROXY",
                Some(""),
                "sentry.example.org,203.0.113.0/24",
                "Servers to reach without a proxy: names, addresses or networks, separated by commas; * for all",
            ),
        ],
    },
    VariableGroup {
        title: "Users",
        variables: &[
            plain(
                "ADMIN_IDS",
                Some(""),
                "123456789,987654321",
                "Telegram IDs of the administrators, separated by commas",
            ),
            plain(
                "DISPATCHER_IDS",
                Some(""),
                "555000111",
                "Telegram IDs of the dispatchers, separated by commas",
            ),
            plain(
                "CONTACT_PHONE",
                None,
                "'+7 900 000-00-00'",
                "Phone number of the company for users without a role; not set: none is shown",
            ),
        ],
    },
    VariableGroup {
        title: "Database",
        variables: &[
            secret(
                "DATABASE_URL",
                "postgres://bot:made-up-password@localhost/botctl",
                "Database: sqlite://path, a path, or postgres://user:password@host/name; overrides DATABASE_PATH from the same source",
            ),
            plain(
                "DATABASE_PATH",
                Some("bot_database.db"),
                "bot_database.db",
                "SQLite file, if DATABASE_URL is not set",
            ),
            secret(
                "REDIS_URL",
                "redis://localhost:6379/0",
                "Redis server for dialogues, with USE_REDIS_STORAGE; rediss:// for TLS",
            ),
            plain(
                "USE_REDIS_STORAGE",
                Some("false"),
                "false",
                "Keep dialogues in Redis instead of the database: true or false",
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
                "Maximum length of an order's description, in characters",
            ),
            plain(
                "MAX_NOTES_LENGTH",
                Some("1000"),
                "1000",
                "Maximum length of an order's notes, in characters",
            ),
            plain(
                "PHONE_REGEX",
                None,
                r"'\+375[\d ]{9,12}'",
                "Regular expression for phone numbers to accept in addition to Russian ones",
            ),
            plain(
                "MAP_URL",
                Some("https://yandex.ru/maps/?text="),
                "https://www.google.com/maps/search/?api=1&query=",
                "Map on which addresses are shown: the beginning of a search, to which the address is added",
            ),
        ],
    },
    VariableGroup {
        title: "Language and times",
        variables: &[
            plain("BOT_LOCALE", Some("ru"), "ru", "Language of users who have not chosen one: ru or en"),
            plain("TIMEZONE", Some("Europe/Moscow"), "Europe/Moscow", "Time zone of dates and times of day"),
            plain("SLA_CHECK_INTERVAL", Some("30"), "30", "Minutes between checks for overdue orders"),
            plain(
                "REMINDER_INTERVAL",
                Some("5"),
                "5",
                "Minutes between checks for masters who have not responded",
            ),
            plain("DAILY_SUMMARY_TIME", Some("09:00"), "09:00", "Time of the daily summary"),
            plain(
                "QUIET_HOURS",
                Some("22:00-06:00"),
                "22:00-06:00",
                "Hours in which no reminders, checks and summaries are sent, but urgent messages are; empty for none",
            ),
        ],
    },
    VariableGroup {
        title: "Backups",
        variables: &[
            plain("BACKUP_DIR", Some("backups"), "backups", "Directory of the backups"),
            plain("BACKUP_TIME", Some("03:30"), "03:30", "Time of the daily backup; empty for none"),
            plain(
                "BACKUP_INTERVAL",
                None,
                "15m",
                "Time between further backups, which are made all day: 1m to 7d; empty for none",
            ),
            plain(
                "BACKUP_KEEP_DAYS",
                Some("30"),
                "30",
                "Days for which every backup is kept; no default if another BACKUP_KEEP_ is set. What any rule keeps stays",
            ),
            plain("BACKUP_KEEP_LAST", None, "96", "Number of backups to keep: the newest ones"),
            plain("BACKUP_KEEP_HOURLY", None, "48", "Number of hours of which to keep the newest backup"),
            plain("BACKUP_KEEP_DAILY", None, "14", "Number of days of which to keep the newest backup"),
            plain("BACKUP_KEEP_WEEKLY", None, "8", "Number of weeks of which to keep the newest backup"),
            plain("BACKUP_KEEP_MONTHLY", None, "12", "Number of months of which to keep the newest backup"),
            plain(
                "BACKUP_HOOK",
                None,
                "/usr/local/bin/copy-offsite",
                "Program to run after each backup, with arguments; the path of the backup is added as the last one. No shell is used",
            ),
            plain("BACKUP_HOOK_TIMEOUT", Some("10m"), "10m", "Time after which the program is ended"),
        ],
    },
    VariableGroup {
        title: "Shutdown",
        variables: &[
            plain(
                "SHUTDOWN_GRACE",
                Some("20"),
                "20",
                "Seconds to finish running handlers and send queued messages",
            ),
            plain(
                "NOTIFY_ADMINS_ON_STOP",
                Some("false"),
                "false",
                "Notify the administrators when the bot stops: true or false",
            ),
        ],
    },
    VariableGroup {
        title: "Logs and monitoring",
        variables: &[
            plain("LOG_LEVEL", Some("INFO"), "INFO", "Log level: TRACE, DEBUG, INFO, WARNING or ERROR"),
            plain("LOG_DIR", Some("logs"), "logs", "Directory of the log files"),
            plain("LOG_FORMAT", Some("text"), "text", "Log format: text or json"),
            plain(
                "ENVIRONMENT",
                Some("production"),
                "production",
                "Name of this installation in error reports",
            ),
            secret(
                "SENTRY_DSN",
                "https://made-up-key@sentry.example.org/1",
                "Sentry DSN for error reports; empty for none",
            ),
            plain(
                "HTTP_LISTEN",
                None,
                "127.0.0.1:9090",
                "Address of /livez, /readyz and /metrics; by default 127.0.0.1 and PROMETHEUS_PORT, if that is set",
            ),
            plain("PROMETHEUS_PORT", None, "9090", "Port for the same on this machine only; empty for none"),
        ],
    },
];

/// Every variable, in the order of the documentation.
pub fn all_variables() -> impl Iterator<Item = &'static Variable> {
    GROUPS.iter().flat_map(|group| group.variables)
}

/// Read in any case, as other programs spell them.
pub(super) const PROXY_VARIABLES: [&str; 4] = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"];

pub(crate) fn find_variable(name: &str) -> Option<&'static Variable> {
    all_variables().find(|variable| variable.name == name)
}

/// The text of `env.example`: every variable with its meaning, commented out, with its default or
/// else an example.
#[cfg(test)]
pub(crate) fn env_example() -> String {
    let mut text = String::from(
        "# Configuration of botctl. Copy this file to .env, keep it private (chmod 600), and uncomment what you set.\n\
         # Flags override the environment, the environment overrides this file, this file overrides the defaults.\n\
         # Commented lines show the default, or an example if there is none.\n",
    );
    for group in GROUPS {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n# --- {} ---\n", group.title);
        for Variable { name, default, about, example, .. } in group.variables {
            let _ = match default {
                Some("") => write!(text, "\n# {about}. Example: {name}={example}\n# {name}=\n"),
                Some(default) => write!(text, "\n# {about}\n# {name}={default}\n"),
                None => write!(text, "\n# {about} (example)\n# {name}={example}\n"),
            };
        }
    }
    text
}
