//! The dead letters that a command acts on, and the error about those that are none.

use std::collections::BTreeSet;

use clap::Args;
use serde::Serialize;

use super::super::completer::complete_dead_letters;
use super::super::error::CommandError;
use super::super::exit_code::ExitCode;
use crate::db::dead_letters::{DeadLetterError, DeadLetterSelection, NotDeadLetter};

/// The dead letters to act on.
#[derive(Args, Debug)]
pub(super) struct LetterSelection {
    /// IDs of dead letters, from `botctl outbox list --dead`
    #[arg(value_name = "ID", required_unless_present = "all", conflicts_with = "all", add = complete_dead_letters())]
    ids: Vec<i64>,
    /// All dead letters
    #[arg(long)]
    all: bool,
}

impl LetterSelection {
    pub(super) fn which(&self) -> DeadLetterSelection {
        if self.all {
            DeadLetterSelection::All
        } else {
            DeadLetterSelection::These(self.ids.iter().copied().collect::<BTreeSet<_>>())
        }
    }
}

pub(super) fn dead_letter_error(error: DeadLetterError) -> CommandError {
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
