//! Role changes at the command line. No user is known there and no right is checked: access to the database suffices.

use chrono::{DateTime, Utc};

use super::role_changes::{self, RoleAuthor};
pub(crate) use super::role_changes::{AppliedRoleChange, RoleChangeError};
use crate::db::AnyConnection;
use crate::domain::ids::TelegramId;
use crate::domain::role::Role;

/// Grants a role; see [`role_changes::grant_role`].
pub(crate) fn grant_role(
    tx: &mut AnyConnection,
    id: TelegramId,
    role: Role,
    now: DateTime<Utc>,
) -> Result<AppliedRoleChange, RoleChangeError> {
    role_changes::grant_role(tx, RoleAuthor::Operator, id, role, now)
}

/// Revokes a role; see [`role_changes::revoke_role`].
pub(crate) fn revoke_role(
    tx: &mut AnyConnection,
    id: TelegramId,
    role: Role,
    last_admin_too: bool,
    now: DateTime<Utc>,
) -> Result<AppliedRoleChange, RoleChangeError> {
    role_changes::revoke_role(tx, RoleAuthor::Operator, id, role, last_admin_too, now)
}
