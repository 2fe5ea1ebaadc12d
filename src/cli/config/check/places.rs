//! Checks files and directories: the permissions of secrets, and whether the bot can write where it must. Creates nothing.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::finding::{CheckState, Finding};
use crate::config::database::{self, DatabaseUrl};
use crate::config::variables;
use crate::config::{DEFAULT_ENV_FILE, Inspection, Sources};
use crate::logging::write::FILE_NAME;

const WRITE: &str = "allow this user to write there, or choose another directory";

pub(super) fn check_places(sources: &Sources, inspection: &Inspection) -> Vec<Finding> {
    let mut found: Vec<_> = env_file(sources).into_iter().chain(token_file(sources)).collect();
    found.extend(
        inspection.log_dir.as_deref().map(|folder| log_dir(folder).with_variable("LOG_DIR", sources)),
    );
    let backups = |folder| folder_of_files("backup_dir", folder).with_variable("BACKUP_DIR", sources);
    found.extend(inspection.backup_dir.as_deref().map(backups));
    if let Some(DatabaseUrl::Sqlite(path)) = &inspection.database {
        found.push(database_file(path).with_variable(database::database_variable(sources), sources));
    }
    found
}

/// Says where an env file was looked for in vain: with a wrong working directory the defaults apply.
pub(super) fn missing_env_file() -> Finding {
    let folder = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let message = format!("no {DEFAULT_ENV_FILE} in {}; using the environment only", folder.display());
    Finding::new("env_file", CheckState::Skip, message)
}

fn env_file(sources: &Sources) -> Option<Finding> {
    let file = sources.env_file()?;
    let is_secret = |name: &str| variables::find_variable(name).is_some_and(|known| known.secret);
    let holds_secrets = file.entries().iter().any(|entry| is_secret(&entry.name) && !entry.value.is_empty());
    Some(check_permissions("env_file", file.path(), holds_secrets))
}

fn token_file(sources: &Sources) -> Option<Finding> {
    let found = sources.get("BOT_TOKEN_FILE").filter(|found| !found.text.is_empty())?;
    let path = Path::new(found.text);
    // `values` reports one that cannot be read.
    path.is_file()
        .then(|| check_permissions("token_file", path, true).with_origin("BOT_TOKEN_FILE", &found.origin))
}

/// Being readable by all users is a problem; by a group it may be intended.
fn check_permissions(name: &'static str, path: &Path, holds_secrets: bool) -> Finding {
    let shown = path.display();
    let mode = match fs::metadata(path) {
        Ok(facts) if !facts.is_file() => {
            return Finding::new(name, CheckState::Ok, format!("{shown} is not a regular file"));
        }
        Ok(facts) => facts.permissions().mode() & 0o777,
        Err(error) => return Finding::new(name, CheckState::Failed, format!("{shown}: {error}")),
    };
    let finding = |state, message: &str| {
        Finding::new(name, state, format!("{shown} {message} (mode {mode:03o})"))
            .hint(format!("chmod 600 {shown}"))
    };
    match mode {
        _ if mode & 0o002 != 0 => finding(CheckState::Failed, "can be changed by all users of this machine"),
        _ if mode & 0o004 != 0 && holds_secrets => {
            finding(CheckState::Failed, "contains secrets and can be read by all users of this machine")
        }
        _ if mode & 0o060 != 0 && holds_secrets => {
            finding(CheckState::Warn, "contains secrets and can be read or changed by its group")
        }
        _ => Finding::new(name, CheckState::Ok, format!("{shown} permissions OK ({mode:03o})")),
    }
}

