//! `botctl users revoke`.

use clap::Args;

use super::super::completer::complete_users;
use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::role_change::{RoleArg, RoleChange, describe_change, role_change_error};
use super::user::parse_user_id;
use crate::bot::notices;
use crate::config::locale;
use crate::config::roles::RolesConfig;
use crate::db::time;
use crate::domain::ids::TelegramId;
use crate::domain::role::Role;
use crate::service::Refusal;
use crate::service::operator::{self, RoleChangeError};

/// Revoke a role from a user
///
/// From then on the user sees no order that only this role showed them: queued messages are withdrawn, and the newest
/// cards in their chat and work group are replaced. Refused for a master with active orders. Revoking
/// MASTER dismisses the master and unlinks the work group; history and money stay. Revoking the last
/// administrator requires confirmation; --yes is required when not interactive (exit code 6 otherwise).
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl users revoke 1002 DISPATCHER")]
pub(super) struct UsersRevokeArgs {
    /// Telegram ID of the user
    #[arg(value_parser = parse_user_id, allow_negative_numbers = true, add = complete_users())]
    id: i64,
    /// Role to revoke
    #[arg(value_enum, ignore_case = true)]
    role: RoleArg,
    /// Skip confirmation
    #[arg(short, long)]
    yes: bool,
}

impl UsersRevokeArgs {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let sources = context.sources()?;
        let (id, role) = (TelegramId(self.id), Role::from(self.role));
        let configured = RolesConfig::load(sources)?.roles_of(id);
        let output = context.output();
        let locale = locale::load(sources)?;
        let revoke = |last_admin_too| {
            context.in_transaction(|tx| {
                let done = operator::revoke_role(tx, id, role, last_admin_too, time::now())?;
                notices::withdraw_screens(tx, locale, &done, time::now())
                    .map_err(Refusal::into_database_error)?;
                Ok(done)
            })
        };
        let done = match revoke(self.yes)? {
            Err(RoleChangeError::LastAdmin) => {
                output.warn(format!("{id} is the only administrator; revoking leaves none"));
                output.confirm("Revoke it anyway?", self.yes)?;
                revoke(true)?
            }
            done => done,
        };
        let done = done.map_err(|why| role_change_error(self.id, why))?;
        let still_configured = configured.has(role);
        output.print_result(&RoleChange::new(role, &done, still_configured), || {
            if done.is_change {
                describe_change(&done.before, done.roles)
            } else {
                format!("nothing to do: {id} does not have the role {role}")
            }
        })?;
        if still_configured {
            let name = if role == Role::Admin { "ADMIN_IDS" } else { "DISPATCHER_IDS" };
            let origin = sources.get(name).map(|found| format!(" ({})", found.origin)).unwrap_or_default();
            output.warn(format!(
                "{id} is in {name}{origin}: `botctl serve` grants {role} again at its next start or at the user's next \
                 message; remove the ID there and restart"
            ));
        }
        Ok(())
    }
}
