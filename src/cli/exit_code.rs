//! The exit codes of all commands.

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum ExitCode {
    Done = 0,
    Failed = 1,
    /// The command line is wrong or a setting is missing.
    Usage = 2,
    /// A check failed: wrong configuration, wrong schema.
    Refused = 3,
    Unreachable = 4,
    Locked = 5,
    NeedsConfirmation = 6,
}

impl ExitCode {
    /// The name in JSON documents.
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

/// Every exit code and its meaning, for the manual pages.
pub(super) const MEANINGS: [(ExitCode, &str); 7] = [
    (ExitCode::Done, "Success."),
    (ExitCode::Failed, "Failure; the message says what was done and what was not."),
    (ExitCode::Usage, "The command line is wrong, or a required setting is missing."),
    (ExitCode::Refused, "A check failed: wrong configuration, wrong schema. Nothing was changed."),
    (ExitCode::Unreachable, "Unreachable: a database, a server or a file does not respond."),
    (ExitCode::Locked, "Another process holds the lock."),
    (ExitCode::NeedsConfirmation, "Confirmation is required; --yes gives it on the command line."),
];
