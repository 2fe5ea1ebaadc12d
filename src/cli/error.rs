//! How a command fails: every kind of error with its exit code and its hint.

use std::fmt::Display;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde::Serialize;

use super::exit_code::ExitCode;
use crate::backup::{BackupError, ClientFailure, FilePurpose, manifest::manifest_path};
use crate::config::database::DatabaseUrl;
use crate::config::{Problem, Problems};
use crate::db::error::ServerProblem;
use crate::db::lock::LockError;
use crate::db::sql::quote_name;
use crate::db::{self, FileLoss, LoginFailure};
use crate::migrate::MigrateError;

/// Why a command failed, and what to do about it.
#[derive(Debug)]
pub(super) struct CommandError {
    pub(super) code: ExitCode,
    message: String,
    hint: Option<String>,
    /// Further problems, each with its hint.
    others: Vec<(String, String)>,
    /// Whether it comes from a database that the message does not name.
    lacks_database: bool,
    /// The result so far.
    pub(super) data: Option<serde_json::Value>,
}

impl CommandError {
    pub(super) fn new(code: ExitCode, message: impl Display) -> Self {
        Self {
            code,
            message: message.to_string(),
            hint: None,
            others: Vec::new(),
            lacks_database: false,
            data: None,
        }
    }

    pub(super) fn hint(self, hint: impl Display) -> Self {
        Self { hint: Some(hint.to_string()), ..self }
    }

    /// Adds another problem.
    pub(super) fn with_problem(mut self, message: impl Display, hint: impl Display) -> Self {
        self.others.push((message.to_string(), hint.to_string()));
        self
    }

    /// Puts the consequence before the reason.
    pub(super) fn with_prefix(self, prefix: &str) -> Self {
        Self { message: format!("{prefix}: {}", self.message), ..self }
    }

    /// Adds the name of the database if the message lacks it.
    pub(super) fn with_database(self, database: Option<&DatabaseUrl>) -> Self {
        match database {
            Some(url) if self.lacks_database => {
                Self { lacks_database: false, ..self }.with_prefix(&url.to_string())
            }
            _ => self,
        }
    }

    /// Adds the result so far, for the JSON document.
    pub(super) fn with_data(self, data: &impl Serialize) -> Self {
        Self { data: serde_json::to_value(data).ok(), ..self }
    }

    /// The code, the message and the hint, for a check that continues.
    pub(super) fn into_parts(self) -> (ExitCode, String, Option<String>) {
        (self.code, self.message, self.hint)
    }

    /// A failed write to stdout; a closed pipe (`| head`) ends the command silently with success.
    pub(super) fn from_stdout(error: &std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::new(ExitCode::Done, "");
        }
        Self::new(ExitCode::Failed, format!("cannot write the output: {error}"))
            .hint("check where stdout goes: its disk may be full")
    }

    /// A command line that clap refused: its first lines are the message, its tip is the hint.
    pub(super) fn from_usage(error: &clap::Error) -> Self {
        use clap::error::{ContextKind, ContextValue, ErrorKind};
        let is_incomplete = matches!(
            error.kind(),
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand
        );
        if is_incomplete {
            return Self::new(ExitCode::Usage, "missing command").hint("--help lists the commands");
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
            (None, "") => "see --help".to_owned(),
            (None, tip) => tip.to_owned(),
        };
        Self::new(ExitCode::Usage, message).hint(hint)
    }

    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// All problems: messages and hints.
    pub(super) fn problems(&self) -> Vec<(&str, Option<&str>)> {
        let others = self.others.iter().map(|(message, hint)| (message.as_str(), Some(hint.as_str())));
        std::iter::once((self.message.as_str(), self.hint.as_deref())).chain(others).collect()
    }
}

/// A configuration problem in a JSON document.
#[derive(Serialize)]
pub(super) struct ProblemDocument<'a> {
    /// `None` if the env file itself is the problem.
    variable: Option<&'a str>,
    origin: String,
    message: &'a str,
    hint: &'a str,
}

impl<'a> ProblemDocument<'a> {
    pub(super) fn new(problem: &'a Problem) -> Self {
        let Problem { variable, origin, message, hint, .. } = problem;
        let variable = (!variable.is_empty()).then_some(variable.as_str());
        Self { variable, origin: origin.to_string(), message, hint }
    }
}

impl From<Problems> for CommandError {
    fn from(problems: Problems) -> Self {
        let code = if problems.only_missing() { ExitCode::Usage } else { ExitCode::Refused };
        let found: Vec<_> = problems.iter().map(ProblemDocument::new).collect();
        Self::new(code, &problems)
            .with_data(&serde_json::json!({ "problems": found }))
            .hint("`botctl config check` lists all problems; env.example explains every variable")
    }
}

