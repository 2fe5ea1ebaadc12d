//! A command line that was not understood: what is said about it, and what was probably meant.

use clap::Parser;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::Cli;
use super::exit::{Code, Failure};
use super::output::{self, Output};

/// Says what is wrong with it and returns the exit code.
pub(super) fn refuse(error: clap::Error) -> u8 {
    let error = with_hint(with_suggestion(error));
    if std::env::args_os().any(|argument| argument == "--json") {
        return Failure::of_usage(&error).report(Output::new(true, false, false));
    }
    let words = error.render();
    let words = if output::is_coloured() { words.ansi().to_string() } else { words.to_string() };
    // A secret may be typed in a place that is no secret's.
    output::told_in_colours(&words);
    Code::Usage as u8
}

/// After `help`, clap suggests nothing for a command that it does not know: without that word it does.
fn with_suggestion(error: clap::Error) -> clap::Error {
    let mut words: Vec<_> = std::env::args_os().collect();
    let help = words.iter().position(|word| word == "help");
    let Some(help) = help.filter(|_| error.kind() == ErrorKind::InvalidSubcommand) else { return error };
    words.remove(help);
    let other = Cli::try_parse_from(words).err();
    other.filter(|other| other.kind() == ErrorKind::InvalidSubcommand).unwrap_or(error)
}

/// What clap cannot know.
fn with_hint(mut error: clap::Error) -> clap::Error {
    if let Some(hint) = hint(&error) {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(hint)]));
    }
    error
}

fn hint(error: &clap::Error) -> Option<&'static str> {
    let usage = error.get(ContextKind::Usage)?.to_string();
    let argument = error.get(ContextKind::InvalidArg).map(ToString::to_string).unwrap_or_default();
    let is_of = |command: &str| usage.contains(&format!("botctl {command} "));
    let has_target = || std::env::args_os().any(|word| word.to_string_lossy().starts_with("--to"));
    match error.kind() {
        ErrorKind::UnknownArgument if is_of("migrate transfer") && !has_target() => {
            Some("name the other database with --to: `botctl migrate transfer --to URL`")
        }
        ErrorKind::UnknownArgument if is_of("logs") && !is_of("logs tail") && argument.starts_with('-') => {
            Some("options come after the command: `botctl logs tail -f`")
        }
        ErrorKind::MissingRequiredArgument if is_of("outbox retry") || is_of("outbox drop") => {
            Some("give the numbers that `botctl outbox list --dead` shows, or --all")
        }
        _ => None,
    }
}
