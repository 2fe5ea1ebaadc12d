//! `botctl users grant`.

use clap::Args;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::text::printable;
use super::{RoleChange, RoleName, changed, person, unable};
use crate::db::time;
use crate::domain::ids::TelegramId;
use crate::service::operator;

/// Give somebody a role.
///
/// They must have pressed Start in the chat with the bot. MASTER only goes to somebody who was added as a master in the
/// bot, because a master needs a phone and a trade; it approves them. For roles that are to last whatever happens to
/// the database, use ADMIN_IDS and DISPATCHER_IDS.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl users grant 1002 DISPATCHER")]
pub(super) struct Grant {
    /// The person's Telegram number.
    #[arg(value_parser = person, allow_negative_numbers = true)]
    id: i64,
    /// The role.
    #[arg(value_enum, ignore_case = true)]
    role: RoleName,
}

impl Grant {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let role = self.role.into();
        let done = context
            .in_transaction(|tx| operator::grant_role(tx, TelegramId(self.id), role, time::now()))?
            .map_err(|why| unable(self.id, why))?;
        let output = context.output();
        output.print_result(&RoleChange::new(role, &done, false), || {
            match (done.is_change, done.roles == done.before.roles) {
                (false, _) => format!("nothing to do: {} is {role} already", self.id),
                (true, true) => {
                    format!(
                        "{} ({}) is approved as a master",
                        self.id,
                        printable(&done.before.display_name())
                    )
                }
                (true, false) => changed(&done.before, done.roles),
            }
        })?;
        if done.is_change {
            output.note("they see their new menu after /start; the bot does not tell them");
        }
        if done.master.as_ref().is_some_and(|master| master.is_approved && !master.is_active) {
            output.note("as a master they are resting: orders go to them once they are activated in the bot");
        }
        Ok(())
    }
}
