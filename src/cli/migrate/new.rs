//! `botctl migrate new`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::exit_code::ExitCode;

/// Create the files of a migration for both backends, with one timestamp
///
/// For developing botctl: writes below ./migrations; the next build includes the migration.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl migrate new add_client_email")]
pub(super) struct New {
    /// Short description: add_client_email.
    name: String,
}

#[derive(Serialize)]
struct NewReport {
    version: String,
    files: Vec<PathBuf>,
}

const BACKENDS: [&str; 2] = ["sqlite", "postgres"];
const FILES: [(&str, &str); 2] = [
    ("up.sql", "-- Must have the same effect as the script for the other backend.\n"),
    ("down.sql", "-- Reverts up.sql, in reverse order.\n"),
];

impl New {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let name = self.name.trim();
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty() || !name.chars().all(is_plain) {
            return Err(CommandError::new(ExitCode::Usage, format!("{name:?} is not a valid name"))
                .hint("use lower-case letters, digits and _: add_client_email"));
        }
        let root = Path::new("migrations");
        if !BACKENDS.iter().all(|backend| root.join(backend).is_dir()) {
            return Err(CommandError::new(
                ExitCode::Usage,
                "there is no migrations/sqlite and migrations/postgres here",
            )
            .hint("run this in the source directory of botctl"));
        }
        let now = free_second(root, Utc::now());
        let folder = format!("{}_{name}", now.format(FOLDER));
        write_for_both_backends(root, &folder).map_err(|error| {
            CommandError::new(ExitCode::Failed, format!("migrations/*/{folder} cannot be created: {error}"))
                .hint("the directories in migrations must be writable, with room on their disk")
        })?;
        let mut files = Vec::new();
        for backend in BACKENDS {
            files.extend(FILES.iter().map(|(file, _)| root.join(backend).join(&folder).join(file)));
        }
        let report = NewReport { version: now.format("%Y%m%d%H%M%S").to_string(), files };
        context.output().print_result(&report, || {
            report.files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join("\n")
        })
    }
}

/// The version at the beginning of a folder name.
const FOLDER: &str = "%Y-%m-%d-%H%M%S";

/// Returns the first second from this one on that no migration has as its version.
fn free_second(root: &Path, from: DateTime<Utc>) -> DateTime<Utc> {
    let names: Vec<String> = BACKENDS
        .iter()
        .filter_map(|backend| fs::read_dir(root.join(backend)).ok())
        .flat_map(|entries| entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect();
    let mut second = from;
    while names.iter().any(|name| name.starts_with(&second.format(FOLDER).to_string())) {
        second += TimeDelta::seconds(1);
    }
    second
}

/// Creates both folders, or neither. They are filled under hidden names, which are not read as migrations.
fn write_for_both_backends(root: &Path, folder: &str) -> io::Result<()> {
    let places = BACKENDS.map(|backend| root.join(backend));
    let mut created = Vec::new();
    let made = (|| {
        for place in &places {
            let unfinished = place.join(format!(".{folder}"));
            fs::create_dir(&unfinished)?;
            created.push(unfinished.clone());
            for (file, text) in FILES {
                let mut file = File::create_new(unfinished.join(file))?;
                file.write_all(text.as_bytes())?;
                file.sync_all()?;
            }
        }
        for (index, place) in places.iter().enumerate() {
            fs::rename(&created[index], place.join(folder))?;
            created[index] = place.join(folder);
            File::open(place)?.sync_all()?;
        }
        Ok(())
    })();
    if made.is_err() {
        for place in created {
            let _removed = fs::remove_dir_all(place);
        }
    }
    made
}