/// The rights that the bot needs in PostgreSQL.
const GRANTS: &str = "name the role that owns the tables, which migrations need; or let the owner give this one rights: \
                      GRANT USAGE ON SCHEMA public TO role; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA \
                      public TO role; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO role";

/// The exit code and the hint for a server that cannot hold the bot's data. Codes other than `Refused` let a service manager try
/// again: such a server may become the primary, or be made writable.
fn server_remedy(problem: &ServerProblem) -> (ExitCode, String) {
    let refused = |hint: String| (ExitCode::Refused, hint);
    match problem {
        ServerProblem::Encoding(_) => refused(
            "create a database for the bot, `createdb --encoding=UTF8 --locale=C --template=template0 NAME`, and name it in \
             the address"
                .to_owned(),
        ),
        ServerProblem::Standby => {
            let hint = "name the primary; with several hosts in the address add target_session_attrs=read-write";
            (ExitCode::Failed, hint.to_owned())
        }
        ServerProblem::ReadOnly { role, database } => (
            ExitCode::Failed,
            format!(
                "unless it is meant to be so, let an administrator run: ALTER ROLE {} IN DATABASE {} SET \
                 default_transaction_read_only = off",
                quote_name(role),
                quote_name(database)
            ),
        ),
        ServerProblem::TransactionPooler => refused(
            "name the server itself (usually port 5432) instead of the pooler, or a pool with pool_mode=session".to_owned(),
        ),
        ServerProblem::MissingCreate { role, schema, owner } => refused(format!(
            "let {owner} run: GRANT CREATE ON SCHEMA {} TO {}; or name {owner} in the address",
            quote_name(schema),
            quote_name(role)
        )),
        ServerProblem::ForeignOwner { owner, .. } => refused(format!("name {owner} in the address")),
        ServerProblem::MissingTableRights { .. } => refused(GRANTS.to_owned()),
    }
}

impl From<db::Error> for CommandError {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::Server(ref problem) => {
                let (code, hint) = server_remedy(problem);
                Self { lacks_database: true, ..Self::new(code, &error).hint(hint) }
            }
            db::Error::Connect(_) => match error.login_failure() {
                Some(LoginFailure::Database) => Self::new(ExitCode::Refused, error)
                    .hint("correct the name in the address, or create the database: `createdb NAME`"),
                Some(LoginFailure::Role) => Self::new(ExitCode::Refused, error)
                    .hint("correct the user or the password in the address"),
                None => Self::new(ExitCode::Unreachable, error)
                    .hint("check that the address is correct and that the database is reachable from here"),
            },
            db::Error::FileLost { loss, .. } => {
                let (code, hint) = file_loss_hint(loss);
                Self::new(code, error).hint(hint)
            }
            other => {
                let (code, hint) = match &other {
                    error if error.is_locked() => (
                        ExitCode::Locked,
                        Some("another program holds a lock; wait for it or stop it, then run this again"),
                    ),
                    error if error.is_no_database() => (
                        ExitCode::Failed,
                        Some(
                            "name the bot's database with --database-url or DATABASE_URL; if this was it, restore a backup with \
                             `botctl backup restore`",
                        ),
                    ),
                    error if error.is_corruption() => (
                        ExitCode::Failed,
                        Some(
                            "restore a backup with `botctl backup restore`, or name another database with --database-url",
                        ),
                    ),
                    error if error.is_disk_failure() => (
                        ExitCode::Failed,
                        Some(
                            "check for a full or failing disk (`df -h`, `dmesg`) and a file size limit (`ulimit -f`), then \
                             run this again",
                        ),
                    ),
                    error if error.is_file_inaccessible() => (
                        ExitCode::Failed,
                        Some(
                            "give the file of a database, and allow this user to read and write it and its directory",
                        ),
                    ),
                    error if error.is_permission_denied() => (ExitCode::Failed, Some(GRANTS)),
                    _ => (ExitCode::Failed, None),
                };
                let lacks_database = !matches!(other, db::Error::File { .. });
                Self { hint: hint.map(str::to_owned), lacks_database, ..Self::new(code, &other) }
            }
        }
    }
}

impl From<LockError> for CommandError {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Held(_) => Self::new(ExitCode::Locked, error)
                .hint("stop the other one first: two of them would send every message twice"),
            LockError::Replaced(_) => {
                Self::new(ExitCode::Locked, error).hint("run this again when that command has finished")
            }
            LockError::Served(_) => Self::new(ExitCode::Locked, error)
                .hint("stop it first: `systemctl stop botctl`; nothing was changed"),
            LockError::Migrating { .. } => Self::new(ExitCode::Locked, error)
                .hint("wait for it (--lock-timeout 10m); `botctl migrate status` shows its progress"),
            LockError::File { ref path, ref source } => {
                let hint = lock_file_hint(path, source);
                Self::new(ExitCode::Failed, error).hint(hint)
            }
            LockError::Database(error) => error.into(),
        }
    }
}

