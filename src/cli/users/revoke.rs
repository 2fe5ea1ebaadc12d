//! `botctl users revoke`.

use clap::Args;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::{RoleChange, RoleName, changed, person, unable};
use crate::config::people::PeopleConfig;
use crate::db::time;
use crate::domain::ids::TelegramId;
use crate::domain::role::Role;
use crate::service::operator::{self, RoleChangeError};

/// Take a role from somebody.
///
/// A master with orders in hand keeps the role until somebody else has those orders. Asks before the last admin goes;
/// where nobody can answer it wants --yes and exits with 6 without it.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl users revoke 1002 DISPATCHER")]
pub(super) struct Revoke {
    /// The person's Telegram number.
    #[arg(value_parser = person, allow_negative_numbers = true)]
    id: i64,
    /// The role.
    #[arg(value_enum, ignore_case = true)]
    role: RoleName,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

impl Revoke {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let sources = context.sources()?;
        let (id, role) = (TelegramId(self.id), Role::from(self.role));
        let configured = PeopleConfig::load(sources)?.roles_of(id);
        let output = context.output();
        let revoke = |last_admin_too| {
            context.in_transaction(|tx| operator::revoke_role(tx, id, role, last_admin_too, time::now()))
        };
        let done = match revoke(self.yes)? {
            Err(RoleChangeError::LastAdmin) => {
                output.warn(format!("nobody but {id} is an admin"));
                output.confirm("Then the bot has none.", self.yes)?;
                revoke(true)?
            }
            done => done,
        };
        let done = done.map_err(|why| unable(self.id, why))?;
        let comes_back = configured.has(role);
        output.print_result(&RoleChange::new(role, &done, comes_back), || {
            if done.is_change {
                changed(&done.before, done.roles)
            } else {
                format!("nothing to do: {id} is not {role}")
            }
        })?;
        if comes_back {
            let name = if role == Role::Admin { "ADMIN_IDS" } else { "DISPATCHER_IDS" };
            let origin = sources.get(name).map(|found| format!(" ({})", found.origin)).unwrap_or_default();
            output.warn(format!(
                "{id} is in {name}{origin}, so `botctl serve` gives {role} back at its next start or at their next \
                 message: take the number out there and restart"
            ));
        }
        Ok(())
    }
}
