//! The command line: one file per command; folders mirror what is typed.
//!
//! Data goes to stdout, everything else to stderr. A command takes the [`CommandContext`] and returns
//! `Result<(), CommandError>`; `error` turns errors into a message, a hint and an exit code.

// The doc comments of the definitions are the help texts, which are plain text.
#![allow(clippy::doc_markdown, rustdoc::bare_urls)]

mod args;
mod backup;
mod completer;
mod completions;
mod config;
mod context;
mod error;
mod exit_code;
mod export;
mod health;
mod help_topics;
mod import;
mod json;
mod logs;
mod migrate;
mod outbox;
mod output;
mod private_file;
mod report;
mod schema_state;
mod serve;
mod status;
mod telegram_calls;
mod text;
mod usage;
mod users;
mod version;
mod webhook;

use std::io::Write;
use std::sync::Arc;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::CompleteEnv;

use args::GlobalArgs;
use context::CommandContext;
use error::CommandError;
use exit_code::ExitCode;
use help_topics::HelpTopic;

/// Run a repair company's Telegram bot
///
/// Flags override the environment, the environment overrides the env file. `botctl config show` prints the effective
/// configuration and its sources; env.example explains every variable.
///
/// Exit codes: 0 success, 1 failure, 2 usage error or missing setting, 3 a check failed, 4 unreachable, 5 locked by
/// another process, 6 confirmation required.
#[derive(Debug, Parser)]
#[command(name = "botctl", version, max_term_width = 100, after_help = FIRST_STEPS)]
pub(crate) struct Cli {
    #[command(flatten)]
    args: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

const FIRST_STEPS: &str = "\
Examples:
  botctl serve --sandbox     try the bot without a token or network
  botctl config check        check the whole configuration
  botctl serve               run the bot

More help:
  botctl help exit-codes     the exit codes and what they mean
  botctl help environment    every variable and its default";

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::ServeArgs),
    Migrate(migrate::Migrate),
    Backup(backup::Backup),
    Export(export::ExportArgs),
    Import(import::ImportArgs),
    Report(report::ReportArgs),
    Users(users::UsersArgs),
    Outbox(outbox::OutboxArgs),
    Webhook(webhook::WebhookArgs),
    Status(status::StatusArgs),
    Health(health::HealthArgs),
    Config(config::ConfigArgs),
    Completions(completions::CompletionsArgs),
    Logs(logs::LogsArgs),
}

/// Parses the command line, runs the command and returns its exit code.
pub fn run() -> u8 {
    let complete = CompleteEnv::with_factory(command).bin("botctl").var(completer::VARIABLE);
    match complete.try_complete(std::env::args_os(), std::env::current_dir().ok().as_deref()) {
        Ok(false) => {}
        // The shell shows no errors of completions. Their last line has no end, and would stay in the buffer.
        Ok(true) | Err(_) => {
            let _flushed = std::io::stdout().flush();
            return ExitCode::Done as u8;
        }
    }
    let arguments: Vec<_> = std::env::args_os().collect();
    let colour = args::typed_colour(&arguments);
    output::set_colour(colour);
    let typed = args::TypedFlags::read(&arguments);
    let report = |result: Result<(), CommandError>| match result {
        Ok(()) => ExitCode::Done as u8,
        Err(error) => typed.output().report_error(&error),
    };
    if let Some(topic) = HelpTopic::requested(&arguments) {
        return report(topic.print(typed.output()));
    }
    let matches = command().color(colour).try_get_matches_from(arguments);
    let cli = match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) if error.kind() == ErrorKind::DisplayVersion => {
            return report(version::print_version(typed.output(), typed.verbose));
        }
        Err(error) if !error.use_stderr() => {
            let printed = error.print().and_then(|()| std::io::stdout().flush());
            return report(printed.map_err(|error| CommandError::from_stdout(&error)));
        }
        Err(error) => return usage::report_usage_error(error, command()),
    };
    ignore_sigxfsz();
    let context = CommandContext::new(cli.args);
    let result = match &cli.command {
        Command::Serve(serve) => serve.run(&context),
        Command::Migrate(migrate) => migrate.run(&context),
        Command::Backup(backup) => backup.run(&context),
        Command::Export(export) => export.run(&context),
        Command::Import(import) => import.run(&context),
        Command::Report(report) => report.run(&context),
        Command::Users(users) => users.run(&context),
        Command::Outbox(outbox) => outbox.run(&context),
        Command::Webhook(webhook) => webhook.run(&context),
        Command::Status(status) => status.run(&context),
        Command::Health(health) => health.run(&context),
        Command::Config(config) => config.run(&context),
        Command::Completions(completions) => completions.run(&context),
        Command::Logs(logs) => logs.run(&context),
    };
    match result {
        Ok(()) => ExitCode::Done as u8,
        Err(error) => context.output().report_error(&context.complete_error(error)),
    }
}

/// The signal for writing beyond `ulimit -f`.
const SIGXFSZ: i32 = 25;

/// Turns a write beyond `ulimit -f` into an I/O error instead of the end of the process.
fn ignore_sigxfsz() {
    // If this fails, the default action stays in place.
    let _registered = signal_hook::flag::register(SIGXFSZ, Arc::default());
}

pub use completions::Shell;

/// Every exit code and its meaning, for the manual pages.
pub fn exit_codes() -> [(u8, &'static str); 7] {
    exit_code::MEANINGS.map(|(code, meaning)| (code as u8, meaning))
}

/// The definition of the whole command line, for help, man pages and completions.
pub fn command() -> clap::Command {
    Cli::command()
}

/// The completion script of a shell.
pub fn completion_script(shell: Shell) -> String {
    completions::completion_script(shell)
}
