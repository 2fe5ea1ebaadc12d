//! `botctl users`: users and their roles.

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

/// A role that can be granted.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
#[value(rename_all = "UPPER")]
enum RoleArg {
    Admin,
    Dispatcher,
    Master,
}

impl From<RoleArg> for Role {
    fn from(name: RoleArg) -> Self {
        match name {
            RoleArg::Admin => Self::Admin,
            RoleArg::Dispatcher => Self::Dispatcher,
            RoleArg::Master => Self::Master,
        }
    }
}

/// Parses the Telegram ID of a user.
fn parse_user_id(text: &str) -> Result<i64, String> {
    let id = parse_user_or_placeholder_id(text)?;
    if TelegramId(id).is_placeholder() {
        return Err("this is a placeholder, which cannot hold a role".to_owned());
    }
    Ok(id)
}

/// Parses the Telegram ID of a user or placeholder.
fn parse_user_or_placeholder_id(text: &str) -> Result<i64, String> {
    let id = text.parse().ok().filter(|id| *id > 0 || TelegramId(*id).is_placeholder());
    id.ok_or_else(|| "expected a Telegram ID (a positive number); `botctl users list` shows them".to_owned())
}

/// A user's name for the terminal.
fn display_name(user: &User) -> String {
    let name = printable(&user.display_name());
    if user.telegram_id.is_placeholder() { format!("{name} (placeholder)") } else { name }
}

/// A user in a document.
#[derive(Serialize)]
struct UserDocument {
    telegram_id: i64,
    is_placeholder: bool,
    name: String,
    username: Option<String>,
    roles: Vec<&'static str>,
    since: chrono::DateTime<chrono::Utc>,
    master: Option<MasterStatus>,
}

#[derive(Serialize)]
struct MasterStatus {
    id: i64,
    is_active: bool,
    is_approved: bool,
}

impl UserDocument {
    fn new(user: &User, master: Option<&Master>) -> Self {
        let status = |master: &Master| MasterStatus {
            id: master.id.0,
            is_active: master.is_active,
            is_approved: master.is_approved,
        };
        Self {
            telegram_id: user.telegram_id.0,
            is_placeholder: user.telegram_id.is_placeholder(),
            name: user.display_name(),
            username: user.username.clone(),
            roles: role_names(user.roles),
            since: user.created_at,
            master: master.map(status),
        }
    }
}

/// The result of `grant` and `revoke`.
#[derive(Serialize)]
struct RoleChange {
    telegram_id: i64,
    name: String,
    role: &'static str,
    changed: bool,
    before: Vec<&'static str>,
    roles: Vec<&'static str>,
    /// Whether the configuration grants a revoked role again.
    still_configured: bool,
}

impl RoleChange {
    fn new(role: Role, done: &AppliedRoleChange, still_configured: bool) -> Self {
        Self {
            telegram_id: done.before.telegram_id.0,
            name: done.before.display_name(),
            role: role.as_str(),
            changed: done.is_change,
            before: role_names(done.before.roles),
            roles: role_names(done.roles),
            still_configured,
        }
    }
}

fn role_names(roles: RoleSet) -> Vec<&'static str> {
    roles.iter().filter(|role| *role != Role::Unknown).map(Role::as_str).collect()
}

/// `1001 (Alla): ADMIN,MASTER (was MASTER)`.
fn describe_change(user: &User, roles: RoleSet) -> String {
    format!("{} ({}): {roles} (was {})", user.telegram_id, printable(&user.display_name()), user.roles)
}

fn master_status(master: &Master) -> &'static str {
    match (master.is_approved, master.is_active) {
        (false, _) => "not approved",
        (true, false) => "inactive",
        (true, true) => "active",
    }
}

fn role_change_error(id: i64, why: RoleChangeError) -> CommandError {
    match why {
        RoleChangeError::UnknownPerson => CommandError::new(ExitCode::Failed, format!("unknown user: {id}"))
            .hint("they must press Start in the bot's chat first; `botctl users list` shows known users"),
        RoleChangeError::NeverAMaster => {
            CommandError::new(ExitCode::Failed, format!("{id} was never added as a master"))
                .hint("masters need a phone and a specialization: add them in the bot's masters menu")
        }
        RoleChangeError::OrdersInHand(orders) => {
            let numbers: Vec<_> = orders.iter().map(ToString::to_string).collect();
            let what = format!("{id} has active orders: {}", numbers.join(", "));
            CommandError::new(ExitCode::Failed, what)
                .hint("assign them to another master in the bot first; nothing was changed")
        }
        RoleChangeError::LastAdmin => {
            CommandError::new(ExitCode::NeedsConfirmation, format!("{id} is the only administrator"))
        }
        RoleChangeError::Database(error) => error.into(),
    }
}
