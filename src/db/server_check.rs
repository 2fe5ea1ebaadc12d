//! Whether a PostgreSQL server that answers can hold the bot's data. What is wrong with it would otherwise show late: as half a
//! migration, lost letters, or locks that do not lock.

use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer, Text};

use super::error::{Error, Result, ServerProblem};

/// How often the sessions of two connections are compared, in case other clients of the pooler come in between.
const ROUNDS: usize = 3;

/// Refuses a server that cannot be written, or only with loss of letters.
pub(super) fn require_usable_server(conn: &mut PgConnection) -> Result<()> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        encoding: String,
        #[diesel(sql_type = Bool)]
        is_standby: bool,
        #[diesel(sql_type = Bool)]
        is_read_only: bool,
        #[diesel(sql_type = Text)]
        role: String,
        #[diesel(sql_type = Text)]
        database: String,
    }
    let query = "SELECT current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS is_standby,
            current_setting('default_transaction_read_only')::boolean AS is_read_only,
            current_user::text AS role, current_database()::text AS database";
    let row: Row = diesel::sql_query(query).get_result(conn)?;
    let Row { role, database, .. } = row;
    let problem = match row.encoding.as_str() {
        "UTF8" if row.is_standby => ServerProblem::Standby,
        "UTF8" if row.is_read_only => ServerProblem::ReadOnly { role, database },
        "UTF8" => return Ok(()),
        _ => ServerProblem::Encoding(row.encoding),
    };
    Err(Error::Server(problem))
}

/// Refuses a pooler that lends sessions for single transactions (`PgBouncer`: `pool_mode`): there two connections without a
/// transaction share a session, or one connection changes its session.
pub(super) fn require_own_session(one: &mut PgConnection, other: &mut PgConnection) -> Result<()> {
    let own = session_id(one)?;
    for _ in 0..ROUNDS {
        if session_id(other)? == own || session_id(one)? != own {
            return Err(Error::Server(ServerProblem::TransactionPooler));
        }
    }
    Ok(())
}

fn session_id(conn: &mut PgConnection) -> Result<i32> {
    Ok(diesel::select(diesel::dsl::sql::<Integer>("pg_backend_pid()")).get_result(conn)?)
}
