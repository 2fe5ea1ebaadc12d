//! Completes names that only the database and the backup folder know: backups, users, dead letters.
//!
//! Called by the shell while a line is typed, so it is silent about every error, gives up after a moment, opens the database
//! for reading only and creates nothing.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter};

use super::text::printable;
use crate::backup;
use crate::config::backup::BackupConfig;
use crate::config::database::{DatabaseConfig, DatabaseUrl};
use crate::config::{Sources, output_redactor};
use crate::db::connection::{self, AnyConnection};
use crate::db::dead_letters::{self, UnsentFilter, UnsentMessage};
use crate::db::users;
use crate::domain::user::User;
use crate::redact::redact_quotes;

/// The variable by which the completion scripts ask for completions.
pub(super) const VARIABLE: &str = "BOTCTL_COMPLETE";
/// How long a person waits for the tabulator key.
const TIMEOUT: Duration = Duration::from_millis(800);
const LOCK_TIMEOUT: Duration = Duration::from_millis(200);
/// More would not be read.
const MAX_CANDIDATES: usize = 100;

/// Completes the name of a backup, or a path.
pub(super) fn complete_backups() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let paths = PathCompleter::file().complete(current);
        if current.to_string_lossy().contains('/') {
            return paths;
        }
        matching(current, in_time(list_backups)).into_iter().chain(paths).collect::<Vec<_>>()
    })
}

/// Completes the Telegram ID of a user.
pub(super) fn complete_users() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| matching(current, in_time(list_users)))
}

/// Completes the ID of a dead letter.
pub(super) fn complete_dead_letters() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| matching(current, in_time(list_dead_letters)))
}

/// A value and what the shell shows beside it.
type NamedValue = (String, String);

fn matching(current: &OsStr, values: Vec<NamedValue>) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let matching = values.into_iter().filter(|(value, _)| value.starts_with(&*current)).take(MAX_CANDIDATES);
    matching.map(|(value, help)| CompletionCandidate::new(value).help(Some(help.into()))).collect()
}

/// Runs on a thread of its own, which ends with the process if a server does not answer.
fn in_time(list: fn(&Sources) -> Option<Vec<NamedValue>>) -> Vec<NamedValue> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let listed = typed_sources().and_then(|sources| {
            let redactor = output_redactor(&sources);
            let clean = |text: String| printable(&redactor.redact(&text));
            Some(list(&sources)?.into_iter().map(|(value, help)| (clean(value), clean(help))).collect())
        });
        sender.send(listed.unwrap_or_default())
    });
    receiver.recv_timeout(TIMEOUT).unwrap_or_default()
}

/// The configuration, with the options that are typed already.
fn typed_sources() -> Option<Sources> {
    let words: Vec<OsString> = std::env::args_os().skip_while(|word| word != "--").collect();
    let env_file = typed_option(&words, "--env-file").map(PathBuf::from);
    let database = typed_option(&words, "--database-url").map(|url| ("DATABASE_URL", url));
    Sources::gather(env_file.as_deref(), database).ok()
}

/// Returns the value of an option, as `--name value` or `--name=value`.
fn typed_option(words: &[OsString], name: &str) -> Option<String> {
    words.iter().enumerate().find_map(|(at, word)| {
        let word = word.to_str()?;
        match word.strip_prefix(name)? {
            "" => words.get(at + 1)?.to_str().map(str::to_owned),
            rest => rest.strip_prefix('=').map(str::to_owned),
        }
    })
}

fn list_backups(sources: &Sources) -> Option<Vec<NamedValue>> {
    let listed = backup::list_backups(&BackupConfig::load(sources).ok()?.dir).ok()?;
    let describe = |backup: &backup::ListedBackup| {
        let reason = backup.manifest.as_ref().map_or("", |manifest| manifest.reason.as_str());
        format!("{reason} {}", backup.describe_state()).trim().to_owned()
    };
    Some(listed.iter().map(|backup| (backup.file_name(), describe(backup))).collect())
}

fn open_database(sources: &Sources) -> Option<AnyConnection> {
    let url = DatabaseConfig::load(sources).ok()?.url;
    if let DatabaseUrl::Sqlite(path) = &url
        && connection::sidecar_path(path, "-journal").is_ok_and(|journal| journal.exists())
    {
        // Reading would roll it back.
        return None;
    }
    connection::open_read_only(&url, LOCK_TIMEOUT).ok()?
}

fn list_users(sources: &Sources) -> Option<Vec<NamedValue>> {
    let users = users::list_users(&mut open_database(sources)?).ok()?;
    let describe = |user: &User| format!("{} {}", user.display_name(), user.roles);
    Some(users.iter().map(|user| (user.telegram_id.to_string(), describe(user))).collect())
}

fn list_dead_letters(sources: &Sources) -> Option<Vec<NamedValue>> {
    let (mut conn, filter) =
        (open_database(sources)?, UnsentFilter { dead: true, pending: false, chat: None });
    let limit = i64::try_from(MAX_CANDIDATES).ok()?;
    let (letters, _) = dead_letters::list_unsent_messages(&mut conn, filter, limit).ok()?;
    let describe =
        |letter: &UnsentMessage| letter.last_error.as_deref().map(redact_quotes).unwrap_or_default();
    Some(letters.iter().map(|letter| (letter.id.to_string(), describe(letter))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_on_the_line_count() {
        let words: Vec<OsString> =
            ["botctl", "--env-file", "a.env", "--database-url=b.db", "users"].map(Into::into).into();
        assert_eq!(typed_option(&words, "--env-file").as_deref(), Some("a.env"));
        assert_eq!(typed_option(&words, "--database-url").as_deref(), Some("b.db"));
        assert_eq!(typed_option(&words, "--json"), None);
        assert_eq!(typed_option(&words[..2], "--env-file"), None);
    }
}
