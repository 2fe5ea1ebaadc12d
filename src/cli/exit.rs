//! How a command ends: words on stderr, and a code that a script can tell apart.

use std::fmt::Display;

use serde::Serialize;

use super::output::Output;
use crate::backup::{BackupError, ClientFailure, FilePurpose, manifest::manifest_path};
use crate::config::database::DatabaseUrl;
use crate::config::{Problem, Problems};
use crate::db::lock::LockError;
use crate::db::{self, TurnedAway};
use crate::migrate::MigrateError;

/// The exit codes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Code {
    /// Everything is done.
    Done = 0,
    /// It was tried and failed.
    Failed = 1,
    /// The command line or a missing setting.
    Usage = 2,
    /// A check says no: wrong configuration, wrong schema.
    Refused = 3,
    /// Something does not answer.
    Unreachable = 4,
    /// Another run is at it.
    Locked = 5,
    /// Somebody must say yes first.
    NeedsConfirmation = 6,
}

impl Code {
    /// The name under which it stands in a JSON document.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Locked => "locked",
            Self::NeedsConfirmation => "needs_confirmation",
        }
    }
}

/// Every exit code and what it says; the manual pages are made from it.
pub(super) const MEANINGS: [(Code, &str); 7] = [
    (Code::Done, "Everything is done."),
    (Code::Failed, "It was tried and failed; the message says what is done and what is not."),
    (Code::Usage, "The command line is wrong, or a setting that is needed is missing."),
    (Code::Refused, "A check says no: wrong configuration, wrong schema, nothing was changed."),
    (Code::Unreachable, "Cannot tell: a database, a server or a file does not answer."),
    (Code::Locked, "Another run holds the lock."),
    (Code::NeedsConfirmation, "Somebody must say yes first; --yes says it on the command line."),
];

/// Why a command did not do what it was asked to, and what to do about it.
#[derive(Debug)]
pub(super) struct Failure {
    code: Code,
    message: String,
    hint: Option<String>,
    /// What else is wrong, each with its hint.
    others: Vec<(String, String)>,
    /// It is the database's, in words that do not say which one.
    is_of_a_database: bool,
    data: Option<serde_json::Value>,
}

impl Failure {
    pub(super) fn new(code: Code, message: impl Display) -> Self {
        Self {
            code,
            message: message.to_string(),
            hint: None,
            others: Vec::new(),
            is_of_a_database: false,
            data: None,
        }
    }

    pub(super) fn hint(self, hint: impl Display) -> Self {
        Self { hint: Some(hint.to_string()), ..self }
    }

    /// Something else that is wrong, and what to do about that.
    pub(super) fn and(mut self, message: impl Display, hint: impl Display) -> Self {
        self.others.push((message.to_string(), hint.to_string()));
        self
    }

    /// Puts what the failure means for the whole before the reason.
    pub(super) fn before(self, words: &str) -> Self {
        Self { message: format!("{words}: {}", self.message), ..self }
    }

    /// Says which database it was, unless that has been said.
    pub(super) fn of_database(self, database: Option<&DatabaseUrl>) -> Self {
        match database {
            Some(url) if self.is_of_a_database => {
                Self { is_of_a_database: false, ..self }.before(&url.to_string())
            }
            _ => self,
        }
    }

    /// What was found out all the same; part of the JSON document.
    pub(super) fn data(self, data: &impl Serialize) -> Self {
        Self { data: serde_json::to_value(data).ok(), ..self }
    }

    /// What happened and what to do about it, for a check that goes on to the next thing.
    pub(super) fn words(self) -> (Code, String, Option<String>) {
        (self.code, self.message, self.hint)
    }

