//! Errors in the command line, with suggestions.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::error::CommandError;
use super::exit_code::ExitCode;
use super::output::{self, Output};
use super::text::{is_terminal_control, replace_controls};

/// Prints an error in the command line of `command` and returns the exit code.
pub(super) fn report_usage_error(error: clap::Error, command: clap::Command) -> u8 {
    let error = add_hint(suggest_command(error, command));
    if std::env::args_os().any(|argument| argument == "--json") {
        return Output::new(true, false, false).report_error(&CommandError::from_usage(&error));
    }
    let text = error.render();
    // The message repeats them.
    let is_plain = |word: OsString| !word.to_string_lossy().contains(is_terminal_control);
    let text = if output::is_stderr_coloured() && std::env::args_os().all(is_plain) {
        text.ansi().to_string()
    } else {
        replace_controls(&text.to_string(), false)
    };
    // A secret may have been typed in the wrong place.
    output::write_styled_stderr(&text);
    ExitCode::Usage as u8
}

/// After `help`, clap makes no suggestion for an unknown command; without that word it does.
fn suggest_command(error: clap::Error, command: clap::Command) -> clap::Error {
    let mut arguments: Vec<_> = std::env::args_os().collect();
    let help = arguments.iter().position(|argument| argument == "help");
    let Some(help) = help.filter(|_| error.kind() == ErrorKind::InvalidSubcommand) else { return error };
    arguments.remove(help);
    let other = command.try_get_matches_from(arguments).err();
    other.filter(|other| other.kind() == ErrorKind::InvalidSubcommand).unwrap_or(error)
}

/// Adds the hints that clap cannot know.
fn add_hint(mut error: clap::Error) -> clap::Error {
    if let Some(hint) = find_hint(&error) {
        // A similar option of another command would mislead.
        error.remove(ContextKind::SuggestedArg);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(hint)]));
    }
    error
}

fn find_hint(error: &clap::Error) -> Option<&'static str> {
    let usage = error.get(ContextKind::Usage)?.to_string();
    let argument = error.get(ContextKind::InvalidArg).map(ToString::to_string).unwrap_or_default();
    let is_of = |command: &str| usage.contains(&format!("botctl {command} "));
    let has_target = || std::env::args_os().any(|argument| argument.to_string_lossy().starts_with("--to"));
    match error.kind() {
        ErrorKind::UnknownArgument if is_of("migrate transfer") && !has_target() => {
            Some("name the other database with --to: `botctl migrate transfer --to URL`")
        }
        ErrorKind::UnknownArgument if is_of("logs") && !is_of("logs tail") && argument.starts_with('-') => {
            Some("options come after the command: `botctl logs tail -f`")
        }
        ErrorKind::MissingRequiredArgument if is_of("outbox retry") || is_of("outbox drop") => {
            Some("give IDs from `botctl outbox list --dead`, or --all")
        }
        _ => None,
    }
}
