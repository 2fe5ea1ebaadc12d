//! The command line: one file per command, folders mirror what is typed.
//!
//! Data goes to stdout, everything else to stderr. A command returns `Result<(), Failure>`; `exit` turns that into
//! words and an exit code.

// The doc comments of the definitions are the help texts, which are plain.
#![allow(clippy::doc_markdown, rustdoc::bare_urls)]

mod backup;
mod completions;
mod config;
mod exit;
mod logs;
mod migrate;
mod open;
mod outbox;
mod output;
mod serve;
mod status;
mod usage;
mod users;
mod words;

use std::cell::OnceCell;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::config::database::{DatabaseConfig, DatabaseUrl};
use crate::config::{Problems, Sources, output_redactor};
use exit::{Code, Failure};
use output::Output;

/// Runs a repair company's Telegram bot.
///
/// A flag wins over the environment, the environment over the env file, the env file over the default.
/// `botctl config show` shows what counts and where it comes from; env.example explains every variable.
///
/// Exit codes: 0 done, 1 failed, 2 usage or a missing setting, 3 a check says no, 4 cannot tell (unreachable),
/// 5 locked by another run, 6 needs confirmation.
#[derive(Debug, Parser)]
#[command(name = "botctl", version, max_term_width = 100, after_help = FIRST_STEPS)]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// Where somebody begins who has only this.
const FIRST_STEPS: &str = "\
Examples:
  botctl serve --sandbox     try it out, without a token and without a network
  botctl config check        see what is wrong with the configuration, all at once
  botctl serve               run the bot";

/// The heading under which the help shows what every command takes, below what it takes itself.
const COMMON: &str = "Common options";

/// What every command takes.
#[derive(Args, Debug)]
struct Common {
    /// The file to read variables from; the environment and flags win over it.
    ///
    /// Without it, ./.env is read if it is there.
    #[arg(long, global = true, value_name = "PATH", help_heading = COMMON, display_order = 901)]
    env_file: Option<PathBuf>,
    /// The database: a path, sqlite://path or postgres://user@host/name.
    ///
    /// Wins over DATABASE_URL and DATABASE_PATH in the environment, these over the env file. Default: bot_database.db
    #[arg(long, global = true, value_name = "URL", value_parser = not_empty, help_heading = COMMON, display_order = 902)]
    database_url: Option<String>,
    /// Print one JSON document instead of text, whether it goes well or not.
    #[arg(long, global = true, help_heading = COMMON, display_order = 903)]
    json: bool,
    /// Say nothing but data, warnings and errors.
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = COMMON, display_order = 904)]
    quiet: bool,
    /// Say more, on stderr.
    #[arg(short, long, global = true, help_heading = COMMON, display_order = 905)]
    verbose: bool,
    /// What has been read of the environment and the env file.
    #[arg(skip)]
    gathered: OnceCell<Sources>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Migrate(migrate::Migrate),
    Backup(backup::Backup),
    Users(users::Users),
    Outbox(outbox::Outbox),
    Status(status::Status),
    Config(config::Config),
    Completions(completions::Completions),
    Logs(logs::Logs),
}

impl Common {
    /// Where values come from, this command line included. Read once in a run: an env file that is a pipe is empty at a
    /// second look, and the command would go on with the default database.
    ///
    /// Says what is probably misspelt: the command may go on with a default that nobody wanted.
    fn sources(&self) -> Result<&Sources, Failure> {
        if let Some(sources) = self.gathered.get() {
            return Ok(sources);
        }
        let sources = self.gather()?;
        for warning in sources.typos() {
            self.output().warn(&warning);
        }
        match sources.env_file() {
            Some(file) => {
                self.output().detail(format_args!("read the environment and {}", file.path().display()));
            }
            None => self.output().detail("read the environment alone, there is no env file"),
        }
        Ok(self.gathered.get_or_init(|| sources))
    }

    /// The same for a command that goes on if the env file cannot be read, and tells of misspelt names itself.
    fn gather(&self) -> Result<Sources, Problems> {
        let sources = Sources::gather(self.env_file.as_deref(), self.flags())?;
        output::set_redactor(output_redactor(&sources));
        Ok(sources)
    }

    /// The variables that the command line sets.
    fn flags(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.database_url.iter().map(|url| ("DATABASE_URL", url.clone()))
    }

    /// The configured database, for words about it; `None` where the configuration is wrong or nobody has asked for it.
    fn database(&self) -> Option<DatabaseUrl> {
        Some(DatabaseConfig::load(self.gathered.get()?).ok()?.url)
    }

    /// How to say things.
    fn output(&self) -> Output {
        Output::new(self.json, self.quiet, self.verbose)
    }
}

/// A value that must be one: what an unset shell variable leaves of a flag is not to pass for a flag that was not given.
fn not_empty(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() {
        return Err("it is empty; if it comes from a shell variable, see whether that is set");
    }
    Ok(text.to_owned())
}

/// Parses the command line, runs the command and returns the exit code.
#[must_use]
pub fn main() -> u8 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Help and version are printed here too, to stdout and with code 0.
        Err(error) => {
            if !error.use_stderr() {
                let printed = error.print().and_then(|()| std::io::stdout().flush());
                return match printed {
                    Ok(()) => Code::Done as u8,
                    Err(error) => Failure::of_stdout(&error).report(Output::new(false, false, false)),
                };
            }
            return usage::refuse(error);
        }
    };
    outlive_file_limit();
    let done = match &cli.command {
        Command::Serve(serve) => serve.run(&cli.common),
        Command::Migrate(migrate) => migrate.run(&cli.common),
        Command::Backup(backup) => backup.run(&cli.common),
        Command::Users(users) => users.run(&cli.common),
        Command::Outbox(outbox) => outbox.run(&cli.common),
        Command::Status(status) => status.run(&cli.common),
        Command::Config(config) => config.run(&cli.common),
        Command::Completions(completions) => completions.run(&cli.common),
        Command::Logs(logs) => logs.run(&cli.common),
    };
    match done {
        Ok(()) => Code::Done as u8,
        Err(failure) => failure.of_database(cli.common.database().as_ref()).report(cli.common.output()),
    }
}

/// The signal of a file that would get longer than `ulimit -f` allows.
const SIGXFSZ: i32 = 25;

/// From now on such a file is an error that can be told, not the end of the process.
fn outlive_file_limit() {
    // Where it cannot be set, the process ends as it would have.
    let _set = signal_hook::flag::register(SIGXFSZ, Arc::default());
}

pub use completions::{Shell, script as completion_script};

/// Every exit code and what it says, for the manual pages.
#[must_use]
pub fn exit_codes() -> [(u8, &'static str); 7] {
    exit::MEANINGS.map(|(code, meaning)| (code as u8, meaning))
}

/// The definition of the whole command line, for help, man pages and completions.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}