/// What to do about a lock file. One of another user is private, since who can open it can lock the bot out.
fn lock_file_hint(path: &Path, source: &std::io::Error) -> String {
    let owner = std::fs::metadata(path).ok().map(|file| file.uid());
    match owner.filter(|_| source.kind() == std::io::ErrorKind::PermissionDenied) {
        Some(owner) => {
            format!("run this as the user of the bot, whose ID is {owner}: `sudo -u '#{owner}' botctl …`")
        }
        None => "the directory of the database must exist and be writable".to_owned(),
    }
}

impl From<MigrateError> for CommandError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Database(error) => error.into(),
            MigrateError::NoSuchVersion(_) => {
                Self::new(ExitCode::Usage, error).hint("`botctl migrate status` lists them")
            }
            MigrateError::ChecksumMismatch(_) => Self::new(ExitCode::Refused, error)
                .hint("use the botctl that applied it, or accept the present script: `botctl migrate repair --yes`. Nothing was changed"),
            MigrateError::ForeignKeyViolations { .. } => Self::new(ExitCode::Failed, error)
                .hint("it is rolled back, the migrations before it stay; fix the migration and run this again"),
            MigrateError::Failed(ref broken) if broken.is_locked => Self::new(ExitCode::Locked, error)
                .hint("another program holds a lock; it is rolled back, the migrations before it stay: run this again"),
            MigrateError::Failed(ref broken) if broken.is_rolled_back => Self::new(ExitCode::Failed, error)
                .hint("it is rolled back, the migrations before it stay; fix the cause and run this again"),
            MigrateError::Failed(_) => Self::new(ExitCode::Failed, error)
                .hint("it runs without a transaction: its statements before the failed one stay and must be corrected by hand"),
        }
    }
}

