//! The command line: one file per command, folders mirror what is typed.
//!
//! Data goes to stdout, everything else to stderr. A command returns `Result<(), Failure>`; `exit` turns that into
//! words and an exit code.

// The doc comments of the definitions are the help texts, which are plain.
#![allow(clippy::doc_markdown, rustdoc::bare_urls)]

mod backup;
mod exit;
mod migrate;
mod output;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::config::Sources;
use exit::{Code, Failure};
use output::Output;

/// Runs a repair company's Telegram bot.
///
/// Configuration comes from flags, then the environment, then an env file, then defaults; `env.example` explains
/// every variable.
///
/// Exit codes: 0 done, 1 failed, 2 usage or a missing setting, 3 a check says no, 4 cannot tell (unreachable),
/// 5 locked by another run, 6 needs confirmation.
#[derive(Debug, Parser)]
#[command(name = "botctl", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Args, Debug)]
struct Common {
    /// The file to read variables from.
    ///
    /// Without it, ./.env is read if it is there.
    #[arg(long, global = true, value_name = "PATH")]
    env_file: Option<PathBuf>,
    /// The database: a path, sqlite://path or postgres://user@host/name.
    ///
    /// Wins over DATABASE_URL and DATABASE_PATH. Default: bot_database.db
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Print one JSON document instead of text, whether it goes well or not.
    #[arg(long, global = true)]
    json: bool,
    /// Say nothing but data, warnings and errors.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Say more.
    #[arg(short, long, global = true)]
    verbose: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Migrate(migrate::Migrate),
    Backup(backup::Backup),
}

impl Common {
    /// Where values come from, this command line included.
    fn sources(&self) -> Result<Sources, Failure> {
        let flags = self.database_url.iter().map(|url| ("DATABASE_URL", url.clone()));
        Ok(Sources::gather(self.env_file.as_deref(), flags)?)
    }

    /// How to say things.
    fn output(&self) -> Output {
        Output::new(self.json, self.quiet, self.verbose)
    }
}

/// Parses the command line, runs the command and returns the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Help and version are printed here too, to stdout and with code 0.
        Err(error) => {
            if !error.use_stderr() {
                // Nobody is left to tell when the terminal is gone.
                let _printed = error.print();
                return Code::Done.into();
            }
            if std::env::args_os().any(|argument| argument == "--json") {
                let what = error.render().to_string();
                let what = what.trim_start_matches("error: ").trim_end();
                return Failure::new(Code::Usage, what).report(Output::new(true, false, false));
            }
            let _printed = error.print();
            return Code::Usage.into();
        }
    };
    let done = match &cli.command {
        Command::Serve(serve) => serve.run(&cli.common),
        Command::Migrate(migrate) => migrate.run(&cli.common),
        Command::Backup(backup) => backup.run(&cli.common),
    };
    match done {
        Ok(()) => Code::Done.into(),
        Err(failure) => failure.report(cli.common.output()),
    }
}

/// The definition of the whole command line, for help, man pages and completions.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}
