//! `botctl users sync`.

use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::{CommandError, ExitCode};
use super::{changed, names};
use crate::config::people::PeopleConfig;
use crate::db::time;
use crate::domain::ids::TelegramId;
use crate::domain::role::RoleSet;
use crate::service::{Refusal, users};

/// Give everybody the roles that ADMIN_IDS and DISPATCHER_IDS name, as every start of `botctl serve` does.
///
/// Takes no role away. Who has not pressed Start yet gets the role when they do.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl users sync     after ADMIN_IDS or DISPATCHER_IDS were changed")]
pub(super) struct Sync {}

#[derive(Serialize)]
struct Synced {
    changed: Vec<Gained>,
    unchanged: usize,
    not_known_yet: Vec<Awaited>,
}

#[derive(Serialize)]
struct Gained {
    telegram_id: i64,
    name: String,
    before: Vec<&'static str>,
    roles: Vec<&'static str>,
}

#[derive(Serialize)]
struct Awaited {
    telegram_id: i64,
    roles: Vec<&'static str>,
}

impl Sync {
    #[allow(clippy::unused_self, reason = "every command has the same shape")]
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let configured: Vec<(TelegramId, RoleSet)> =
            PeopleConfig::load(context.sources()?)?.all_roles().collect();
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
            .map_err(failure)?;
        let output = context.output();
        let synced = Synced {
            unchanged: configured.len() - gained.len() - unknown.len(),
            changed: gained
                .iter()
                .map(|(user, roles)| Gained {
                    telegram_id: user.telegram_id.0,
                    name: user.display_name(),
                    before: names(user.roles),
                    roles: names(*roles),
                })
                .collect(),
            not_known_yet: unknown
                .iter()
                .map(|(id, roles)| Awaited { telegram_id: id.0, roles: names(*roles) })
                .collect(),
        };
        output.print_result(&synced, || {
            let mut lines: Vec<String> = gained.iter().map(|(user, roles)| changed(user, *roles)).collect();
            if synced.unchanged > 0 {
                lines.push(format!("{} of {} had their roles already", synced.unchanged, configured.len()));
            }
            let awaits =
                |(id, roles): &(TelegramId, RoleSet)| format!("{id} gets {roles} after pressing Start");
            lines.extend(unknown.iter().map(awaits));
            lines.join("\n")
        })?;
        if configured.is_empty() {
            output.note("nothing to do: ADMIN_IDS and DISPATCHER_IDS name nobody");
        }
        Ok(())
    }
}

fn failure(refusal: Refusal) -> CommandError {
    match refusal {
        Refusal::Database(error) => error.into(),
        other => CommandError::new(ExitCode::Failed, other),
    }
}
