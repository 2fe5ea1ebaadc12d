//! `botctl users grant`.

use clap::Args;

use super::super::completer::complete_users;
use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::text::printable;
use super::role_change::{RoleArg, RoleChange, describe_change, role_change_error};
use super::user::parse_user_id;
use crate::db::time;
use crate::domain::ids::TelegramId;
use crate::service::operator;

/// Grant a role to a user
///
/// The user must have pressed Start in the bot's chat. MASTER requires a master profile, which is created in the bot, and
/// approves it. For roles that must survive the loss of the database, use ADMIN_IDS and DISPATCHER_IDS.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl users grant 1002 DISPATCHER")]
pub(super) struct UsersGrantArgs {
    /// Telegram ID of the user
    #[arg(value_parser = parse_user_id, allow_negative_numbers = true, add = complete_users())]
    id: i64,
    /// Role to grant
    #[arg(value_enum, ignore_case = true)]
    role: RoleArg,
}

impl UsersGrantArgs {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let role = self.role.into();
        let done = context
            .in_transaction(|tx| operator::grant_role(tx, TelegramId(self.id), role, time::now()))?
            .map_err(|why| role_change_error(self.id, why))?;
        let output = context.output();
        output.print_result(&RoleChange::new(role, &done, false), || {
            match (done.is_change, done.roles == done.before.roles) {
                (false, _) => format!("nothing to do: {} already has the role {role}", self.id),
                (true, true) => {
                    format!(
                        "{} ({}) is now an approved master",
                        self.id,
                        printable(&done.before.display_name())
                    )
                }
                (true, false) => describe_change(&done.before, done.roles),
            }
        })?;
        if done.is_change {
            output.note("the user is not notified; /start shows the new menu");
        }
        if done.master.as_ref().is_some_and(|master| master.is_approved && !master.is_active) {
            output.note("this master is inactive and gets no orders until activated in the bot");
        }
        Ok(())
    }
}
