//! Databases with the current schema for unit tests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Write;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

use super::apply_pending;
use crate::config::database::DatabaseUrl;
use crate::db::{AnyConnection, connection};

/// A PostgreSQL database of a test's own, dropped with this value.
pub(crate) struct ScratchDatabase {
    server: String,
    name: String,
}

impl ScratchDatabase {
    /// `None` when there is no server to test on, which is said loudly; where `CI` is set the test fails.
    pub(crate) fn create() -> Option<Self> {
        let server = std::env::var("TEST_POSTGRES_URL")
            .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
        let mut conn = match PgConnection::establish(&server) {
            Ok(conn) => conn,
            Err(why) => {
                assert!(std::env::var_os("CI").is_none(), "no PostgreSQL to test on: {why}");
                let _written = writeln!(std::io::stderr(), "SKIPPED: no PostgreSQL to test on ({why})");
                return None;
            }
        };
        let name = format!("botctl_unit_{:016x}", rand::random::<u64>());
        conn.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0")).unwrap();
        let scratch = Self { server, name };
        apply_pending(&mut scratch.open()).unwrap();
        Some(scratch)
    }

    pub(crate) fn url(&self) -> DatabaseUrl {
        let mut url = url::Url::parse(&self.server).unwrap();
        url.set_path(&self.name);
        url.as_str().parse().unwrap()
    }

    pub(crate) fn open(&self) -> AnyConnection {
        let mut conn = connection::open_connection(&self.url()).unwrap();
        connection::allow_writing(&mut conn).unwrap();
        conn
    }
}

impl Drop for ScratchDatabase {
    fn drop(&mut self) {
        let mut conn = PgConnection::establish(&self.server).unwrap();
        conn.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)).unwrap();
    }
}
