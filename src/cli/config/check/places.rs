//! Files and folders: who may read the secrets, and whether what has to be written can be. Asks the operating system and
//! makes nothing.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::{Finding, State};
use crate::config::database::{self, DatabaseUrl};
use crate::config::variables;
use crate::config::{Inspection, Sources};
use crate::logging::write::FILE_NAME;

const WRITE: &str = "let this user write there, or name another folder";

pub(super) fn look(sources: &Sources, inspection: &Inspection) -> Vec<Finding> {
    let mut found: Vec<_> = env_file(sources).into_iter().chain(token_file(sources)).collect();
    found.extend(inspection.log_dir.as_deref().map(|folder| log_dir(folder).of("LOG_DIR", sources)));
    let backups = |folder| folder_of_files("backup_dir", folder).of("BACKUP_DIR", sources);
    found.extend(inspection.backup_dir.as_deref().map(backups));
    if let Some(DatabaseUrl::Sqlite(path)) = &inspection.database {
        found.push(database_file(path).of(database::database_variable(sources), sources));
    }
    found
}

/// Whether the env file keeps its secrets.
fn env_file(sources: &Sources) -> Option<Finding> {
    let file = sources.env_file()?;
    let is_secret = |name: &str| variables::find_variable(name).is_some_and(|known| known.secret);
    let holds_secrets = file.entries().iter().any(|entry| is_secret(&entry.name) && !entry.value.is_empty());
    Some(privacy("env_file", file.path(), holds_secrets))
}

fn token_file(sources: &Sources) -> Option<Finding> {
    let found = sources.get("BOT_TOKEN_FILE").filter(|found| !found.text.is_empty())?;
    let path = Path::new(found.text);
    // One that cannot be read is complained about already.
    path.is_file().then(|| privacy("token_file", path, true).at("BOT_TOKEN_FILE", &found.origin))
}

/// Readable by everybody is wrong; by a group it may be meant so.
fn privacy(name: &'static str, path: &Path, holds_secrets: bool) -> Finding {
    let shown = path.display();
    let mode = match fs::metadata(path) {
        Ok(facts) if !facts.is_file() => {
            return Finding::new(name, State::Ok, format!("{shown} is no file on a disk"));
        }
        Ok(facts) => facts.permissions().mode() & 0o777,
        Err(error) => return Finding::new(name, State::Wrong, format!("{shown}: {error}")),
    };
    let finding = |state, message: &str| {
        Finding::new(name, state, format!("{shown} {message} (mode {mode:03o})"))
            .hint(format!("chmod 600 {shown}"))
    };
    match mode {
        _ if mode & 0o002 != 0 => finding(State::Wrong, "can be changed by everybody on this machine"),
        _ if mode & 0o004 != 0 && holds_secrets => {
            finding(State::Wrong, "holds secrets and can be read by everybody on this machine")
        }
        _ if mode & 0o060 != 0 && holds_secrets => {
            finding(State::Warn, "holds secrets and can be read or changed by its group")
        }
        _ => Finding::new(name, State::Ok, format!("{shown} is private enough (mode {mode:03o})")),
    }
}

/// The folder of the log, and the file in it that an earlier run, perhaps another user's, has left there.
fn log_dir(folder: &Path) -> Finding {
    const NAME: &str = "log_dir";
    let found = folder_of_files(NAME, folder);
    if found.state != State::Ok {
        return found;
    }
    let file = folder.join(FILE_NAME);
    match fs::metadata(&file) {
        Ok(facts) if facts.is_dir() => {
            Finding::new(NAME, State::Wrong, format!("{} is a folder, and the log's name", file.display()))
                .hint("remove or rename it, or name another folder")
        }
        Ok(_) => match allowed(&file, Access::READ_OK | Access::WRITE_OK) {
            Ok(()) => found,
            Err(error) => unwritable(NAME, &file, &error)
                .hint("let this user write to it, remove it, or name another folder"),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => found,
        Err(error) => unwritable(NAME, &file, &error),
    }
}

/// A folder in which files are to be made; it may itself be made first.
fn folder_of_files(name: &'static str, folder: &Path) -> Finding {
    match nearest(folder) {
        Ok((there, true)) => match may_write(&there) {
            Ok(()) => Finding::new(name, State::Ok, format!("{} can be written", folder.display())),
            Err(error) => unwritable(name, &there, &error),
        },
        Ok((there, false)) => match may_write(&there) {
            Ok(()) => Finding::new(name, State::Ok, format!("{} will be made", folder.display())),
            Err(error) => Finding::new(
                name,
                State::Wrong,
                format!(
                    "{} is not there and cannot be made in {}: {error}",
                    folder.display(),
                    there.display()
                ),
            )
            .hint(WRITE),
        },
        Err(error) => unwritable(name, folder, &error),
    }
}

/// The file itself, and its folder: SQLite keeps its log beside it, and the locks lie there.
fn database_file(path: &Path) -> Finding {
    const NAME: &str = "database_file";
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_there = match fs::metadata(path) {
        Ok(facts) if !facts.is_file() => {
            return Finding::new(NAME, State::Wrong, format!("{} is not a file", path.display()))
                .hint("name a file");
        }
        Ok(_) => true,
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return unwritable(NAME, path, &error),
    };
    if !folder.is_dir() {
        let message = format!("the folder {} is not there", folder.display());
        return Finding::new(NAME, State::Wrong, message).hint(format!("mkdir -p {}", folder.display()));
    }
    let result = may_write(folder).map_err(|error| (folder, error)).and_then(|()| {
        if is_there {
            allowed(path, Access::READ_OK | Access::WRITE_OK).map_err(|error| (path, error))
        } else {
            Ok(())
        }
    });
    match result {
        Err((place, error)) => unwritable(NAME, place, &error),
        Ok(()) if is_there => Finding::new(NAME, State::Ok, format!("{} can be written", path.display())),
        Ok(()) => {
            let message = format!("{} is not there yet; `botctl serve` makes it", path.display());
            Finding::new(NAME, State::Ok, message)
        }
    }
}

fn unwritable(name: &'static str, place: &Path, error: &io::Error) -> Finding {
    Finding::new(name, State::Wrong, format!("{} cannot be written: {error}", place.display())).hint(WRITE)
}

/// The folder, or the nearest one above it that is there; whether it is the folder itself.
fn nearest(folder: &Path) -> io::Result<(PathBuf, bool)> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    for above in folder.ancestors() {
        let above = if above.as_os_str().is_empty() { Path::new(".") } else { above };
        match fs::metadata(above) {
            Ok(facts) if facts.is_dir() => return Ok((above.to_owned(), above == folder)),
            Ok(_) => {
                let message = format!("{} is not a folder", above.display());
                return Err(io::Error::new(io::ErrorKind::NotADirectory, message));
            }
            // A file above it says so in its own turn.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::NotFound.into())
}

fn may_write(folder: &Path) -> io::Result<()> {
    allowed(folder, Access::WRITE_OK | Access::EXEC_OK)
}

fn allowed(path: &Path, wanted: Access) -> io::Result<()> {
    Ok(access(path, wanted)?)
}
