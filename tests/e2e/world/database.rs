//! The database of a test: a file, or a database of its own on the PostgreSQL server.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, PoisonError};

use botctl::testing::db::{self, AnyConnection};
use diesel::RunQueryDsl;

use super::{Backend, World};

/// The server on which tests make databases of their own.
static POSTGRES: LazyLock<Result<String, String>> = LazyLock::new(|| {
    let given = std::env::var("TEST_POSTGRES_URL");
    let url = given.unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
    let opened = db::open_connection(&url.parse().expect("TEST_POSTGRES_URL is an address"));
    opened.map(|_| url).map_err(|error| error.to_string())
});

/// Tells whether there is a PostgreSQL server. Without one the test is skipped, loudly; where `CI` is set it fails.
pub fn has_postgres() -> bool {
    let Err(why) = &*POSTGRES else { return true };
    assert!(std::env::var_os("CI").is_none(), "no PostgreSQL to test on: {why}");
    // Past the capture of the test harness: a skipped test must be seen.
    let name = std::thread::current().name().unwrap_or_default().to_owned();
    let _written = writeln!(std::io::stderr(), "SKIPPED {name}: no PostgreSQL to test on ({why})");
    false
}

/// A database that goes with the test.
#[derive(Debug)]
pub enum TestDatabase {
    Sqlite(PathBuf),
    Postgres { server: String, name: String },
}

impl TestDatabase {
    pub fn new(backend: Backend, folder: &Path) -> Self {
        match backend {
            Backend::Sqlite => Self::Sqlite(folder.join("bot.db")),
            Backend::Postgres => {
                let server = POSTGRES.clone().expect("asked before");
                let name = format!("botctl_test_{:016x}", rand::random::<u64>());
                on_server(&server, &format!("CREATE DATABASE {name} TEMPLATE template0"));
                Self::Postgres { server, name }
            }
        }
    }

    /// What `DATABASE_URL` is set to.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(path) => path.display().to_string(),
            Self::Postgres { server, name } => {
                let mut url = url::Url::parse(server).unwrap();
                url.set_path(name);
                url.to_string()
            }
        }
    }

    /// A connection that may write.
    pub fn open(&self) -> AnyConnection {
        let mut conn = db::open_connection(&self.url().parse().unwrap()).unwrap();
        db::allow_writing(&mut conn).unwrap();
        conn
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Self::Postgres { server, name } = self {
            on_server(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

pub fn on_server(server: &str, statement: &str) {
    let mut conn = db::open_connection(&server.parse().unwrap()).unwrap();
    execute(&mut conn, statement);
}

/// Runs a statement that has nothing to return.
pub fn execute(conn: &mut AnyConnection, statement: &str) {
    let query = diesel::sql_query(statement);
    let done = match conn {
        AnyConnection::Sqlite(c) => query.execute(c),
        AnyConnection::Pg(c) => query.execute(c),
    };
    done.unwrap_or_else(|error| panic!("{statement}: {error}"));
}

impl World {
    /// Looks into the database, or changes it behind the bot's back.
    pub fn db<T>(&self, job: impl FnOnce(&mut AnyConnection) -> T) -> T {
        let mut conn = self.conn.lock().unwrap_or_else(PoisonError::into_inner);
        job(conn.get_or_insert_with(|| self.store.open()))
    }

    /// Closes the connection of [`World::db`], for commands that need the file to themselves.
    pub fn close_db(&self) {
        *self.conn.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
