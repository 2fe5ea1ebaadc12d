//! `botctl outbox retry`.

use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::text::format_count;
use super::{Chosen, failure};
use crate::db::{dead_letters, lock, time};

/// Send dead letters again.
///
/// A running `botctl serve` takes them up within 10 seconds, otherwise the next one does. They go out in the order of
/// their numbers, before what their chats get later. If one of the numbers is no dead letter, nothing is done.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl outbox retry --all     after the cause is gone")]
pub(super) struct Retry {
    #[command(flatten)]
    chosen: Chosen,
}

#[derive(Serialize)]
struct Retried {
    ids: Vec<i64>,
    serve_running: bool,
}

impl Retry {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let url = context.database_url()?;
        let which = self.chosen.which();
        let ids = context
            .in_transaction(|tx| dead_letters::retry_dead_letters(tx, &which, time::now()))?
            .map_err(failure)?;
        let serve_running = lock::is_served(&url, &mut context.open_existing_database()?)?;
        let output = context.output();
        let number = ids.len();
        output.print_result(&Retried { ids, serve_running }, || match number {
            0 => "nothing to do: there are no dead letters".to_owned(),
            number => format!("{} to be sent again", format_count(number, "message")),
        })?;
        if number > 0 && !serve_running {
            output.note("`botctl serve` is not running; they go out when it starts");
        }
        Ok(())
    }
}
