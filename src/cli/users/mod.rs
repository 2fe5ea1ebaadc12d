//! `botctl users`: who may do what.

mod grant;
mod list;
mod revoke;
mod show;
mod sync;

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use super::context::CommandContext;
use super::error::{CommandError, ExitCode};
use super::text::printable;
use crate::domain::ids::TelegramId;
use crate::domain::master::Master;
use crate::domain::role::{Role, RoleSet};
use crate::domain::user::User;
use crate::service::operator::{AppliedRoleChange, RoleChangeError};

/// See who may do what, and change it.
///
/// Works beside a running `botctl serve`, which sees a change at the person's next message.
#[derive(Args, Debug)]
pub(super) struct Users {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::List),
    Show(show::Show),
    Grant(grant::Grant),
    Revoke(revoke::Revoke),
    Sync(sync::Sync),
}

impl Users {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        match &self.command {
            Command::List(list) => list.run(context),
            Command::Show(show) => show.run(context),
            Command::Grant(grant) => grant.run(context),
            Command::Revoke(revoke) => revoke.run(context),
            Command::Sync(sync) => sync.run(context),
        }
    }
}

/// A role that can be granted.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
#[value(rename_all = "UPPER")]
enum RoleName {
    Admin,
    Dispatcher,
    Master,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Admin => Self::Admin,
            RoleName::Dispatcher => Self::Dispatcher,
            RoleName::Master => Self::Master,
        }
    }
}

/// A person's number on the command line.
fn person(text: &str) -> Result<i64, String> {
    let id = person_or_placeholder(text)?;
    if TelegramId(id).is_placeholder() {
        return Err("that is a placeholder, behind which there is nobody to hold a role".to_owned());
    }
    Ok(id)
}

/// The same, or what stands for somebody who is not there.
fn person_or_placeholder(text: &str) -> Result<i64, String> {
    let id = text.parse().ok().filter(|id| *id > 0 || TelegramId(*id).is_placeholder());
    id.ok_or_else(|| "a person's number is a whole number above 0; `botctl users list` shows them".to_owned())
}

/// A person's name for the terminal.
fn name(user: &User) -> String {
    let name = printable(&user.display_name());
    if user.telegram_id.is_placeholder() { format!("{name} (placeholder)") } else { name }
}

/// A person in a document.
#[derive(Serialize)]
struct Person {
    telegram_id: i64,
    is_placeholder: bool,
    name: String,
    username: Option<String>,
    roles: Vec<&'static str>,
    since: chrono::DateTime<chrono::Utc>,
    master: Option<Standing>,
}

/// How a master stands.
#[derive(Serialize)]
struct Standing {
    id: i64,
    is_active: bool,
    is_approved: bool,
}

impl Person {
    fn new(user: &User, master: Option<&Master>) -> Self {
        let standing = |master: &Master| Standing {
            id: master.id.0,
            is_active: master.is_active,
            is_approved: master.is_approved,
        };
        Self {
            telegram_id: user.telegram_id.0,
            is_placeholder: user.telegram_id.is_placeholder(),
            name: user.display_name(),
            username: user.username.clone(),
            roles: names(user.roles),
            since: user.created_at,
            master: master.map(standing),
        }
    }
}

/// What `grant` and `revoke` did.
#[derive(Serialize)]
struct RoleChange {
    telegram_id: i64,
    name: String,
    role: &'static str,
    changed: bool,
    before: Vec<&'static str>,
    roles: Vec<&'static str>,
    /// The configuration gives a revoked role back.
    comes_back: bool,
}

impl RoleChange {
    fn new(role: Role, done: &AppliedRoleChange, comes_back: bool) -> Self {
        Self {
            telegram_id: done.before.telegram_id.0,
            name: done.before.display_name(),
            role: role.as_str(),
            changed: done.is_change,
            before: names(done.before.roles),
            roles: names(done.roles),
            comes_back,
        }
    }
}

fn names(roles: RoleSet) -> Vec<&'static str> {
    roles.iter().filter(|role| *role != Role::Unknown).map(Role::as_str).collect()
}

/// `1001 (Alla): ADMIN,MASTER, before that MASTER`.
fn changed(user: &User, roles: RoleSet) -> String {
    format!("{} ({}): {roles}, before that {}", user.telegram_id, printable(&user.display_name()), user.roles)
}

/// How a master stands, in a few words.
fn standing(master: &Master) -> &'static str {
    match (master.is_approved, master.is_active) {
        (false, _) => "not approved",
        (true, false) => "resting",
        (true, true) => "active",
    }
}

fn unable(id: i64, why: RoleChangeError) -> CommandError {
    match why {
        RoleChangeError::UnknownPerson => CommandError::new(
            ExitCode::Failed,
            format!("nobody with the number {id} has ever written to the bot"),
        )
        .hint("they must press Start in the chat with the bot first; `botctl users list` shows who has"),
        RoleChangeError::NeverAMaster => {
            CommandError::new(ExitCode::Failed, format!("{id} was never added as a master"))
                .hint("a master needs a phone and a trade: add them in the bot, under the masters' menu")
        }
        RoleChangeError::OrdersInHand(orders) => {
            let numbers: Vec<_> = orders.iter().map(ToString::to_string).collect();
            let what = format!("{id} has orders in hand: {}", numbers.join(", "));
            CommandError::new(ExitCode::Failed, what)
                .hint("give them to another master in the bot first; nothing was changed")
        }
        RoleChangeError::LastAdmin => {
            CommandError::new(ExitCode::NeedsConfirmation, format!("nobody but {id} is an admin"))
        }
        RoleChangeError::Database(error) => error.into(),
    }
}
