//! `botctl migrate transfer`.

use clap::Args;
use serde::Serialize;

use super::super::args::parse_non_empty;
use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::exit_code::ExitCode;
use super::super::schema_state::schema_error;
use super::super::text::format_count;
use super::args::LockArgs;
use crate::config::database::DatabaseUrl;
use crate::transfer::{self, TransferError, TransferStage, TransferSummary};

/// Copy everything into another database, SQLite or PostgreSQL
///
/// Stop `botctl serve` first. The target must be empty: a SQLite file that does not exist yet, or a PostgreSQL database
/// without tables. Everything is copied: users, orders, history, unsent messages, unhandled updates, unfinished dialogues.
/// A value that the other database would store as something else (only a hand can have written it) is refused with its
/// row and column. The rows are read back and compared before the commit; if anything fails, the target stays empty and
/// you can run this again. The source is never changed, and nothing uses the new database until you set DATABASE_URL.
///
/// Other users of this machine can see a password in --to while the command runs; PostgreSQL also reads it from ~/.pgpass
/// or PGPASSWORD.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl migrate transfer --to postgres://botctl@db.example.org/botctl
  botctl --database-url postgres://botctl@db.example.org/botctl migrate transfer --to bot.db")]
pub(super) struct Transfer {
    /// Target database: sqlite://path, a path, or postgres://user@host/name.
    #[arg(long, value_name = "URL", value_parser = parse_non_empty)]
    to: String,
    #[command(flatten)]
    waiting: LockArgs,
}

/// The JSON document of `migrate transfer`.
#[derive(Serialize)]
struct TransferDocument {
    from: String,
    to: String,
    rows: u64,
    tables: Vec<TableRows>,
    left_behind: Vec<String>,
    pending_messages: i64,
    unhandled_updates: i64,
}

#[derive(Serialize)]
struct TableRows {
    table: &'static str,
    rows: u64,
}

impl Transfer {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let from = context.database_url()?;
        let to: DatabaseUrl = self.to.parse().map_err(|error| {
            CommandError::new(ExitCode::Usage, format!("--to: {error}"))
                .hint("write sqlite://path, a plain path, or postgres://user:password@host/name")
        })?;
        let output = context.output();
        let mut bar = output.progress();
        let done =
            transfer::transfer_database(&from, &to, self.waiting.lock_timeout, &mut |stage, done, total| {
                bar.show(if stage == TransferStage::Copying { "copying" } else { "checking" }, done, total);
            });
        drop(bar);
        let done = done.map_err(|error| transfer_failure(error, &from, &to))?;
        let document = TransferDocument {
            from: from.to_string(),
            to: to.to_string(),
            rows: done.tables.iter().map(|(_, rows)| rows).sum(),
            tables: done.tables.iter().map(|&(table, rows)| TableRows { table, rows }).collect(),
            left_behind: done.left_behind.clone(),
            pending_messages: done.pending_messages,
            unhandled_updates: done.unhandled_updates,
        };
        let mut table = output.table(["TABLE", "ROWS"]);
        for TableRows { table: name, rows } in &document.tables {
            table.add_row([(*name).to_owned(), rows.to_string()]);
        }
        output
            .print_result(&document, || {
                format!("{}\ncopied and compared: {}", table.trim_fmt(), format_count(document.rows, "row"))
            })
            .map_err(|failure| failure.with_prefix(&format!("everything was copied to {to}")))?;
        for line in next_steps(&done, &to) {
            output.note(line);
        }
        Ok(())
    }
}

fn next_steps(done: &TransferSummary, to: &DatabaseUrl) -> Vec<String> {
    let mut lines = Vec::new();
    if !done.left_behind.is_empty() {
        let behind = done.left_behind.join(", ");
        lines.push(format!("not the bot's, not copied: {behind}"));
    }
    if done.pending_messages + done.unhandled_updates > 0 {
        let (messages, updates) =
            (format_count(done.pending_messages, "message"), format_count(done.unhandled_updates, "update"));
        lines.push(format!("{messages} to send and {updates} to handle were copied, too"));
    }
    let value = match to {
        DatabaseUrl::Sqlite(path) => {
            std::path::absolute(path).unwrap_or_else(|_| path.clone()).display().to_string()
        }
        DatabaseUrl::Postgres(_) => format!("{to} (with the password, as in --to)"),
    };
    lines.push(format!("now set DATABASE_URL={value}"));
    lines.push(
        "and start `botctl serve`; do not start it on the old database again: it would send those messages twice"
            .to_owned(),
    );
    lines
}

pub(crate) fn transfer_failure(error: TransferError, from: &DatabaseUrl, to: &DatabaseUrl) -> CommandError {
    match error {
        TransferError::SourceSchema(state) => schema_error(from, &state),
        TransferError::TargetSchema(state) => schema_error(to, &state)
            .hint("name a new file or an empty PostgreSQL database (`createdb NAME`) with --to; nothing was changed"),
        TransferError::NoSource(_) => CommandError::new(ExitCode::Unreachable, error)
            .hint("name the database to copy from with --database-url or DATABASE_URL"),
        TransferError::Same(_) => CommandError::new(ExitCode::Usage, error).hint("name another database with --to"),
        TransferError::NotEmpty { .. } => CommandError::new(ExitCode::Refused, error)
            .hint("name a new file or an empty PostgreSQL database (`createdb NAME`) with --to; nothing was changed"),
        TransferError::Lock(error) => error.into(),
        TransferError::Migrate(error) => CommandError::from(error).with_database(Some(to)),
        TransferError::NulByte { .. } => CommandError::new(ExitCode::Failed, error)
            .hint("remove the byte from that row with `sqlite3`, then run this again; nothing was changed"),
        TransferError::OddValue { .. } => CommandError::new(ExitCode::Failed, error)
            .hint("correct that value with `sqlite3` or `psql`, then run this again; nothing was changed"),
        TransferError::Unreadable { .. } => CommandError::new(ExitCode::Failed, error)
            .hint("repair that row with `sqlite3` or `psql`, then run this again; nothing was changed"),
        TransferError::Differs { .. } => CommandError::new(ExitCode::Failed, error)
            .hint("the target was rolled back; check that table in the source, and the target's disk"),
        TransferError::Source(error) => CommandError::from(error).with_database(Some(from)),
        TransferError::Target(error) => CommandError::from(error).with_database(Some(to)),
        TransferError::File { .. } => CommandError::new(ExitCode::Failed, error)
            .hint("the directory must exist, be writable and have room; then run this again"),
    }
}
