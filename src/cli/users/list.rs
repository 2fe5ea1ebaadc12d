//! `botctl users list`.

use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::text::{format_time, printable};
use super::role_change::RoleArg;
use super::user::{UserDocument, display_name, master_status};
use crate::db::masters;
use crate::db::users;
use crate::domain::master::{Master, MasterFilter};

/// List users, oldest first
///
/// Negative IDs are placeholders for users in the old bot's data who cannot be reached. They hold no role.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl users list --role MASTER")]
pub(super) struct UsersListArgs {
    /// Only users with this role
    #[arg(long, value_enum, ignore_case = true)]
    role: Option<RoleArg>,
}

#[derive(Serialize)]
struct UsersDocument {
    users: Vec<UserDocument>,
}

impl UsersListArgs {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let mut conn = context.open_current_database()?;
        let found = match self.role {
            Some(role) => users::list_users_with_role(&mut conn, role.into())?,
            None => users::list_users(&mut conn)?,
        };
        let masters: Vec<Master> = masters::list_masters(&mut conn, MasterFilter::All)?
            .into_iter()
            .map(|(master, _)| master)
            .collect();
        let output = context.output();
        let mut table = output.table(["ID", "NAME", "USERNAME", "ROLES", "MASTER", "SINCE (UTC)"]);
        let mut listed = Vec::with_capacity(found.len());
        for user in &found {
            let master = masters.iter().find(|master| master.telegram_id == user.telegram_id);
            table.add_row([
                user.telegram_id.to_string(),
                display_name(user),
                user.username
                    .as_deref()
                    .map_or_else(|| "-".to_owned(), |name| format!("@{}", printable(name))),
                user.roles.to_string(),
                master.map_or("-", master_status).to_owned(),
                format_time(user.created_at),
            ]);
            listed.push(UserDocument::new(user, master));
        }
        output.print_result(&UsersDocument { users: listed }, || table.trim_fmt())?;
        if found.is_empty() {
            output.note("no users; they appear here after pressing Start in the bot's chat");
        }
        Ok(())
    }
}
