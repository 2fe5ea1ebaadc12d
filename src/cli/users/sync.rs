//! `botctl users sync`.

use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::exit_code::ExitCode;
use super::role_change::describe_change;
use super::user::role_names;
use crate::config::roles::RolesConfig;
use crate::db::time;
use crate::domain::ids::TelegramId;
use crate::domain::role::RoleSet;
use crate::service::{Refusal, users};

/// Grant the roles in ADMIN_IDS and DISPATCHER_IDS, as `botctl serve` does at each start
///
/// Revokes no roles. Users who have not pressed Start yet get their roles when they do.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl users sync     after a change of ADMIN_IDS or DISPATCHER_IDS")]
pub(super) struct UsersSyncArgs {}

#[derive(Serialize)]
struct SyncDocument {
    changed: Vec<ChangedUser>,
    unchanged: usize,
    unknown_users: Vec<UnknownUser>,
}

#[derive(Serialize)]
struct ChangedUser {
    telegram_id: i64,
    name: String,
    before: Vec<&'static str>,
    roles: Vec<&'static str>,
}

#[derive(Serialize)]
struct UnknownUser {
    telegram_id: i64,
    roles: Vec<&'static str>,
}

impl UsersSyncArgs {
    #[allow(clippy::unused_self, reason = "every command has the same shape")]
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let configured: Vec<(TelegramId, RoleSet)> =
            RolesConfig::load(context.sources()?)?.all_roles().collect();
        let appointed = configured.clone();
        let (gained, unknown) = context
            .in_transaction(move |tx| {
                let mut unknown = Vec::new();
                for (id, roles) in &appointed {
                    if users::find_user(tx, *id)?.is_none() {
                        unknown.push((*id, *roles));
                    }
                }
                Ok::<_, Refusal>((
                    users::grant_configured_roles(tx, appointed.into_iter(), time::now())?,
                    unknown,
                ))
            })?
            .map_err(sync_error)?;
        let output = context.output();
        let synced = SyncDocument {
            unchanged: configured.len() - gained.len() - unknown.len(),
            changed: gained
                .iter()
                .map(|(user, roles)| ChangedUser {
                    telegram_id: user.telegram_id.0,
                    name: user.display_name(),
                    before: role_names(user.roles),
                    roles: role_names(*roles),
                })
                .collect(),
            unknown_users: unknown
                .iter()
                .map(|(id, roles)| UnknownUser { telegram_id: id.0, roles: role_names(*roles) })
                .collect(),
        };
        output.print_result(&synced, || {
            let mut lines: Vec<String> =
                gained.iter().map(|(user, roles)| describe_change(user, *roles)).collect();
            if synced.unchanged > 0 {
                lines.push(format!("{} of {} already had their roles", synced.unchanged, configured.len()));
            }
            let awaits =
                |(id, roles): &(TelegramId, RoleSet)| format!("{id} gets {roles} after pressing Start");
            lines.extend(unknown.iter().map(awaits));
            lines.join("\n")
        })?;
        if configured.is_empty() {
            output.note("nothing to do: ADMIN_IDS and DISPATCHER_IDS are empty");
        }
        Ok(())
    }
}

fn sync_error(refusal: Refusal) -> CommandError {
    match refusal {
        Refusal::Database(error) => error.into(),
        other => CommandError::new(ExitCode::Failed, other),
    }
}
