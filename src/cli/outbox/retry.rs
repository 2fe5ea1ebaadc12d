//! `botctl outbox retry`.

use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::text::format_count;
use super::selection::{LetterSelection, dead_letter_error};
use crate::db::{dead_letters, lock, time};

/// Send dead letters again
///
/// A running `botctl serve` sends them within 10 seconds, otherwise the next one does, in the order of their IDs and before
/// later messages to the same chat. If one of the IDs is not a dead letter, changes nothing.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl outbox retry --all     after the cause is gone")]
pub(super) struct OutboxRetryArgs {
    #[command(flatten)]
    selection: LetterSelection,
}

#[derive(Serialize)]
struct RetryDocument {
    ids: Vec<i64>,
    serve_running: bool,
}

impl OutboxRetryArgs {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let url = context.database_url()?;
        let which = self.selection.which();
        let ids = context
            .in_transaction(|tx| dead_letters::retry_dead_letters(tx, &which, time::now()))?
            .map_err(dead_letter_error)?;
        let serve_running = lock::is_served(&url, &mut context.open_existing_database()?)?;
        let output = context.output();
        let number = ids.len();
        output.print_result(&RetryDocument { ids, serve_running }, || match number {
            0 => "nothing to do: there are no dead letters".to_owned(),
            number => format!("{} queued again", format_count(number, "message")),
        })?;
        if number > 0 && !serve_running {
            output.note("`botctl serve` is not running; the messages will be sent when it starts");
        }
        Ok(())
    }
}