impl From<BackupError> for CommandError {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Database(error) => error.into(),
            BackupError::Lock(error) => error.into(),
            BackupError::NoDatabase(_) => Self::new(ExitCode::Unreachable, error)
                .hint("set the correct one with --database-url or DATABASE_URL"),
            BackupError::Busy(_) => Self::new(ExitCode::Locked, error).hint("wait for it and try again"),
            BackupError::Empty(_) => Self::new(ExitCode::Refused, error).hint(
                "check that DATABASE_URL names the right one; if it was emptied, stop `serve` and restore the last good \
                 backup of `botctl backup list`",
            ),
            BackupError::File { purpose, action, ref source, .. } => {
                let hint = file_hint(purpose, action, source);
                Self::new(ExitCode::Failed, error).hint(hint)
            }
            BackupError::BadCopy(_) => Self::new(ExitCode::Failed, error)
                .hint("check for a full disk (`df -h`) and a file size limit (`ulimit -f`); the incomplete copy was removed"),
            BackupError::Damaged { only_indexes: true, .. } => Self::new(ExitCode::Refused, error).hint(
                "only indexes are damaged, which can be rebuilt from the rows: stop `serve`, keep a copy of the file, run \
                 `sqlite3 FILE REINDEX` and then `botctl backup`",
            ),
            BackupError::Damaged { .. } => Self::new(ExitCode::Refused, error).hint(
                "stop `serve` and restore the last good backup of `botctl backup list` with `botctl backup restore`, which keeps \
                 the damaged file; `sqlite3 FILE .recover` may save newer data",
            ),
            BackupError::MissingExtension { .. } => Self::new(ExitCode::Refused, error).hint(
                "check that DATABASE_URL names the bot's database; otherwise remove what needs the extension with the program \
                 that added it, then run this again; nothing was changed",
            ),
            BackupError::Archive(_) => Self::new(ExitCode::Refused, error).hint(
                "check the disk of the backups (`df -h`, `dmesg`) and that pg_dump and pg_restore have the same version, then run \
                 this again; the incomplete backup was removed, and the database was only read",
            ),
            BackupError::ReadOnly { .. } => Self::new(ExitCode::Failed, error)
                .hint("make the directory writable, or copy both files into one that is and set --database-url"),
            BackupError::BadManifest(ref path) => {
                let hint = format!(
                    "move {} away to restore without comparing; the contents are verified all the same",
                    manifest_path(path).display()
                );
                Self::new(ExitCode::Refused, error).hint(hint)
            }
            BackupError::Unreadable { .. } => Self::new(ExitCode::Failed, error)
                .hint("allow this user to read it and its manifest, which must be files; whether it is good is unknown"),
            BackupError::Invalid { .. } => Self::new(ExitCode::Refused, error)
                .hint("nothing was changed; choose another one from `botctl backup list`"),
            BackupError::Newer(_) => Self::new(ExitCode::Refused, error)
                .hint("use that newer botctl; nothing was changed"),
            BackupError::WrongKind { .. } => Self::new(ExitCode::Refused, error)
                .hint("restore it into a database of its own kind, then copy that with `botctl migrate transfer`"),
            BackupError::NotOwner { ref owners, .. } => {
                let who = owners.join(" or ");
                Self::new(ExitCode::Refused, error)
                    .hint(format!("use {who} in the address, or a superuser, which keeps the owner; nothing was changed"))
            }
            BackupError::Dependents { .. } => Self::new(ExitCode::Refused, error).hint(
                "save their definitions, drop them, run this again and create them again; or restore into an empty database \
                 and set DATABASE_URL to that; nothing was changed",
            ),
            BackupError::InUse(_) => Self::new(ExitCode::Locked, error)
                .hint("stop that program and try again; the database is unchanged"),
            BackupError::ExtraObjects { .. } => Self::new(ExitCode::Refused, error).hint(
                "nothing was changed; if they are yours, restore with --allow-extra-objects, otherwise choose another one from \
                 `botctl backup list`",
            ),
            BackupError::UnsafePsql => Self::new(ExitCode::Failed, error).hint(
                "update PostgreSQL's client programs (to 13.22, 14.19, 15.14, 16.10, 17.6 or later); nothing was changed",
            ),
            BackupError::MissingClient { .. } => Self::new(ExitCode::Failed, error)
                .hint("install PostgreSQL's client programs in the version of the server (on Debian: apt install postgresql-client)"),
            BackupError::OutdatedClient { .. } => Self::new(ExitCode::Failed, error)
                .hint("install PostgreSQL's client programs in the version of the server, and put them on the PATH"),
            BackupError::Client { ref message, .. } => match ClientFailure::classify(message) {
                ClientFailure::Locked => Self::new(ExitCode::Locked, error)
                    .hint("another program holds a lock on a table; stop it and run this again; nothing was changed"),
                ClientFailure::Unreachable => Self::new(ExitCode::Unreachable, error)
                    .hint("check that the server responds and accepts another connection; nothing was changed"),
                ClientFailure::Other => Self::new(ExitCode::Failed, error)
                    .hint("this is the message of that program; nothing was changed"),
            },
        }
    }
}

/// The exit code and the hint for a lost database file. A restart in place of a file that is gone would begin a new, empty
/// database, so the code is one after which the service manager does not restart.
fn file_loss_hint(loss: FileLoss) -> (ExitCode, &'static str) {
    match loss {
        FileLoss::Missing => (
            ExitCode::Refused,
            "put the file back, or restore a backup with `botctl backup restore`, then start `serve` again",
        ),
        FileLoss::Replaced => (
            ExitCode::Failed,
            "the next start uses the file that is there now; stop `serve` before you replace its database",
        ),
        FileLoss::Sidecar => (
            ExitCode::Failed,
            "the files beside a database belong to it; start `serve` again, and delete them only while no program uses it",
        ),
    }
}

/// What to do about a file for this purpose.
fn file_hint(purpose: FilePurpose, action: &str, source: &std::io::Error) -> &'static str {
    use std::io::ErrorKind;
    let is_full =
        matches!(source.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge);
    match (purpose, source.kind()) {
        (_, ErrorKind::InvalidInput) => "only a regular file can be there: remove it, or choose another one",
        (FilePurpose::Database, _) if is_full => {
            "the disk of the database needs space for a second copy (`df -h`, `ulimit -f`); nothing was changed"
        }
        (FilePurpose::Database, ErrorKind::ResourceBusy | ErrorKind::CrossesDevices) => {
            "the database is mounted as a single file, which cannot be replaced: mount its directory instead; nothing was changed"
        }
        (FilePurpose::Database, _) => {
            "allow this user to write to the directory of the database; nothing was changed"
        }
        (FilePurpose::Backup, _) if !is_full && action == "read" => "allow this user to read it",
        (FilePurpose::Backup, _) => {
            "BACKUP_DIR must be a directory that this user can write to, with free space (`df -h`, `ulimit -f`)"
        }
    }
}

impl From<std::io::Error> for CommandError {
    /// Any file or pipe other than stdout: a broken pipe is a failure here.
    fn from(error: std::io::Error) -> Self {
        Self::new(ExitCode::Failed, error)
    }
}
