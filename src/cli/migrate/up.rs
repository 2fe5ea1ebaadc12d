//! `botctl migrate up`.

use std::time::Duration;

use clap::Args;

use super::super::Common;
use super::super::exit::{Code, Failure};
use crate::config::database::DatabaseUrl;
use crate::db::migrate::{self, State};
use crate::db::{connection, lock};

/// Apply the migrations that are pending; make the SQLite file if there is none.
#[derive(Args, Debug)]
pub(super) struct Up {}

impl Up {
    #[allow(clippy::unused_self, reason = "every command has the same shape")]
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let url = super::database(common)?;
        let applied = bring_up(&url)?;
        for version in &applied {
            common.output().line(format!("applied {version}"))?;
        }
        if applied.is_empty() {
            common.output().line("nothing to do, the schema is current")?;
        }
        Ok(())
    }
}

/// How long another run that changes the schema is waited for.
const LOCK_PATIENCE: Duration = Duration::from_mins(1);

/// Creates the database if there is none and applies what is pending, while no other run does.
pub(in super::super) fn bring_up(url: &DatabaseUrl) -> Result<Vec<String>, Failure> {
    let _lock = lock::for_migrating(url, LOCK_PATIENCE)?;
    if let DatabaseUrl::Sqlite(path) = url
        && !path.exists()
    {
        connection::prepare_sqlite_file(path)?;
    }
    let mut conn = connection::open(url)?;
    match migrate::state(&mut conn)? {
        State::Current => Ok(Vec::new()),
        State::Empty | State::Pending(_) => {
            if let DatabaseUrl::Sqlite(path) = url {
                connection::prepare_sqlite_file(path)?;
            }
            Ok(migrate::up(&mut conn)?)
        }
        other => Err(refuse(url, &other)),
    }
}

/// Why a database is not one that this program can serve.
pub(in super::super) fn refuse(url: &DatabaseUrl, state: &State) -> Failure {
    let listed = |entries: &[migrate::Entry]| {
        entries.iter().map(|entry| entry.version.clone()).collect::<Vec<_>>().join(", ")
    };
    match state {
        State::Newer(unknown) => Failure::new(
            Code::Refused,
            format!("{url} was used by a newer botctl: it has migrations that this one does not know ({})", listed(unknown)),
        )
        .cure("use that newer botctl; nothing was changed"),
        State::OldBot => Failure::new(Code::Refused, format!("{url} is a database of the old Python bot"))
            .cure("keep the file as it is: taking it over is the work of `botctl migrate adopt`, which comes with a later version; \
                   name another database with --database-url to start afresh. Nothing was changed"),
        State::Foreign => Failure::new(Code::Refused, format!("{url} holds tables of some other program"))
            .cure("name another database with --database-url; nothing was changed"),
        State::Pending(pending) => Failure::new(
            Code::Refused,
            format!("the schema of {url} is behind this botctl: pending {}", listed(pending)),
        )
        .cure("run `botctl migrate up`, or `botctl serve --migrate`"),
        State::Empty | State::Current => Failure::new(Code::Refused, format!("{url} has no schema yet"))
            .cure("run `botctl migrate up`"),
    }
}