    /// Stdout took nothing. Where that is because whoever read it has gone, there is nobody to tell and nothing wrong.
    pub(super) fn of_stdout(error: &std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::new(Code::Done, "");
        }
        Self::new(Code::Failed, format!("the output could not be written: {error}"))
            .hint("see where stdout goes: its disk may be full")
    }

    /// A command line that was not understood: the first words are what is wrong, a tip is the hint.
    pub(super) fn of_usage(error: &clap::Error) -> Self {
        use clap::error::{ContextKind, ContextValue, ErrorKind};
        let is_incomplete = matches!(
            error.kind(),
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand
        );
        if is_incomplete {
            return Self::new(Code::Usage, "a command is missing").hint("--help lists the commands");
        }
        let rendered = error.render().to_string();
        let body = rendered.split("\n\nUsage:").next().unwrap_or(&rendered);
        let (message, tip) = body.split_once("\n\n  tip: ").unwrap_or((body, ""));
        let message = message.trim_start_matches("error: ").split("\n\nFor more").next().unwrap_or(message);
        let message = message.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        let suggested = |kind| match error.get(kind) {
            Some(ContextValue::String(name)) => Some(name.clone()),
            Some(ContextValue::Strings(names)) => names.first().cloned(),
            _ => None,
        };
        let meant =
            [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue]
                .into_iter()
                .find_map(suggested);
        let tip = tip.lines().next().unwrap_or_default();
        let hint = match (meant, tip) {
            (Some(meant), _) => format!("did you mean {meant}?"),
            (None, "") => "--help shows what can be said".to_owned(),
            (None, tip) => tip.to_owned(),
        };
        Self::new(Code::Usage, message).hint(hint)
    }

    /// Why, in words.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// Tells the person and returns the exit code.
    pub(super) fn report(&self, output: Output) -> u8 {
        if self.code != Code::Done {
            let others = self.others.iter().map(|(message, hint)| (message.as_str(), Some(hint.as_str())));
            let all: Vec<_> =
                std::iter::once((self.message.as_str(), self.hint.as_deref())).chain(others).collect();
            output.failure(&all, self.code, self.data.as_ref());
        }
        self.code as u8
    }
}

/// A problem of the configuration in a JSON document.
#[derive(Serialize)]
pub(super) struct Found<'a> {
    /// `None` where the env file itself is the problem.
    variable: Option<&'a str>,
    origin: String,
    message: &'a str,
    hint: &'a str,
}

impl<'a> Found<'a> {
    pub(super) fn of(problem: &'a Problem) -> Self {
        let Problem { variable, origin, message, hint, .. } = problem;
        let variable = (!variable.is_empty()).then_some(variable.as_str());
        Self { variable, origin: origin.to_string(), message, hint }
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        let code = if problems.only_missing() { Code::Usage } else { Code::Refused };
        let found: Vec<_> = problems.iter().map(Found::of).collect();
        Self::new(code, &problems)
            .data(&serde_json::json!({ "problems": found }))
            .hint("`botctl config check` shows everything at once; env.example explains every variable")
    }
}

/// What the bot needs of PostgreSQL.
const GRANTS: &str = "name the role that owns the tables, which migrations need; or let the owner give this one rights: \
                      GRANT USAGE ON SCHEMA public TO role; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA \
                      public TO role; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO role";

impl From<db::Error> for Failure {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::Connect(_) => match error.turned_away() {
                Some(TurnedAway::Database) => Self::new(Code::Refused, error)
                    .hint("correct the name in the address, or make the database: `createdb NAME`"),
                Some(TurnedAway::Role) => {
                    Self::new(Code::Refused, error).hint("correct the user or the password in the address")
                }
                None => Self::new(Code::Unreachable, error)
                    .hint("check that the address is right and that the database can be reached from here"),
            },
            other => {
                let (code, hint) = match &other {
                    error if error.is_locked() => (
                        Code::Locked,
                        Some(
                            "another program holds it; wait for that one to finish, or end it, and run this again",
                        ),
                    ),
                    error if error.is_damage() => (
                        Code::Failed,
                        Some(
                            "put a backup back with `botctl backup restore`, or name another database with --database-url",
                        ),
                    ),
                    error if error.is_of_disk() => (
                        Code::Failed,
                        Some(
                            "see whether its disk is full or breaking (`df -h`, `dmesg`) or files may only be so long \
                             (`ulimit -f`), and run this again",
                        ),
                    ),
                    error if error.is_kept_out() => (
                        Code::Failed,
                        Some(
                            "name the file of a database, and let this user read and write it and its folder",
                        ),
                    ),
                    error if error.is_forbidden() => (Code::Failed, Some(GRANTS)),
                    _ => (Code::Failed, None),
                };
                let is_of_a_database = !matches!(other, db::Error::File { .. });
                Self { hint: hint.map(str::to_owned), is_of_a_database, ..Self::new(code, &other) }
            }
        }
    }
}

