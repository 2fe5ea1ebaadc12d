//! `botctl outbox`: messages that are not sent.

mod drop;
mod list;
mod retry;

use std::collections::BTreeSet;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::context::CommandContext;
use super::error::{CommandError, ExitCode};
use crate::db::dead_letters::{DeadLetterError, DeadLetterSelection, NotDeadLetter};

/// See the messages that wait or were given up, and decide what becomes of the latter.
///
/// A message that Telegram refuses for good (the person has blocked the bot) is a dead letter: it is kept until you
/// send it again or drop it. What a message says is never shown.
#[derive(Args, Debug)]
pub(super) struct Outbox {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::List),
    Retry(retry::Retry),
    Drop(drop::Drop),
}

impl Outbox {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        match &self.command {
            Command::List(list) => list.run(context),
            Command::Retry(retry) => retry.run(context),
            Command::Drop(drop) => drop.run(context),
        }
    }
}

/// Which dead letters.
#[derive(Args, Debug)]
struct Chosen {
    /// Numbers of dead letters, from `botctl outbox list --dead`.
    #[arg(value_name = "ID", required_unless_present = "all", conflicts_with = "all")]
    ids: Vec<i64>,
    /// Every dead letter.
    #[arg(long)]
    all: bool,
}

impl Chosen {
    fn which(&self) -> DeadLetterSelection {
        if self.all {
            DeadLetterSelection::All
        } else {
            DeadLetterSelection::These(self.ids.iter().copied().collect::<BTreeSet<_>>())
        }
    }
}

fn failure(error: DeadLetterError) -> CommandError {
    /// A number that is no dead letter's.
    #[derive(Serialize)]
    struct Wrong {
        id: i64,
        state: Option<String>,
    }
    #[derive(Serialize)]
    struct Found {
        not_dead: Vec<Wrong>,
    }
    match error {
        DeadLetterError::Database(error) => error.into(),
        DeadLetterError::NotDead(wrong) => {
            let words: Vec<_> = wrong
                .iter()
                .map(|NotDeadLetter { id, state }| match state {
                    Some(state) => format!("{id} ({state})"),
                    None => format!("{id} (no such message)"),
                })
                .collect();
            let wrong = wrong.into_iter().map(|NotDeadLetter { id, state }| Wrong { id, state }).collect();
            CommandError::new(
                ExitCode::Failed,
                format!("not dead letters: {}; nothing was changed", words.join(", ")),
            )
            .hint("`botctl outbox list --dead` shows the dead letters")
            .with_data(&Found { not_dead: wrong })
        }
    }
}
