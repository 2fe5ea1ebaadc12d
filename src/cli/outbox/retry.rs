//! `botctl outbox retry`.

use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::text::format_count;
use super::selection::{LetterSelection, dead_letter_error};
use crate::bot::resend::{self, CardSettings};
use crate::config::schedule::ScheduleConfig;
use crate::config::{locale, map};
use crate::db::{lock, time};

/// Send dead letters again
///
/// Cards of orders are sent as they are now. What is outdated is skipped: a card of an order that has moved to another
/// master, a notice that a later step has overtaken, anything that its reader may no longer see.
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
    /// Outdated: not sent.
    skipped: Vec<i64>,
    serve_running: bool,
}

impl OutboxRetryArgs {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let url = context.database_url()?;
        let which = self.selection.which();
        let sources = context.sources()?;
        let map_url = map::load(sources)?;
        let settings = CardSettings {
            locale: locale::load(sources)?,
            zone: ScheduleConfig::load_timezone(sources)?,
            map_url: &map_url,
        };
        let done = context
            .in_transaction(|tx| resend::resend_dead_letters(tx, settings, &which, time::now()))?
            .map_err(dead_letter_error)?;
        let serve_running = lock::is_served(&url, &mut context.open_existing_database()?)?;
        let output = context.output();
        let (queued, skipped) = (done.queued.len(), done.skipped.len());
        let document = RetryDocument { ids: done.queued, skipped: done.skipped, serve_running };
        output.print_result(&document, || match (queued, skipped) {
            (0, 0) => "nothing to do: there are no dead letters".to_owned(),
            (queued, 0) => format!("{} queued again", format_count(queued, "message")),
            (queued, skipped) => {
                let queued = format_count(queued, "message");
                format!("{queued} queued again, {} skipped", format_count(skipped, "outdated message"))
            }
        })?;
        if queued > 0 && !serve_running {
            output.note("`botctl serve` is not running; the messages will be sent when it starts");
        }
        Ok(())
    }
}
