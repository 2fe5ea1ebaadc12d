//! What a command does about a database whose schema is not the one of this program.

use super::error::CommandError;
use super::exit_code::ExitCode;
use crate::config::database::DatabaseUrl;
use crate::migrate::{MigrationEntry, SchemaState};

/// The error for a database that cannot be used as it is.
pub(super) fn schema_error(url: &DatabaseUrl, state: &SchemaState) -> CommandError {
    let versions = |entries: &[MigrationEntry]| {
        entries.iter().map(|entry| entry.version.clone()).collect::<Vec<_>>().join(", ")
    };
    let (message, hint) = match state {
        SchemaState::Newer(unknown) => (
            format!(
                "{url} was used by a newer botctl, or by one with other migrations: this one does not know {}",
                versions(unknown)
            ),
            "use that botctl; nothing was changed",
        ),
        SchemaState::LegacyBot => (
            format!("{url} is a database of the old Python bot"),
            "`botctl migrate adopt --dry-run` shows how it would be taken over, `botctl migrate adopt` does it after a \
             backup; or name another database with --database-url to start afresh. Nothing was changed",
        ),
        SchemaState::Foreign => (
            format!("{url} holds tables of another program"),
            "name another database with --database-url; nothing was changed",
        ),
        SchemaState::Pending(pending) => (
            format!("the schema of {url} is behind this botctl: pending {}", versions(pending)),
            "run `botctl migrate up`, or `botctl serve --migrate`",
        ),
        SchemaState::Empty | SchemaState::Current => {
            (format!("{url} has no schema yet"), "run `botctl migrate up`")
        }
    };
    CommandError::new(ExitCode::Refused, message).hint(hint)
}

/// The name of a state in documents.
pub(super) fn state_name(state: &SchemaState) -> &'static str {
    match state {
        SchemaState::Empty => "empty",
        SchemaState::Current => "current",
        SchemaState::Pending(_) => "pending",
        SchemaState::Newer(_) => "newer",
        SchemaState::LegacyBot => "old_bot",
        SchemaState::Foreign => "foreign",
    }
}
