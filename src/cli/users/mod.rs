//! `botctl users`: users and their roles.

mod grant;
mod list;
mod revoke;
mod role_change;
mod show;
mod sync;
mod user;

use clap::{Args, Subcommand};

use super::context::CommandContext;
use super::error::CommandError;

/// Manage users and roles
///
/// Works while `botctl serve` is running; changes take effect at the user's next message.
#[derive(Args, Debug)]
pub(super) struct UsersArgs {
    #[command(subcommand)]
    command: UsersCommand,
}

#[derive(Debug, Subcommand)]
enum UsersCommand {
    List(list::UsersListArgs),
    Show(show::UsersShowArgs),
    Grant(grant::UsersGrantArgs),
    Revoke(revoke::UsersRevokeArgs),
    Sync(sync::UsersSyncArgs),
}

impl UsersArgs {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        match &self.command {
            UsersCommand::List(list) => list.run(context),
            UsersCommand::Show(show) => show.run(context),
            UsersCommand::Grant(grant) => grant.run(context),
            UsersCommand::Revoke(revoke) => revoke.run(context),
            UsersCommand::Sync(sync) => sync.run(context),
        }
    }
}
