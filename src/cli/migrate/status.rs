//! `botctl migrate status`.

use clap::Args;

use super::super::Common;
use super::super::exit::Failure;
use crate::db::migrate::{self, State};

/// Show which migrations are applied, and when.
#[derive(Args, Debug)]
pub(super) struct Status {
    /// Exit with 3 unless the schema is exactly the one of this program.
    #[arg(long)]
    check: bool,
}

impl Status {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let url = super::database(common)?;
        let mut conn = super::open_existing(&url)?;
        common.output().line(format!("{:<16} {:<28} APPLIED (UTC)", "VERSION", "NAME"))?;
        for entry in migrate::list(&mut conn)? {
            let name = entry.name.as_deref().unwrap_or("(unknown to this botctl)");
            let applied = entry
                .applied_at
                .map_or_else(|| "pending".to_owned(), |at| at.format("%Y-%m-%d %H:%M:%S").to_string());
            common.output().line(format!("{:<16} {name:<28} {applied}", entry.version))?;
        }
        match migrate::state(&mut conn)? {
            State::Current => Ok(()),
            other @ (State::Foreign | State::OldBot) => Err(super::up::refuse(&url, &other)),
            other if self.check => Err(super::up::refuse(&url, &other)),
            _ => Ok(()),
        }
    }
}
