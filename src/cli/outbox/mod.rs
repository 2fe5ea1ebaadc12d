//! `botctl outbox`: undelivered messages.

mod drop;
mod list;
mod retry;

use std::collections::BTreeSet;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::context::CommandContext;
use super::error::{CommandError, ExitCode};
use crate::db::dead_letters::{DeadLetterError, DeadLetterSelection, NotDeadLetter};

/// Inspect, retry or drop undelivered messages
///
/// A message that Telegram refuses permanently (such as when the user has blocked the bot) becomes a dead letter, which is
/// kept until you retry or drop it. The text of messages is never shown.
#[derive(Args, Debug)]
pub(super) struct OutboxArgs {
    #[command(subcommand)]
    command: OutboxCommand,
}

#[derive(Debug, Subcommand)]
enum OutboxCommand {
    List(list::OutboxListArgs),
    Retry(retry::OutboxRetryArgs),
    Drop(drop::OutboxDropArgs),
}

impl OutboxArgs {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        match &self.command {
            OutboxCommand::List(list) => list.run(context),
            OutboxCommand::Retry(retry) => retry.run(context),
            OutboxCommand::Drop(drop) => drop.run(context),
        }
    }
}

/// The dead letters to act on.
#[derive(Args, Debug)]
struct LetterSelection {
    /// IDs of dead letters, from `botctl outbox list --dead`
    #[arg(value_name = "ID", required_unless_present = "all", conflicts_with = "all")]
    ids: Vec<i64>,
    /// All dead letters
    #[arg(long)]
    all: bool,
}

impl LetterSelection {
    fn which(&self) -> DeadLetterSelection {
        if self.all {
            DeadLetterSelection::All
        } else {
            DeadLetterSelection::These(self.ids.iter().copied().collect::<BTreeSet<_>>())
        }
    }
}

fn dead_letter_error(error: DeadLetterError) -> CommandError {
    #[derive(Serialize)]
    struct NotDeadDocument {
        id: i64,
        state: Option<String>,
    }
    #[derive(Serialize)]
    struct NotDeadDocuments {
        not_dead: Vec<NotDeadDocument>,
    }
    match error {
        DeadLetterError::Database(error) => error.into(),
        DeadLetterError::NotDead(wrong) => {
            let listed: Vec<_> = wrong
                .iter()
                .map(|NotDeadLetter { id, state }| match state {
                    Some(state) => format!("{id} ({state})"),
                    None => format!("{id} (no such message)"),
                })
                .collect();
            let wrong =
                wrong.into_iter().map(|NotDeadLetter { id, state }| NotDeadDocument { id, state }).collect();
            CommandError::new(
                ExitCode::Failed,
                format!("not dead letters: {}; nothing was changed", listed.join(", ")),
            )
            .hint("`botctl outbox list --dead` shows the dead letters")
            .with_data(&NotDeadDocuments { not_dead: wrong })
        }
    }
}