/// Checks the directory of the log, and the log file of an earlier run, which may belong to another user.
fn log_dir(folder: &Path) -> Finding {
    const NAME: &str = "log_dir";
    let found = folder_of_files(NAME, folder);
    if found.state != CheckState::Ok {
        return found;
    }
    let file = folder.join(FILE_NAME);
    match fs::metadata(&file) {
        Ok(facts) if facts.is_dir() => Finding::new(
            NAME,
            CheckState::Failed,
            format!("{} is a directory, not a log file", file.display()),
        )
        .hint("remove or rename it, or choose another directory"),
        Ok(_) => match check_access(&file, Access::READ_OK | Access::WRITE_OK) {
            Ok(()) => found,
            Err(error) => not_writable(NAME, &file, &error)
                .hint("allow this user to write to it, remove it, or choose another directory"),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => found,
        Err(error) => not_writable(NAME, &file, &error),
    }
}

/// Checks a directory for files; it may not exist yet.
fn folder_of_files(name: &'static str, folder: &Path) -> Finding {
    match nearest_directory(folder) {
        Ok((there, true)) => match may_write(&there) {
            Ok(()) => Finding::new(name, CheckState::Ok, format!("{} can be written", folder.display())),
            Err(error) => not_writable(name, &there, &error),
        },
        Ok((there, false)) => match may_write(&there) {
            Ok(()) => Finding::new(name, CheckState::Ok, format!("{} will be created", folder.display())),
            Err(error) => Finding::new(
                name,
                CheckState::Failed,
                format!(
                    "{} does not exist and cannot be created in {}: {error}",
                    folder.display(),
                    there.display()
                ),
            )
            .hint(WRITE),
        },
        Err(error) => not_writable(name, folder, &error),
    }
}

/// Checks the database file, and its directory, which SQLite's log and the lock files need.
fn database_file(path: &Path) -> Finding {
    const NAME: &str = "database_file";
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_there = match fs::metadata(path) {
        Ok(facts) if !facts.is_file() => {
            return Finding::new(NAME, CheckState::Failed, format!("{} is not a file", path.display()))
                .hint("name a file");
        }
        Ok(_) => true,
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return not_writable(NAME, path, &error),
    };
    if !folder.is_dir() {
        let message = format!("the directory {} does not exist", folder.display());
        return Finding::new(NAME, CheckState::Failed, message)
            .hint(format!("mkdir -p {}", folder.display()));
    }
    let result = may_write(folder).map_err(|error| (folder, error)).and_then(|()| {
        if is_there {
            check_access(path, Access::READ_OK | Access::WRITE_OK).map_err(|error| (path, error))
        } else {
            Ok(())
        }
    });
    match result {
        Err((place, error)) => not_writable(NAME, place, &error),
        Ok(()) if is_there => private_database(path),
        Ok(()) => {
            let message = format!("{} does not exist yet; `botctl serve` creates it", path.display());
            Finding::new(NAME, CheckState::Ok, message)
        }
    }
}

/// Checks that only its owner can read a writable database: it holds the clients' addresses and phones.
fn private_database(path: &Path) -> Finding {
    const NAME: &str = "database_file";
    let mode = fs::metadata(path).map_or(0, |facts| facts.permissions().mode() & 0o777);
    let shown = path.display();
    let readers = match mode {
        _ if mode & 0o007 != 0 => Some((CheckState::Failed, "all users of this machine")),
        _ if mode & 0o070 != 0 => Some((CheckState::Warn, "its group")),
        _ => None,
    };
    match readers {
        None => Finding::new(NAME, CheckState::Ok, format!("{shown} can be written")),
        Some((state, readers)) => {
            let message = format!("{shown} holds clients' data and is open to {readers} (mode {mode:03o})");
            Finding::new(NAME, state, message).hint(format!("chmod 600 {shown}"))
        }
    }
}

fn not_writable(name: &'static str, place: &Path, error: &io::Error) -> Finding {
    Finding::new(name, CheckState::Failed, format!("{} cannot be written: {error}", place.display()))
        .hint(WRITE)
}

/// Finds the directory or its nearest existing ancestor, and whether it is the directory itself.
fn nearest_directory(folder: &Path) -> io::Result<(PathBuf, bool)> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    for above in folder.ancestors() {
        let above = if above.as_os_str().is_empty() { Path::new(".") } else { above };
        match fs::metadata(above) {
            Ok(facts) if facts.is_dir() => return Ok((above.to_owned(), above == folder)),
            Ok(_) => {
                let message = format!("{} is not a directory", above.display());
                return Err(io::Error::new(io::ErrorKind::NotADirectory, message));
            }
            // A file above it is reported in the next step.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::NotFound.into())
}

fn may_write(folder: &Path) -> io::Result<()> {
    check_access(folder, Access::WRITE_OK | Access::EXEC_OK)
}

fn check_access(path: &Path, wanted: Access) -> io::Result<()> {
    Ok(access(path, wanted)?)
}
