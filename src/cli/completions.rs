//! `botctl completions`: completion scripts for shells.

use clap::{Args, ValueEnum};
use clap_complete::env::{self, EnvCompleter};
use serde_json::json;

use super::completer::VARIABLE;
use super::context::CommandContext;
use super::error::CommandError;

/// Generate shell completion scripts
///
/// Save the script where the shell looks for completions, and start a new shell. It asks botctl itself while you type, so
/// it also completes names of backups, IDs of users and IDs of dead letters; generate it again after an update.
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
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let name = self.shell.to_possible_value().map(|value| value.get_name().to_owned());
        let script = completion_script(self.shell);
        context.output().print_result(&json!({ "shell": name, "script": script }), || script.clone())
    }
}

/// The autoload function of zsh completes at its first call, too.
const ZSH_FIRST_CALL: &str = r#"
if [[ "$funcstack[1]" == _botctl ]]; then
    _clap_dynamic_completer_botctl "$@"
fi"#;

/// The completion script of a shell for the whole command line.
pub(super) fn completion_script(shell: Shell) -> String {
    let (completer, more): (&dyn EnvCompleter, &str) = match shell {
        Shell::Bash => (&env::Bash, ""),
        Shell::Zsh => (&env::Zsh, ZSH_FIRST_CALL),
        Shell::Fish => (&env::Fish, ""),
    };
    let mut script = Vec::new();
    // Writing to memory does not fail.
    let _written = completer.write_registration(VARIABLE, "botctl", "botctl", "botctl", &mut script);
    let script = String::from_utf8_lossy(&script);
    format!("{}{more}\n", script.trim_matches('\n'))
}
