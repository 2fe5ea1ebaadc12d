//! `botctl completions`: what the shell offers when Tab is pressed.

use clap::{Args, ValueEnum};
use serde_json::json;

use super::context::CommandContext;
use super::error::CommandError;

/// Print the script with which a shell completes commands and flags.
///
/// Load it where the shell looks for such scripts, and start a new shell.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl completions bash > ~/.local/share/bash-completion/completions/botctl
  botctl completions zsh > ~/.zfunc/_botctl      (with fpath+=~/.zfunc before compinit in ~/.zshrc)
  botctl completions fish > ~/.config/fish/completions/botctl.fish")]
pub(super) struct Completions {
    /// Whose script.
    shell: Shell,
}

/// The shells that there is a script for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Shell {
    /// GNU Bash.
    Bash,
    /// Z shell.
    Zsh,
    /// The friendly interactive shell.
    Fish,
}

impl Completions {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let name = self.shell.to_possible_value().map(|value| value.get_name().to_owned());
        let script = script(self.shell);
        context.output().print_result(&json!({ "shell": name, "script": script }), || script.clone())
    }
}

/// The script of a shell, made from the definitions of the commands.
#[must_use]
pub fn script(shell: Shell) -> String {
    let generator = match shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Fish => clap_complete::Shell::Fish,
    };
    let mut script = Vec::new();
    clap_complete::generate(generator, &mut super::command(), "botctl", &mut script);
    // Names and help texts of commands are text.
    String::from_utf8_lossy(&script).trim_end_matches('\n').to_owned() + "\n"
}
