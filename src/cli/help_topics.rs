//! `botctl help exit-codes` and `botctl help environment`: what belongs to no single command.

use std::ffi::OsString;
use std::fmt::Write;

use serde_json::json;

use super::error::CommandError;
use super::exit_code;
use super::output::Output;
use crate::config::variables::{GROUPS, Variable};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum HelpTopic {
    ExitCodes,
    Environment,
}

impl HelpTopic {
    const ALL: [Self; 2] = [Self::ExitCodes, Self::Environment];

    /// Returns the topic that a command line asks for: `help TOPIC` at its end.
    pub(super) fn requested(arguments: &[OsString]) -> Option<Self> {
        let words: Vec<_> =
            arguments.iter().skip(1).filter(|word| !word.to_string_lossy().starts_with('-')).collect();
        match words.as_slice() {
            [help, topic] if *help == "help" => Self::ALL.into_iter().find(|known| *topic == known.name()),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::ExitCodes => "exit-codes",
            Self::Environment => "environment",
        }
    }

    pub(super) fn print(self, output: Output) -> Result<(), CommandError> {
        let text = match self {
            Self::ExitCodes => exit_codes_text(),
            Self::Environment => environment_text(),
        };
        output.print_result(&json!({ "topic": self.name(), "text": text }), || text.clone())
    }
}

fn exit_codes_text() -> String {
    let mut text = String::from("Every command ends with one of these codes:\n");
    for (code, meaning) in exit_code::MEANINGS {
        // Writing to a String cannot fail.
        let _written = write!(text, "\n  {}  {:<19} {meaning}", code as u8, code.kind());
    }
    text + "\n\nWith --json the code and its name are in the document, too: error.code, error.kind.\n\
            For scripts: 4 and 5 may pass by themselves; 2, 3 and 6 need a change."
}

fn environment_text() -> String {
    let mut text = String::from(
        "Flags override the environment, the environment overrides the env file (./.env or --env-file), the env file overrides\n\
         the defaults. `botctl config show` prints the values in effect and where they come from.\n",
    );
    for group in GROUPS {
        let _written = write!(text, "\n{}\n", group.title);
        for Variable { name, default, about, .. } in group.variables {
            let default = match default {
                None | Some("") => String::new(),
                Some(default) => format!(" [default: {default}]"),
            };
            let _written = write!(text, "  {name}\n      {about}{default}\n");
        }
    }
    text + "\nNot in the env file\n  NO_COLOR\n      If set to any value, output is not coloured; --color overrides it\n  \
            RUST_LOG\n      A log filter, such as warn,botctl=debug; overrides LOG_LEVEL"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topic_is_requested_after_help_only() {
        let asked = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            HelpTopic::requested(&words)
        };
        assert_eq!(asked("botctl help exit-codes"), Some(HelpTopic::ExitCodes));
        assert_eq!(asked("botctl --json help environment"), Some(HelpTopic::Environment));
        for other in
            ["botctl help", "botctl help migrate", "botctl exit-codes", "botctl help help environment"]
        {
            assert_eq!(asked(other), None, "{other}");
        }
    }

    #[test]
    fn every_variable_and_code_is_explained() {
        let text = environment_text();
        for variable in GROUPS.iter().flat_map(|group| group.variables) {
            assert!(
                text.contains(&format!("  {}\n      {}", variable.name, variable.about)),
                "{}",
                variable.name
            );
        }
        assert_eq!(exit_codes_text().lines().filter(|line| line.starts_with("  ")).count(), 7);
    }
}
