//! The global arguments, and parsers of argument values.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ColorChoice, ValueEnum};

use super::output::Output;
use crate::domain::ids::parse_typed_id;

/// The heading of the options that every command has.
const GLOBAL_OPTIONS: &str = "Global options";

/// The options that every command has.
#[derive(Args, Debug)]
pub(super) struct GlobalArgs {
    /// Read variables from this file; flags and the environment override it [default: .env if it exists]
    #[arg(long, global = true, value_name = "PATH", help_heading = GLOBAL_OPTIONS, display_order = 901)]
    pub(super) env_file: Option<PathBuf>,
    /// Use this database: a path, sqlite://path or postgres://user@host/name
    ///
    /// Overrides DATABASE_URL and DATABASE_PATH [default: bot_database.db]
    #[arg(long, global = true, value_name = "URL", value_parser = parse_non_empty, help_heading = GLOBAL_OPTIONS, display_order = 902)]
    pub(super) database_url: Option<String>,
    /// Print the result as JSON
    #[arg(long, global = true, help_heading = GLOBAL_OPTIONS, display_order = 903)]
    pub(super) json: bool,
    /// Suppress progress messages
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = GLOBAL_OPTIONS, display_order = 904)]
    pub(super) quiet: bool,
    /// Verbose output on stderr
    #[arg(short, long, global = true, help_heading = GLOBAL_OPTIONS, display_order = 905)]
    pub(super) verbose: bool,
    /// When to colour the output; auto is on a terminal, unless NO_COLOR is set
    // Read from the arguments before they are parsed, since it also applies to errors in them.
    #[arg(long = "color", global = true, value_name = "WHEN", default_value_t = ColorChoice::Auto, hide_default_value = true, help_heading = GLOBAL_OPTIONS, display_order = 906)]
    _colour: ColorChoice,
}

/// Returns the choice of `--color` in arguments that may be wrong otherwise.
pub(super) fn typed_colour(arguments: &[OsString]) -> ColorChoice {
    let words: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
    let after = |at: usize| words.get(at + 1).map(AsRef::as_ref);
    let typed = words.iter().enumerate().find_map(|(at, word)| match word.strip_prefix("--color")? {
        "" => after(at),
        rest => rest.strip_prefix('='),
    });
    typed.and_then(|choice| ColorChoice::from_str(choice, false).ok()).unwrap_or_default()
}

/// The global flags, for what is printed before or instead of parsing the arguments.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct TypedFlags {
    pub(super) json: bool,
    pub(super) verbose: bool,
}

impl TypedFlags {
    pub(super) fn read(arguments: &[OsString]) -> Self {
        let has = |long: &str, short: Option<char>| {
            arguments.iter().skip(1).any(|word| {
                let word = word.to_string_lossy();
                let is_cluster = word.starts_with('-') && !word.starts_with("--");
                word == long || is_cluster && short.is_some_and(|short| word.contains(short))
            })
        };
        Self { json: has("--json", None), verbose: has("--verbose", Some('v')) }
    }

    pub(super) fn output(self) -> Output {
        Output::new(self.json, false, self.verbose)
    }
}

impl GlobalArgs {
    /// The variables that flags set.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.database_url.iter().map(|url| ("DATABASE_URL", url.clone()))
    }
}

/// Parses a duration such as `90s`, `1h30m` or `2w`.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text.trim())
        .map_err(|_| "expected a number with a unit, such as 90s, 30m, 1h30m, 26h, 7d or 2w".to_owned())
}

/// Parses the ID of a chat or an update.
pub(super) fn parse_id(text: &str) -> Result<i64, &'static str> {
    parse_typed_id(text).ok_or("expected an ID (a number)")
}

/// Refuses an empty value: an unset shell variable must not pass for a flag that was not given.
pub(super) fn parse_non_empty(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() {
        return Err("empty value; if it comes from a shell variable, check that the variable is set");
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn flags_are_found_in_arguments_that_are_wrong() {
        let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        for (line, colour) in [
            ("botctl --color always stauts", ColorChoice::Always),
            ("botctl x --color=never", ColorChoice::Never),
            ("botctl --color", ColorChoice::Auto),
            ("botctl --color=pink", ColorChoice::Auto),
            ("botctl status", ColorChoice::Auto),
        ] {
            assert_eq!(typed_colour(&words(line)), colour, "{line}");
        }
        let flags = |line: &str| TypedFlags::read(&words(line));
        assert_eq!(flags("botctl -Vv --json"), TypedFlags { json: true, verbose: true });
        assert_eq!(flags("botctl --version --verbose"), TypedFlags { json: false, verbose: true });
        assert_eq!(flags("botctl --version -V"), TypedFlags { json: false, verbose: false });
    }

    #[test]
    fn durations_have_units() {
        let seconds = |text| parse_duration(text).map(|duration| duration.as_secs());
        for (text, expected) in
            [("0s", 0), ("60s", 60), ("1h30m", 5_400), ("26h", 93_600), ("7d", 604_800), ("1w", 604_800)]
        {
            assert_eq!(seconds(text), Ok(expected));
        }
        for wrong in ["", "s", "60", "-1s", "99999999999999999999h", "soon"] {
            assert!(seconds(wrong).unwrap_err().contains("30m"), "{wrong}");
        }
    }
}
