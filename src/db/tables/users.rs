//! `users`: everyone who has written to the bot, and their roles.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::{Error, Result};
use crate::db::schema::users;
use crate::db::time;
use crate::domain::ids::TelegramId;
use crate::domain::locale::Locale;
use crate::domain::notice::MutedNotices;
use crate::domain::role::{Role, RoleSet};
use crate::domain::user::{User, UserProfile};

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
struct UserRow {
    telegram_id: i64,
    username: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    role: String,
    locale: Option<String>,
    created_at: chrono::NaiveDateTime,
    muted_notices: String,
}

impl TryFrom<UserRow> for User {
    type Error = Error;

    fn try_from(row: UserRow) -> Result<Self> {
        let unreadable =
            |column, value: &str| Error::Unreadable { table: "users", column, value: value.to_owned() };
        Ok(Self {
            telegram_id: TelegramId(row.telegram_id),
            roles: row.role.parse().map_err(|_| unreadable("role", &row.role))?,
            locale: row
                .locale
                .map(|text| text.parse().map_err(|_| unreadable("locale", &text)))
                .transpose()?,
            username: row.username,
            first_name: row.first_name,
            last_name: row.last_name,
            muted: row.muted_notices.parse().unwrap_or_default(),
            created_at: time::from_stored(row.created_at),
        })
    }
}

/// Inserts a user at their first contact, updates their names, and adds the configured roles.
pub(crate) fn register_user(
    conn: &mut AnyConnection,
    profile: &UserProfile,
    owed: RoleSet,
    now: DateTime<Utc>,
) -> Result<User> {
    let known = match find_user(conn, profile.telegram_id)? {
        Some(known) => known,
        None => insert_user(conn, profile, owed, now)?,
    };
    let is_current = known.username == profile.username
        && known.first_name == profile.first_name
        && known.last_name == profile.last_name;
    let known = if is_current { known } else { update_user_names(conn, profile)? };
    if known.roles.union(owed) == known.roles {
        return Ok(known);
    }
    // Another transaction may have replaced the roles since they were read without a lock.
    let known = find_user_for_update(conn, profile.telegram_id)?.ok_or(Error::Conflict)?;
    let roles = known.roles.union(owed);
    update_user_roles(conn, profile.telegram_id, roles)?;
    Ok(User { roles, ..known })
}

fn update_user_names(conn: &mut AnyConnection, profile: &UserProfile) -> Result<User> {
    on_each!(conn, |c| diesel::update(users::table.filter(users::telegram_id.eq(profile.telegram_id.0)))
        .set((
            users::username.eq(&profile.username),
            users::first_name.eq(&profile.first_name),
            users::last_name.eq(&profile.last_name),
        ))
        .execute(c))?;
    find_user(conn, profile.telegram_id)?.ok_or(Error::Conflict)
}

/// Inserts the row unless another transaction just has (two updates at once on PostgreSQL), and returns it.
fn insert_user(
    conn: &mut AnyConnection,
    profile: &UserProfile,
    roles: RoleSet,
    now: DateTime<Utc>,
) -> Result<User> {
    let id = profile.telegram_id;
    on_each!(conn, |c| diesel::insert_into(users::table)
        .values((
            users::telegram_id.eq(id.0),
            users::username.eq(&profile.username),
            users::first_name.eq(&profile.first_name),
            users::last_name.eq(&profile.last_name),
            users::role.eq(roles.to_string()),
            users::created_at.eq(time::to_stored(now)),
        ))
        .on_conflict(users::telegram_id)
        .do_nothing()
        .execute(c))?;
    find_user(conn, id)?.ok_or(Error::Conflict)
}

pub fn find_user(conn: &mut AnyConnection, id: TelegramId) -> Result<Option<User>> {
    on_each!(conn, |c| users::table
        .filter(users::telegram_id.eq(id.0))
        .select(UserRow::as_select())
        .get_result(c)
        .optional())?
    .map(User::try_from)
    .transpose()
}

/// Returns the users with these ids, in any order.
pub(crate) fn find_users(conn: &mut AnyConnection, ids: &[TelegramId]) -> Result<Vec<User>> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<UserRow> = on_each!(conn, |c| users::table
        .filter(users::telegram_id.eq_any(ids))
        .select(UserRow::as_select())
        .load(c))?;
    rows.into_iter().map(User::try_from).collect()
}

/// Returns the user and locks the row until the transaction ends, so that new roles can be based on those that were read.
/// SQLite has only one writer and needs no lock.
pub(crate) fn find_user_for_update(conn: &mut AnyConnection, id: TelegramId) -> Result<Option<User>> {
    let row = users::table.filter(users::telegram_id.eq(id.0));
    let row: Option<UserRow> = match conn {
        AnyConnection::Sqlite(c) => row.select(UserRow::as_select()).get_result(c),
        AnyConnection::Pg(c) => row.select(UserRow::as_select()).for_no_key_update().get_result(c),
    }
    .optional()?;
    row.map(User::try_from).transpose()
}

