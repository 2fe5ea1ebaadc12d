//! `botctl outbox drop`.

use std::collections::BTreeSet;

use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::text::format_count;
use super::selection::{LetterSelection, dead_letter_error};
use crate::db::dead_letters::{self, DeadLetterSelection};
use crate::db::time;

/// Delete dead letters
///
/// Asks for confirmation; --yes is required when not interactive (exit code 6 otherwise). If one of the IDs is not a dead
/// letter, changes nothing.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl outbox drop 17 18")]
pub(super) struct OutboxDropArgs {
    #[command(flatten)]
    selection: LetterSelection,
    /// Skip confirmation
    #[arg(short, long)]
    yes: bool,
}

#[derive(Serialize)]
struct DropDocument {
    ids: Vec<i64>,
}

impl OutboxDropArgs {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let output = context.output();
        let ids =
            dead_letters::find_dead_letters(&mut context.open_current_database()?, &self.selection.which())
                .map_err(dead_letter_error)?;
        if ids.is_empty() {
            let nothing = "nothing to do: there are no dead letters";
            return output.print_result(&DropDocument { ids }, || nothing.to_owned());
        }
        output.note(format!("{} would be deleted", format_count(ids.len(), "message")));
        output.confirm("This data will be deleted.", self.yes)?;
        // Exactly the confirmed ones: others may have become dead letters meanwhile.
        let which = DeadLetterSelection::These(ids.into_iter().collect::<BTreeSet<_>>());
        let ids = context
            .in_transaction(|tx| dead_letters::delete_dead_letters(tx, &which, time::now()))?
            .map_err(dead_letter_error)?;
        let number = ids.len();
        output.print_result(&DropDocument { ids }, || format!("deleted {}", format_count(number, "message")))
    }
}
