//! `botctl migrate transfer`.

use clap::Args;
use serde::Serialize;

use super::super::exit::{Code, Failure};
use super::super::words::count;
use super::super::{Common, not_empty};
use super::options::Waiting;
use super::refuse;
use crate::config::database::DatabaseUrl;
use crate::transfer::{self, Stage, TransferError, Transferred};

/// Copy everything into another database: from SQLite to PostgreSQL, back, or to the same kind.
///
/// Stop `botctl serve` first. The target must be empty: a SQLite file that is not there yet, or a PostgreSQL database
/// without tables. Everything moves: people, orders, history, messages still to be sent, updates still to be handled,
/// unfinished dialogues. What arrived is read back and compared before it counts; if anything goes wrong, or the
/// machine goes down, the target stays empty and you run this again. The source is never changed, and nothing uses the
/// new database until you name it in DATABASE_URL.
///
/// A password in --to can be seen by other users of this machine while it runs; PostgreSQL also takes it from
/// ~/.pgpass or PGPASSWORD.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl migrate transfer --to postgres://botctl@db.example.org/botctl
  botctl --database-url postgres://botctl@db.example.org/botctl migrate transfer --to bot.db")]
pub(super) struct Transfer {
    /// Where to: sqlite://path, a path, or postgres://user@host/name.
    #[arg(long, value_name = "URL", value_parser = not_empty)]
    to: String,
    #[command(flatten)]
    waiting: Waiting,
}

/// The document of `migrate transfer`.
#[derive(Serialize)]
struct Report {
    from: String,
    to: String,
    rows: u64,
    tables: Vec<Table>,
    left_behind: Vec<String>,
    pending_messages: i64,
    unhandled_updates: i64,
}

#[derive(Serialize)]
struct Table {
    table: &'static str,
    rows: u64,
}

impl Transfer {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let from = super::super::open::database(common)?;
        let to: DatabaseUrl = self.to.parse().map_err(|error| {
            Failure::new(Code::Usage, format!("--to: {error}"))
                .hint("write sqlite://path, a plain path, or postgres://user:password@host/name")
        })?;
        let output = common.output();
        let mut bar = output.progress();
        let done = transfer::run(&from, &to, self.waiting.lock_timeout, &mut |stage, done, total| {
            bar.show(if stage == Stage::Copying { "copying" } else { "checking" }, done, total);
        });
        drop(bar);
        let done = done.map_err(|error| failure(error, &from, &to))?;
        let report = Report {
            from: from.to_string(),
            to: to.to_string(),
            rows: done.tables.iter().map(|(_, rows)| rows).sum(),
            tables: done.tables.iter().map(|&(table, rows)| Table { table, rows }).collect(),
            left_behind: done.left_behind.clone(),
            pending_messages: done.pending_messages,
            unhandled_updates: done.unhandled_updates,
        };
        let mut table = output.table(["TABLE", "ROWS"]);
        for Table { table: name, rows } in &report.tables {
            table.add_row([(*name).to_owned(), rows.to_string()]);
        }
        output
            .show(&report, || {
                format!("{}\ncopied and compared: {}", table.trim_fmt(), count(report.rows, "row"))
            })
            .map_err(|failure| failure.before(&format!("everything was copied into {to}")))?;
        for line in what_next(&done, &to) {
            output.note(line);
        }
        Ok(())
    }
}

fn what_next(done: &Transferred, to: &DatabaseUrl) -> Vec<String> {
    let mut lines = Vec::new();
    if !done.left_behind.is_empty() {
        let behind = done.left_behind.join(", ");
        lines.push(format!("not the bot's, so left where they are: {behind}"));
    }
    if done.pending_messages + done.unhandled_updates > 0 {
        let (messages, updates) =
            (count(done.pending_messages, "message"), count(done.unhandled_updates, "update"));
        lines.push(format!("{messages} still to be sent and {updates} still to be handled have moved, too"));
    }
    let value = match to {
        DatabaseUrl::Sqlite(path) => {
            std::path::absolute(path).unwrap_or_else(|_| path.clone()).display().to_string()
        }
        DatabaseUrl::Postgres(_) => format!("{to} (with the password, as given to --to)"),
    };
    lines.push(format!("now set DATABASE_URL={value}"));
    lines.push(
        "and start `botctl serve`; never start it on the old database again, what waits there would be sent twice"
            .to_owned(),
    );
    lines
}

fn failure(error: TransferError, from: &DatabaseUrl, to: &DatabaseUrl) -> Failure {
    match error {
        TransferError::SourceSchema(state) => refuse(from, &state),
        TransferError::TargetSchema(state) => refuse(to, &state)
            .hint("name a new file or an empty PostgreSQL database (`createdb NAME`) with --to; nothing was changed"),
        TransferError::NoSource(_) => Failure::new(Code::Unreachable, error)
            .hint("name the database to copy from with --database-url or DATABASE_URL"),
        TransferError::Same(_) => Failure::new(Code::Usage, error).hint("name another database with --to"),
        TransferError::NotEmpty { .. } => Failure::new(Code::Refused, error)
            .hint("name a new file or an empty PostgreSQL database (`createdb NAME`) with --to; nothing was changed"),
        TransferError::Lock(error) => error.into(),
        TransferError::Migrate(error) => Failure::from(error).of_database(Some(to)),
        TransferError::Nul { .. } => Failure::new(Code::Failed, error)
            .hint("take the byte out of that row with `sqlite3`, then run this again; nothing was changed"),
        TransferError::Unreadable { .. } => Failure::new(Code::Failed, error)
            .hint("look at that row with `sqlite3` or `psql` and mend it, then run this again; nothing was changed"),
        TransferError::Differs { .. } => Failure::new(Code::Failed, error)
            .hint("nothing was kept in the target; look at that table in the source, and at the target's disk"),
        TransferError::Source(error) => Failure::from(error).of_database(Some(from)),
        TransferError::Target(error) => Failure::from(error).of_database(Some(to)),
        TransferError::File { .. } => Failure::new(Code::Failed, error)
            .hint("the folder must be there, writable and have room; run this again then"),
    }
}
