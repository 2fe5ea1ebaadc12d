//! `botctl users list`.

use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::text::{format_time, printable};
use super::{Person, RoleName, name, standing};
use crate::db::masters;
use crate::db::users;
use crate::domain::master::{Master, MasterFilter};

/// List everybody who ever wrote to the bot, oldest first.
///
/// Negative numbers are placeholders: people of the old bot's data whom nobody can reach. They hold no role.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl users list --role MASTER")]
pub(super) struct List {
    /// Only those who hold this role.
    #[arg(long, value_enum, ignore_case = true)]
    role: Option<RoleName>,
}

#[derive(Serialize)]
struct People {
    people: Vec<Person>,
}

impl List {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let mut conn = context.open_current_database()?;
        let people = match self.role {
            Some(role) => users::list_users_with_role(&mut conn, role.into())?,
            None => users::list_users(&mut conn)?,
        };
        let masters: Vec<Master> = masters::list_masters(&mut conn, MasterFilter::All)?
            .into_iter()
            .map(|(master, _)| master)
            .collect();
        let output = context.output();
        let mut table = output.table(["ID", "NAME", "USERNAME", "ROLES", "MASTER", "SINCE (UTC)"]);
        let mut listed = Vec::with_capacity(people.len());
        for user in &people {
            let master = masters.iter().find(|master| master.telegram_id == user.telegram_id);
            table.add_row([
                user.telegram_id.to_string(),
                name(user),
                user.username
                    .as_deref()
                    .map_or_else(|| "-".to_owned(), |name| format!("@{}", printable(name))),
                user.roles.to_string(),
                master.map_or("-", standing).to_owned(),
                format_time(user.created_at),
            ]);
            listed.push(Person::new(user, master));
        }
        output.print_result(&People { people: listed }, || table.trim_fmt())?;
        if people.is_empty() {
            output.note("nobody: people appear here once they have pressed Start in the chat with the bot");
        }
        Ok(())
    }
}
