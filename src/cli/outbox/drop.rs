//! `botctl outbox drop`.

use std::collections::BTreeSet;

use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::text::format_count;
use super::{Chosen, failure};
use crate::db::dead_letters::{self, DeadLetterSelection};
use crate::db::time;

/// Delete dead letters: nobody will ever get them.
///
/// Asks first; where nobody can answer it wants --yes and exits with 6 without it. If one of the numbers is no dead
/// letter, nothing is done.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl outbox drop 17 18")]
pub(super) struct Drop {
    #[command(flatten)]
    chosen: Chosen,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

#[derive(Serialize)]
struct Dropped {
    ids: Vec<i64>,
}

impl Drop {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let output = context.output();
        let ids =
            dead_letters::find_dead_letters(&mut context.open_current_database()?, &self.chosen.which())
                .map_err(failure)?;
        if ids.is_empty() {
            let nothing = "nothing to do: there are no dead letters";
            return output.print_result(&Dropped { ids }, || nothing.to_owned());
        }
        output.note(format!("{} would be deleted", format_count(ids.len(), "message")));
        output.confirm("Nobody will ever get what is deleted.", self.yes)?;
        // Those that were counted: what dies meanwhile was not asked about.
        let which = DeadLetterSelection::These(ids.into_iter().collect::<BTreeSet<_>>());
        let ids = context
            .in_transaction(|tx| dead_letters::delete_dead_letters(tx, &which, time::now()))?
            .map_err(failure)?;
        let number = ids.len();
        output.print_result(&Dropped { ids }, || format!("deleted {}", format_count(number, "message")))
    }
}
