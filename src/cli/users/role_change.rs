//! A change of a user's roles: the role to name, the result and the errors.

use clap::ValueEnum;
use serde::Serialize;

use super::super::error::CommandError;
use super::super::exit_code::ExitCode;
use super::super::text::printable;
use super::user::role_names;
use crate::domain::role::{Role, RoleSet};
use crate::domain::user::User;
use crate::service::operator::{AppliedRoleChange, RoleChangeError};

/// A role that can be granted.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
#[value(rename_all = "UPPER")]
pub(super) enum RoleArg {
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

/// The result of `grant` and `revoke`.
#[derive(Serialize)]
pub(super) struct RoleChange {
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
    pub(super) fn new(role: Role, done: &AppliedRoleChange, still_configured: bool) -> Self {
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

/// `1001 (Alla): ADMIN,MASTER (was MASTER)`.
pub(super) fn describe_change(user: &User, roles: RoleSet) -> String {
    format!("{} ({}): {roles} (was {})", user.telegram_id, printable(&user.display_name()), user.roles)
}

pub(super) fn role_change_error(id: i64, why: RoleChangeError) -> CommandError {
    match why {
        RoleChangeError::UnknownPerson => CommandError::new(ExitCode::Failed, format!("unknown user: {id}"))
            .hint("they must press Start in the bot's chat first; `botctl users list` shows known users"),
        RoleChangeError::ServiceAccount => CommandError::new(
            ExitCode::Failed,
            format!("{id} is not a person: Telegram writes with it for others"),
        )
        .hint("ask the user for their own ID; `botctl users list` shows known users"),
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
