//! The data: whether the database can be read and has this program's schema, and how old the last backup is. Opens for
//! reading only.

use std::path::Path;

use super::super::super::migrate::refuse;
use super::{Finding, State};
use crate::config::database::DatabaseUrl;
use crate::config::{Sources, Survey};
use crate::db::{connection, migrate};

pub(super) fn look(_sources: &Sources, survey: &Survey) -> Vec<Finding> {
    let Some(url) = &survey.database else { return Vec::new() };
    match url {
        DatabaseUrl::Sqlite(path) => sqlite(url, path),
        DatabaseUrl::Postgres(_) => {
            let what = format!("{url} is a server, which only --online asks");
            vec![Finding::new("database", State::Skip, what)]
        }
    }
}

fn sqlite(url: &DatabaseUrl, path: &Path) -> Vec<Finding> {
    // `serve` makes the schema of a new database, and one that cannot be looked at is complained about with its folder.
    if !path.is_file() { Vec::new() } else { vec![schema(url)] }
}

/// Opens the database and looks at its schema.
pub(super) fn schema(url: &DatabaseUrl) -> Finding {
    const NAME: &str = "database";
    let state = connection::open_read_only(url).and_then(|mut conn| migrate::state(&mut conn));
    match state {
        Ok(migrate::State::Current) => {
            Finding::new(NAME, State::Ok, format!("the schema of {url} is current"))
        }
        Ok(migrate::State::Empty) => {
            Finding::new(NAME, State::Ok, format!("{url} is empty; `botctl serve` makes the schema"))
        }
        Ok(other) => {
            let (_, what, cure) = refuse(url, &other).words();
            Finding { cure, ..Finding::new(NAME, State::Wrong, what) }
        }
        Err(error) if error.is_transient() => Finding::new(NAME, State::Away, error.to_string())
            .cure("see that it runs and that its address is right"),
        Err(error) => Finding::new(NAME, State::Wrong, format!("{url}: {error}"))
            .cure("name the right database; restore it from a backup if it is the right one"),
    }
}