impl From<LockError> for Failure {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Taken(_) => Self::new(Code::Locked, error)
                .hint("stop the other one first; two of them would send everything twice"),
            LockError::Replaced(_) => {
                Self::new(Code::Locked, error).hint("start again when that command is done")
            }
            LockError::Served(_) => Self::new(Code::Locked, error)
                .hint("stop it first: its tables would change under its feet; nothing was changed"),
            LockError::Migrating { .. } => Self::new(Code::Locked, error)
                .hint("wait for it (--lock-timeout 10m); `botctl migrate status` shows how far it is"),
            LockError::File { .. } => {
                Self::new(Code::Failed, error).hint("the folder of the database must be there and writable")
            }
            LockError::Database(error) => error.into(),
        }
    }
}

impl From<MigrateError> for Failure {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Database(error) => error.into(),
            MigrateError::NoSuchVersion(_) => {
                Self::new(Code::Usage, error).hint("`botctl migrate status` lists them")
            }
            MigrateError::ChecksumMismatch(_) => Self::new(Code::Refused, error)
                .hint("use the botctl that applied it, or accept what it is now: `botctl migrate repair --yes`. Nothing was changed"),
            MigrateError::ForeignKeyViolations { .. } => Self::new(Code::Failed, error)
                .hint("it is undone, the migrations before it stay; mend the migration and run this again"),
            MigrateError::Failed(ref broken) if broken.locked => Self::new(Code::Locked, error)
                .hint("somebody else holds a lock; it is undone, the migrations before it stay: run this again"),
            MigrateError::Failed(ref broken) if broken.undone => Self::new(Code::Failed, error)
                .hint("it is undone, the migrations before it stay; fix its cause and run this again"),
            MigrateError::Failed(_) => Self::new(Code::Failed, error)
                .hint("it runs without a transaction: what it did before that statement stays, and must be put right by hand"),
        }
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Database(error) => error.into(),
            BackupError::Lock(error) => error.into(),
            BackupError::NoDatabase(_) => Self::new(Code::Unreachable, error)
                .hint("name the right one with --database-url or DATABASE_URL"),
            BackupError::Busy(_) => Self::new(Code::Locked, error).hint("wait for it and try again"),
            BackupError::Empty(_) => Self::new(Code::Refused, error).hint(
                "see whether DATABASE_URL names the right one; if it was emptied, stop `serve` and put the last good one of \
                 `botctl backup list` back",
            ),
            BackupError::File { purpose, action, ref source, .. } => {
                let hint = of_file(purpose, action, source);
                Self::new(Code::Failed, error).hint(hint)
            }
            BackupError::BadCopy(_) => Self::new(Code::Failed, error)
                .hint("see whether the disk is full (`df -h`) or files may only be so long (`ulimit -f`); nothing is left of the try"),
            BackupError::Damaged { only_indexes: true, .. } => Self::new(Code::Refused, error).hint(
                "only indexes are damaged, which can be made anew from the rows: stop `serve`, keep a copy of the file, run \
                 `sqlite3 FILE REINDEX` and then `botctl backup`",
            ),
            BackupError::Damaged { .. } => Self::new(Code::Refused, error).hint(
                "stop `serve` and put the last good one of `botctl backup list` back with `botctl backup restore`, which keeps \
                 the damaged file; `sqlite3 FILE .recover` may save what is in that alone",
            ),
            BackupError::Archive(_) => Self::new(Code::Refused, error).hint(
                "see whether the disk of the backups is full (`df -h`) or breaking (`dmesg`) and whether pg_dump and pg_restore \
                 are of one version, and run this again; nothing is left of the try, and the database was only read",
            ),
            BackupError::ReadOnly { .. } => Self::new(Code::Failed, error)
                .hint("make the folder writable, or copy both files into one that is and name that with --database-url"),
            BackupError::BadManifest(ref path) => {
                let hint = format!(
                    "move {} away to restore it uncompared; what it holds is checked all the same",
                    manifest_path(path).display()
                );
                Self::new(Code::Refused, error).hint(hint)
            }
            BackupError::Unreadable { .. } => Self::new(Code::Failed, error)
                .hint("this user must be able to read it and its manifest; whether it is good is not known"),
            BackupError::Invalid { .. } => Self::new(Code::Refused, error)
                .hint("nothing was changed; look at `botctl backup list` for another one"),
            BackupError::Newer(_) => Self::new(Code::Refused, error)
                .hint("use that newer botctl; nothing was changed"),
            BackupError::WrongKind { .. } => Self::new(Code::Refused, error)
                .hint("restore it into a database of its own kind; `botctl migrate transfer` then carries it over"),
            BackupError::NotOwner { ref owners, .. } => {
                let who = owners.join(" or ");
                Self::new(Code::Refused, error)
                    .hint(format!("name {who} in the address, or a superuser, who leaves it to them; nothing was changed"))
            }
            BackupError::Dependents { .. } => Self::new(Code::Refused, error).hint(
                "keep their definitions, drop them, run this again and then make them anew; or restore into an empty database \
                 and point the bot to that; nothing was changed",
            ),
            BackupError::InUse(_) => Self::new(Code::Locked, error)
                .hint("stop that program and try again; the database was left as it is"),
            BackupError::MissingClient { .. } => Self::new(Code::Failed, error)
                .hint("install PostgreSQL's client programs in the version of the server (on Debian: apt install postgresql-client)"),
            BackupError::OutdatedClient { .. } => Self::new(Code::Failed, error)
                .hint("install PostgreSQL's client programs in the version of the server, and put them on the PATH"),
            BackupError::Client { ref message, .. } => match ClientFailure::classify(message) {
                ClientFailure::Locked => Self::new(Code::Locked, error)
                    .hint("another program holds a lock on a table; end it and run this again; nothing was changed"),
                ClientFailure::Unreachable => Self::new(Code::Unreachable, error)
                    .hint("see whether the server answers and has room for one more connection; nothing was changed"),
                ClientFailure::Other => Self::new(Code::Failed, error)
                    .hint("those are its own words; nothing was changed, and nothing is left of the try"),
            },
        }
    }
}

/// What to do about a file that belongs there.
fn of_file(purpose: FilePurpose, action: &str, source: &std::io::Error) -> &'static str {
    use std::io::ErrorKind;
    let is_full =
        matches!(source.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge);
    match (purpose, source.kind()) {
        (FilePurpose::Database, _) if is_full => {
            "the disk of the database needs room for a second copy of it (`df -h`, `ulimit -f`); nothing was changed"
        }
        (FilePurpose::Database, ErrorKind::ResourceBusy | ErrorKind::CrossesDevices) => {
            "the database is mounted as a single file, which cannot be replaced: mount its folder instead; nothing was changed"
        }
        (FilePurpose::Database, _) => {
            "this user must be able to write to the folder of the database; nothing was changed"
        }
        (FilePurpose::Backup, _) if !is_full && action == "read" => "this user must be able to read it",
        (FilePurpose::Backup, _) => {
            "BACKUP_DIR must be a folder that this user can write to, with room on its disk (`df -h`, `ulimit -f`)"
        }
    }
}

impl From<std::io::Error> for Failure {
    /// Any file or pipe but stdout: there, a pipe that breaks is no failure, here it is one.
    fn from(error: std::io::Error) -> Self {
        Self::new(Code::Failed, error)
    }
}