/// The users with any role: the condition of the index `users_with_role`, in its words.
macro_rules! with_role {
    () => {
        users::table.filter(diesel::dsl::sql::<diesel::sql_types::Bool>("role <> 'UNKNOWN'"))
    };
}

/// Returns the users who hold a role, oldest first.
pub(crate) fn list_users_with_role(conn: &mut AnyConnection, role: Role) -> Result<Vec<User>> {
    let rows = with_role!().filter(users::role.like(role_pattern(role))).order(users::id);
    let rows = on_each!(conn, |c| rows.select(UserRow::as_select()).load(c))?;
    retain_role_holders(role, rows)
}

/// Returns the same users and locks their rows until the transaction ends, for a rule about all of them. Leaves out a user
/// who lost the role while this waited. SQLite has only one writer and needs no lock.
pub(crate) fn list_users_with_role_for_update(conn: &mut AnyConnection, role: Role) -> Result<Vec<User>> {
    // Always in the same order, so that two transactions do not deadlock.
    let rows = with_role!().filter(users::role.like(role_pattern(role))).order(users::id);
    let rows = match conn {
        AnyConnection::Sqlite(c) => rows.select(UserRow::as_select()).load(c),
        AnyConnection::Pg(c) => rows.select(UserRow::as_select()).for_no_key_update().load(c),
    }?;
    retain_role_holders(role, rows)
}

/// Returns a pattern that also matches longer role names; the parsed roles decide.
fn role_pattern(role: Role) -> String {
    format!("%{}%", role.as_str())
}

fn retain_role_holders(role: Role, rows: Vec<UserRow>) -> Result<Vec<User>> {
    let mut users = rows.into_iter().map(User::try_from).collect::<Result<Vec<_>>>()?;
    users.retain(|user| user.roles.has(role));
    Ok(users)
}

pub(crate) fn has_any_user(conn: &mut AnyConnection) -> Result<bool> {
    let any = diesel::dsl::exists(users::table.select(users::telegram_id));
    Ok(on_each!(conn, |c| diesel::select(any).get_result(c))?)
}

/// Returns all users, oldest first.
pub(crate) fn list_users(conn: &mut AnyConnection) -> Result<Vec<User>> {
    let rows: Vec<UserRow> =
        on_each!(conn, |c| users::table.order(users::id).select(UserRow::as_select()).load(c))?;
    rows.into_iter().map(User::try_from).collect()
}

pub fn update_user_roles(conn: &mut AnyConnection, id: TelegramId, roles: RoleSet) -> Result<()> {
    on_each!(conn, |c| diesel::update(users::table.filter(users::telegram_id.eq(id.0)))
        .set(users::role.eq(roles.to_string()))
        .execute(c))?;
    Ok(())
}

/// Notes that a message of a user is passed on now, unless one was after `since`; `false` then. A later time is of a clock that
/// was ahead.
pub(crate) fn claim_relay(
    conn: &mut AnyConnection,
    id: TelegramId,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let (since, now) = (time::to_stored(since), time::to_stored(now));
    let free = users::table.filter(users::telegram_id.eq(id.0)).filter(
        users::relayed_at
            .is_null()
            .or(users::relayed_at.le(since).or(users::relayed_at.gt(now)).assume_not_null()),
    );
    let claimed = on_each!(conn, |c| diesel::update(free).set(users::relayed_at.eq(now)).execute(c))?;
    Ok(claimed == 1)
}

/// Returns when a message of a user was passed on last.
pub(crate) fn find_relay_time(conn: &mut AnyConnection, id: TelegramId) -> Result<Option<DateTime<Utc>>> {
    let found: Option<Option<chrono::NaiveDateTime>> = on_each!(conn, |c| users::table
        .filter(users::telegram_id.eq(id.0))
        .select(users::relayed_at)
        .get_result(c)
        .optional())?;
    Ok(found.flatten().map(time::from_stored))
}

pub(crate) fn update_muted_notices(
    conn: &mut AnyConnection,
    id: TelegramId,
    muted: &MutedNotices,
) -> Result<()> {
    on_each!(conn, |c| diesel::update(users::table.filter(users::telegram_id.eq(id.0)))
        .set(users::muted_notices.eq(muted.to_string()))
        .execute(c))?;
    Ok(())
}

pub(crate) fn update_user_locale(conn: &mut AnyConnection, id: TelegramId, locale: Locale) -> Result<()> {
    on_each!(conn, |c| diesel::update(users::table.filter(users::telegram_id.eq(id.0)))
        .set(users::locale.eq(locale.as_str()))
        .execute(c))?;
    Ok(())
}
