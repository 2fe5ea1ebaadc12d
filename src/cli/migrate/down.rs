//! `botctl migrate down`.

use clap::Args;

use super::super::Common;
use super::super::exit::{Code, Failure};
use crate::db::{lock, migrate};

/// Take back the last migrations, and with them what they store.
///
/// Asks first; where nobody can answer it wants --yes and exits with 6 without it.
#[derive(Args, Debug)]
pub(super) struct Down {
    /// How many to take back.
    #[arg(default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    count: u16,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

impl Down {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let url = super::database(common)?;
        let mut conn = super::open_existing(&url)?;
        let serve = lock::for_serving(&url)?;
        if !serve.alone {
            return Err(Failure::new(Code::Locked, "a `botctl serve` is running on this database")
                .cure("stop it first; it would lose its tables under its feet"));
        }
        let count = usize::from(self.count);
        let applied: Vec<_> =
            migrate::list(&mut conn)?.into_iter().filter(|entry| entry.applied_at.is_some()).collect();
        if applied.len() < count {
            return Err(Failure::new(
                Code::Usage,
                format!("only {} applied, {count} asked for", applied.len()),
            )
            .cure("`botctl migrate status` lists them"));
        }
        for entry in applied.iter().rev().take(count) {
            let name = entry.name.as_deref().unwrap_or("unknown to this botctl");
            eprintln!("will take back {} {name}, and drop the data that it stores", entry.version);
        }
        common.output().confirm("The data in them is dropped.", self.yes)?;
        crate::db::connection::allow_writing(&mut conn)?;
        let scripts = migrate::Scripts::built_in(migrate::Dialect::of(&url));
        for script in applied.iter().rev().take(count).filter_map(|entry| scripts.find(&entry.version)) {
            migrate::run::revert(&mut conn, script)?;
            common.output().line(format!("took back {script}"))?;
        }
        Ok(())
    }
}
