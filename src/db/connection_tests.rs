#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use diesel::prelude::*;
use diesel::sql_types::Text;
use r2d2::ManageConnection;

use super::*;
use crate::config::SecretUrl;
use crate::db::pool::ConnectionManager;

/// Nothing listens on this port.
const NOWHERE: &str = "127.0.0.1:1/x";

#[test]
fn no_error_repeats_a_piece_of_the_password() {
    for password in [
        "hunter%zz2",
        "hun@ter2",
        "hun/ter2",
        "hun:ter2",
        "hun?ter2",
        "hun#ter2",
        "hun%40ter2",
        "hun ter2",
        "hun%00ter2",
        "hun[ter2",
        "hun,ter2",
        "hun&ter2=1",
        "hunter2",
    ] {
        for address in [
            format!("postgresql://bot:{password}@{NOWHERE}"),
            format!("postgresql://bot:{password}@[::1/x"),
            // Without a host. (bot:hun@ter2 would be a right address of the host ter2.)
            format!("postgresql://bot:{}", password.replace('@', "")),
            format!("postgresql://{NOWHERE}?password={password}"),
            format!("postgresql://{NOWHERE}?user=bot&sslpassword={password}&sslmode=x"),
        ] {
            // As if the configuration had let it pass.
            let url = DatabaseUrl::Postgres(SecretUrl::new(address));
            let Err(error) = open_connection(&url) else { panic!("{password} opened a connection") };
            let manager = ConnectionManager::new(url.clone());
            let Err(of_pool) = manager.connect() else { panic!("{password} opened a connection") };
            let all = format!("{error} {error:?} {of_pool} {of_pool:?} {url} {url:?} {manager:?}");
            for piece in ["hun", "ter2", "nter"] {
                assert!(!all.contains(piece), "{password}: {all}");
            }
        }
    }
}

#[test]
fn what_went_wrong_is_still_said() {
    let url = format!("postgres://bot:made-up@{NOWHERE}").parse().unwrap();
    let Err(error) = open_connection(&url) else { panic!("opened a connection") };
    let error = error.to_string();
    assert!(error.contains("postgresql://bot:***@127.0.0.1:1/x") && error.contains("refused"), "{error}");
}

#[test]
fn what_the_server_does_not_know_is_said_also_where_its_name_is_the_password() {
    let failed = "connection to server at \"127.0.0.1\", port 5432 failed: FATAL:  ";
    let said = |what: &str| known_reason(&format!("{failed}{what} \"bot\" does not exist"));
    assert_eq!((said("role"), said("database")), ("the role does not exist", "the database does not exist"));
}

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    value: String,
}

const BOUNDS: [&str; 3] = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"];

fn settings<const N: usize>(conn: &mut AnyConnection, names: [&str; N]) -> Vec<String> {
    let AnyConnection::Pg(conn) = conn else { panic!("not PostgreSQL") };
    let value = |name| {
        let query = diesel::sql_query(format!("SELECT current_setting('{name}') AS value"));
        query.get_result::<Setting>(conn).unwrap().value
    };
    names.map(value).to_vec()
}

/// A server to test on, and a connection to it.
fn server() -> Option<(url::Url, AnyConnection)> {
    let given = std::env::var("TEST_POSTGRES_URL");
    let url = given.unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
    match open_connection(&url.parse().unwrap()) {
        Ok(conn) => Some((url.parse().unwrap(), conn)),
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "no PostgreSQL to test on: {error}");
            eprintln!("SKIPPED: no PostgreSQL to test on ({error})");
            None
        }
    }
}

#[test]
fn only_the_pools_connections_have_bounds() {
    let Some((url, mut alone)) = server() else { return };
    let mut pooled = ConnectionManager::new(url.as_str().parse().unwrap()).connect().unwrap();
    assert_eq!(settings(&mut pooled, BOUNDS), ["1min", "15s", "1min"]);
    assert_ne!(settings(&mut alone, BOUNDS)[0], "1min");
}

#[test]
fn a_server_speaks_english_to_whoever_may_choose_and_opens_for_the_others() {
    let Some((mut url, mut conn)) = server() else { return };
    let statement = |conn: &mut AnyConnection, text: &str| on_each!(conn, |c| c.batch_execute(text)).unwrap();
    // Another name of the same language, so that nothing need be installed for it.
    url.set_query(Some("options=-c%20lc_messages%3DPOSIX"));
    let mut foreign = open_connection(&url.as_str().parse().unwrap()).unwrap();
    assert_eq!(settings(&mut foreign, ["lc_messages"]), ["C"]);
    let role = format!("botctl_test_{:016x}", rand::random::<u64>());
    statement(
        &mut conn,
        &format!("CREATE ROLE {role} LOGIN PASSWORD 'made-up'; ALTER ROLE {role} SET lc_messages = 'POSIX'"),
    );
    url.set_query(None);
    url.set_username(&role).unwrap();
    url.set_password(Some("made-up")).unwrap();
    let opened =
        open_connection(&url.as_str().parse().unwrap()).map(|mut conn| settings(&mut conn, ["lc_messages"]));
    statement(&mut conn, &format!("DROP ROLE {role}"));
    assert_eq!(opened.unwrap(), ["POSIX"]);
}
