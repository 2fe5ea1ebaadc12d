//! How a command ends: words on stderr, and a code that a script can tell apart.

use std::fmt::Display;
use std::process::ExitCode;

use serde::Serialize;

use super::output::Output;
use crate::config::Problems;
use crate::db;
use crate::db::lock::LockError;
use crate::db::migrate::MigrateError;
use crate::ops::backup::BackupError;

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

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

/// Why a command did not do what it was asked to, and what to do about it.
#[derive(Debug)]
pub(super) struct Failure {
    code: Code,
    what: String,
    cure: Option<String>,
    data: Option<serde_json::Value>,
}

impl Failure {
    pub(super) fn new(code: Code, what: impl Display) -> Self {
        Self { code, what: what.to_string(), cure: None, data: None }
    }

    pub(super) fn cure(self, cure: impl Display) -> Self {
        Self { cure: Some(cure.to_string()), ..self }
    }

    /// Puts what the failure means for the whole before the reason.
    pub(super) fn before(self, words: &str) -> Self {
        Self { what: format!("{words}: {}", self.what), ..self }
    }

    /// What was found out all the same; part of the JSON document.
    pub(super) fn data(self, data: &impl Serialize) -> Self {
        Self { data: serde_json::to_value(data).ok(), ..self }
    }

    /// Tells the person and returns the exit code.
    pub(super) fn report(&self, output: Output) -> ExitCode {
        if self.code != Code::Done {
            output.failure(&self.what, self.cure.as_deref(), self.code, self.data.as_ref());
        }
        self.code.into()
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        let code = if problems.only_missing() { Code::Usage } else { Code::Refused };
        Self::new(code, problems).cure("env.example explains every variable")
    }
}

impl From<db::Error> for Failure {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::Connect(_) => Self::new(Code::Unreachable, error)
                .cure("check that the address is right and that the database can be reached from here"),
            error if error.is_locked() => Self::new(Code::Locked, error)
                .cure("another program holds it; wait for that one to finish, or end it, and run this again"),
            other => Self::new(Code::Failed, other),
        }
    }
}

impl From<LockError> for Failure {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Taken(_) => Self::new(Code::Locked, error)
                .cure("stop the other one first; two of them would send everything twice"),
            LockError::Migrating { .. } => Self::new(Code::Locked, error)
                .cure("wait for it (--lock-timeout 10m); `botctl migrate status` shows how far it is"),
            LockError::File { .. } => {
                Self::new(Code::Failed, error).cure("the folder of the database must be there and writable")
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
                Self::new(Code::Usage, error).cure("`botctl migrate status` lists them")
            }
            MigrateError::Changed(_) => Self::new(Code::Refused, error)
                .cure("use the botctl that applied it, or accept what it is now: `botctl migrate repair --yes`. Nothing was changed"),
            MigrateError::References { .. } => Self::new(Code::Failed, error)
                .cure("it is undone, the migrations before it stay; mend the migration and run this again"),
            MigrateError::Failed(ref broken) if broken.locked => Self::new(Code::Locked, error)
                .cure("somebody else holds a lock; it is undone, the migrations before it stay: run this again"),
            MigrateError::Failed(ref broken) if broken.undone => Self::new(Code::Failed, error)
                .cure("it is undone, the migrations before it stay; fix its cause and run this again"),
            MigrateError::Failed(_) => Self::new(Code::Failed, error)
                .cure("it runs without a transaction: what it did before that statement stays, and must be put right by hand"),
        }
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Database(error) => error.into(),
            BackupError::Lock(error) => error.into(),
            BackupError::NoDatabase(_) => Self::new(Code::Unreachable, error)
                .cure("name the right one with --database-url or DATABASE_URL"),
            BackupError::Busy(_) => Self::new(Code::Locked, error).cure("wait for it and try again"),
            BackupError::File { .. } => Self::new(Code::Failed, error)
                .cure("BACKUP_DIR must be a folder that this user can write to, with room on its disk"),
            BackupError::Copy { .. } => Self::new(Code::Failed, error)
                .cure("see whether the disk is full (`df -h`) or files may only be so long (`ulimit -f`); nothing is left of the try"),
            BackupError::Damaged { .. } => Self::new(Code::Refused, error)
                .cure("look at `botctl backup list` for one that is whole"),
            BackupError::Bad { .. } => Self::new(Code::Refused, error)
                .cure("nothing was changed; look at `botctl backup list` for another one"),
            BackupError::Newer(_) => Self::new(Code::Refused, error)
                .cure("use that newer botctl; nothing was changed"),
            BackupError::OtherKind { .. } => Self::new(Code::Refused, error)
                .cure("restore it into a database of its own kind; `botctl migrate transfer` then carries it over"),
            BackupError::InUse(_) => Self::new(Code::Locked, error)
                .cure("stop that program and try again; the database was left as it is"),
            BackupError::NoClient { .. } => Self::new(Code::Failed, error)
                .cure("install PostgreSQL's client programs in the version of the server (on Debian: apt install postgresql-client)"),
            BackupError::OldClient { .. } => Self::new(Code::Failed, error)
                .cure("install PostgreSQL's client programs in the version of the server, and put them on the PATH"),
            BackupError::Client { .. } => Self::new(Code::Failed, error),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        // Whoever read our output has gone; there is nobody to tell and nothing wrong.
        let has_gone = error.kind() == std::io::ErrorKind::BrokenPipe;
        if has_gone { Self::new(Code::Done, "") } else { Self::new(Code::Failed, error) }
    }
}
