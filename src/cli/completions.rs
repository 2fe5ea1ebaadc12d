//! `botctl completions`: completion scripts for shells.

use clap::{Args, ValueEnum};
use serde_json::json;

use super::context::CommandContext;
use super::error::CommandError;

/// Generate shell completion scripts
///
/// Save the script where the shell looks for completions, and start a new shell.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl completions bash > ~/.local/share/bash-completion/completions/botctl
  botctl completions zsh > ~/.zfunc/_botctl      (with fpath+=~/.zfunc before compinit in ~/.zshrc)
  botctl completions fish > ~/.config/fish/completions/botctl.fish")]
pub(super) struct CompletionsArgs {
    /// Shell to generate for
    shell: Shell,
}

/// A shell that has a completion script.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Shell {
    /// GNU Bash.
    Bash,
    /// Z shell.
    Zsh,
    /// The friendly interactive shell.
    Fish,
}

impl CompletionsArgs {
    pub(super) fn run(&self, context: &CommandContext, command: clap::Command) -> Result<(), CommandError> {
        let name = self.shell.to_possible_value().map(|value| value.get_name().to_owned());
        let script = completion_script(self.shell, command);
        context.output().print_result(&json!({ "shell": name, "script": script }), || script.clone())
    }
}

/// The completion script of a shell for the whole command line.
pub(super) fn completion_script(shell: Shell, mut command: clap::Command) -> String {
    let generator = match shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Fish => clap_complete::Shell::Fish,
    };
    let mut script = Vec::new();
    clap_complete::generate(generator, &mut command, "botctl", &mut script);
    String::from_utf8_lossy(&script).trim_end_matches('\n').to_owned() + "\n"
}
