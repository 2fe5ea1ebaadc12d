//! `botctl outbox list`.

use clap::Args;
use serde::Serialize;

use super::super::args::parse_id;
use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::text::{format_age, format_span, printable};
use crate::db::dead_letters::{self, UnsentFilter, UnsentMessage};
use crate::db::time;
use crate::domain::ids::ChatId;
use crate::redact::redact_quotes;

/// List pending messages and dead letters, oldest first
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl outbox list --dead     dead letters and their errors")]
pub(super) struct OutboxListArgs {
    /// Only dead letters
    #[arg(long, conflicts_with = "pending")]
    dead: bool,
    /// Only pending messages
    #[arg(long)]
    pending: bool,
    /// Only messages to this chat; groups have negative IDs
    #[arg(long, value_name = "ID", allow_negative_numbers = true, value_parser = parse_id)]
    chat: Option<i64>,
    /// Maximum number of messages to list
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

#[derive(Serialize)]
struct OutboxDocument {
    total: i64,
    messages: Vec<MessageDocument>,
}

#[derive(Serialize)]
struct MessageDocument {
    id: i64,
    chat_id: i64,
    method: String,
    state: &'static str,
    attempts: i32,
    due_at: chrono::DateTime<chrono::Utc>,
    created_at: chrono::DateTime<chrono::Utc>,
    age_seconds: i64,
    last_error: Option<String>,
}

impl OutboxListArgs {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let mut conn = context.open_current_database()?;
        let filter = UnsentFilter { dead: !self.pending, pending: !self.dead, chat: self.chat.map(ChatId) };
        let (letters, total) = dead_letters::list_unsent_messages(&mut conn, filter, i64::from(self.limit))?;
        // Errors that an earlier version stored still contain quotes.
        let why = |letter: &UnsentMessage| letter.last_error.as_deref().map(redact_quotes);
        let now = time::now();
        let output = context.output();
        let mut table = output.table(["ID", "CHAT", "METHOD", "STATE", "TRIES", "DUE", "AGE", "LAST ERROR"]);
        for letter in &letters {
            let due = match letter.is_dead {
                true => "-".to_owned(),
                false if letter.due_at > now => format!("in {}", format_span(letter.due_at - now)),
                false => "now".to_owned(),
            };
            table.add_row([
                letter.id.to_string(),
                letter.chat.to_string(),
                letter.method.clone(),
                letter_state(letter).to_owned(),
                letter.attempts.to_string(),
                due,
                format_age(letter.created_at, now).to_string(),
                why(letter).map_or_else(|| "-".to_owned(), |error| printable(&error)),
            ]);
        }
        let messages = letters.iter().map(|letter| MessageDocument {
            id: letter.id,
            chat_id: letter.chat.0,
            method: letter.method.clone(),
            state: letter_state(letter),
            attempts: letter.attempts,
            due_at: letter.due_at,
            created_at: letter.created_at,
            age_seconds: (now - letter.created_at).num_seconds(),
            last_error: why(letter),
        });
        let shown = letters.len();
        let listed = OutboxDocument { total, messages: messages.collect() };
        if shown == 0 {
            output.print_result(&listed, String::new)?;
            output.note("no messages");
            return Ok(());
        }
        output.print_result(&listed, || table.trim_fmt())?;
        if usize::try_from(total) != Ok(shown) {
            output.note(format!("showing the oldest {shown} of {total}; --limit shows more"));
        }
        Ok(())
    }
}

fn letter_state(letter: &UnsentMessage) -> &'static str {
    if letter.is_dead { "dead" } else { "pending" }
}
