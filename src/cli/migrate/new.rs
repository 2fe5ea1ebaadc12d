//! `botctl migrate new`.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use chrono::Utc;
use clap::Args;

use super::super::Common;
use super::super::exit::{Code, Failure};

/// Write the skeleton of a migration for both backends, with one timestamp.
///
/// For whoever works on botctl: it writes below ./migrations, and the migration is in the program once that is
/// built again.
#[derive(Args, Debug)]
pub(super) struct New {
    /// What it does, in a few words: add_client_email
    name: String,
}

impl New {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let name = self.name.trim();
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty() || !name.chars().all(is_plain) {
            return Err(Failure::new(Code::Usage, format!("{name:?} will not do as a name"))
                .cure("use lower-case letters, digits and _: add_client_email"));
        }
        let root = Path::new("migrations");
        if !root.join("sqlite").is_dir() || !root.join("postgres").is_dir() {
            return Err(Failure::new(
                Code::Usage,
                "there is no migrations/sqlite and migrations/postgres here",
            )
            .cure("run this in the source folder of botctl"));
        }
        let folder = format!("{}_{name}", Utc::now().format("%Y-%m-%d-%H%M%S"));
        for backend in ["sqlite", "postgres"] {
            let folder = root.join(backend).join(&folder);
            fs::create_dir(&folder)?;
            for (file, text) in [
                ("up.sql", "-- What changes. The same effect as its twin for the other backend.\n"),
                ("down.sql", "-- Takes back what up.sql does, in reverse order.\n"),
            ] {
                let path = folder.join(file);
                OpenOptions::new().write(true).create_new(true).open(&path)?.write_all(text.as_bytes())?;
                common.output().line(format!("{}", path.display()))?;
            }
        }
        Ok(())
    }
}
