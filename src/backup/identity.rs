//! Which database a backup is of. The manifest names it by where it was, but one database has several names.
//!
//! A backup of SQLite is of the file that its manifest leads to, by whatever links. Where it leads to nothing, it is of a
//! file of the same name: the folder was moved, or the path was relative to another one. A backup of PostgreSQL is of the
//! database of that name on that server and port, with any role; all names of this machine count as one.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use super::list::ListedBackup;
use super::manifest::{BackupManifest, DatabaseKind};
use crate::config::database::DatabaseUrl;
use crate::db::connection;

/// Returns the newest good backup of this database and its age. One dated in the future does not count.
pub(crate) fn newest_good<'a>(
    all: &'a [ListedBackup],
    database: &DatabaseUrl,
    now: DateTime<Utc>,
) -> Option<(TimeDelta, &'a ListedBackup)> {
    let of_this = |listed: &&ListedBackup| {
        // One without tables is of an emptied database.
        let is_of_this =
            |manifest: &BackupManifest| !manifest.rows.is_empty() && is_backup_of(manifest, database);
        listed.is_good() && listed.manifest.as_ref().is_some_and(is_of_this)
    };
    let aged = all.iter().filter(of_this).filter_map(|listed| Some((listed.age(now)?, listed)));
    aged.min_by_key(|(age, _)| *age)
}

/// Returns the name of a database for a manifest: of a file its real path, which is the same from every folder.
pub(super) fn database_name(database: &DatabaseUrl) -> String {
    match database {
        DatabaseUrl::Sqlite(path) => {
            connection::real_path(path).unwrap_or_else(|_| path.clone()).display().to_string()
        }
        DatabaseUrl::Postgres(_) => database.to_string(),
    }
}

/// Returns whether a backup is of this database, also after one of them has been moved.
pub(crate) fn is_backup_of(manifest: &BackupManifest, database: &DatabaseUrl) -> bool {
    match (manifest.backend, database) {
        (DatabaseKind::Sqlite, DatabaseUrl::Sqlite(path)) => {
            is_same_file(Path::new(&manifest.database), path)
        }
        (DatabaseKind::Postgres, DatabaseUrl::Postgres(_)) => {
            let address = database.to_string();
            manifest.database == address
                || ServerDatabase::parse(&manifest.database)
                    .is_some_and(|place| Some(place) == ServerDatabase::parse(&address))
        }
        _ => false,
    }
}

fn is_same_file(named: &Path, current: &Path) -> bool {
    let number = |facts: Metadata| (facts.dev(), facts.ino());
    match fs::metadata(named) {
        Ok(there) => fs::metadata(current).is_ok_and(|facts| number(facts) == number(there)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            let real = connection::real_path(current);
            named.file_name() == real.as_deref().unwrap_or(current).file_name()
        }
        // This user may not look there, so it is not this database.
        Err(_) => false,
    }
}

/// The parts of a PostgreSQL address that make it another database.
#[derive(Debug, Eq, PartialEq)]
struct ServerDatabase {
    hosts: Vec<(String, String)>,
    name: String,
    /// `service` has the rest in a file, `options` may name another schema.
    others: Vec<String>,
}

impl ServerDatabase {
    /// Parses an address without its password; `None` where more than the password is masked.
    fn parse(address: &str) -> Option<Self> {
        let (_, rest) = address.split_once("://")?;
        let (place, options) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, name) = place.split_once('/').unwrap_or((place, ""));
        let (user, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        if rest == "***" {
            return None;
        }
        let option = |wanted: &str| {
            let all = options.split('&').filter_map(|option| option.split_once('='));
            all.filter(|(name, _)| *name == wanted).map(|(_, value)| value).next_back()
        };
        let user = option("user").unwrap_or_else(|| user.split(':').next().unwrap_or_default());
        // libpq takes the role's name where the database has none.
        let name = option("dbname").unwrap_or(if name.is_empty() { user } else { name });
        let (hosts, port) = (option("host").unwrap_or(hosts), option("port").unwrap_or_default());
        Some(Self {
            hosts: hosts.split(',').map(|host| normalise_host(host, port)).collect(),
            name: name.to_owned(),
            others: ["service", "options"]
                .iter()
                .filter_map(|name| option(name))
                .map(str::to_owned)
                .collect(),
        })
    }
}

fn normalise_host(host: &str, port: &str) -> (String, String) {
    let after_address = host.rfind(']').map_or(0, |end| end + 1);
    let (host, port) = match host.get(after_address..).and_then(|rest| rest.rsplit_once(':')) {
        Some((_, own)) => (host.get(..host.len() - own.len() - 1).unwrap_or(host), own),
        None => (host, port),
    };
    let host = host.to_lowercase();
    let is_here = matches!(host.as_str(), "" | "localhost" | "127.0.0.1" | "::1" | "[::1]")
        || host.starts_with('/')
        || host.starts_with("%2f");
    let port = if port.is_empty() { "5432" } else { port };
    (if is_here { String::new() } else { host }, port.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn links_and_moved_folders_lead_to_the_same_database() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("now")).unwrap();
        fs::write(at("now/bot.db"), "").unwrap();
        fs::write(at("now/trial.db"), "").unwrap();
        std::os::unix::fs::symlink(at("now"), at("link")).unwrap();
        std::os::unix::fs::symlink("bot.db", at("now/current.db")).unwrap();
        let ours = at("now/bot.db");
        for same in [at("now/bot.db"), at("link/bot.db"), at("now/../now/current.db")] {
            assert!(is_same_file(&same, &ours), "{}", same.display());
            assert!(is_same_file(&ours, &same), "{}", same.display());
        }
        // Moved since, or a relative path seen from elsewhere.
        assert!(is_same_file(&at("before/bot.db"), &ours) && is_same_file(Path::new("bot.db"), &ours));
        assert!(is_same_file(&at("now/bot.db/bot.db"), &ours));
        assert!(is_same_file(&at("before/bot.db"), &at("now/current.db")));
        for other in [at("now/trial.db"), at("before/trial.db"), at("now")] {
            assert!(!is_same_file(&other, &ours), "{}", other.display());
        }
        // A database that is lost has its backups all the same.
        assert!(is_same_file(&at("gone/bot.db"), &at("gone/bot.db")));
        let named = |path: &str| database_name(&DatabaseUrl::Sqlite(at(path)));
        assert_eq!(named("link/current.db"), named("now/bot.db"));
    }

    #[test]
    fn spellings_of_one_server_are_the_same_database() {
        let is_same = |a: &str, b: &str| {
            let known = |text: &str| ServerDatabase::parse(text).expect("an address");
            known(a) == known(b)
        };
        for same in [
            "postgresql://bot:***@db/bot",
            "postgresql://other@DB:5432/bot?sslmode=require",
            "postgresql://db/bot?user=someone",
            "postgresql:///bot?host=db&port=5432",
            "postgresql://bot@db",
        ] {
            assert!(is_same("postgresql://bot:***@db:5432/bot", same), "{same}");
        }
        for same in ["localhost", "127.0.0.1", "[::1]", "[::1]:5432", "%2Frun%2Fpostgresql", ""] {
            assert!(is_same("postgresql://localhost/bot", &format!("postgresql://{same}/bot")), "{same}");
        }
        for other in [
            "postgresql://db:5433/bot",
            "postgresql://db/trial",
            "postgresql://db2/bot",
            "postgresql://localhost/bot",
            "postgresql://db,db2/bot",
            "postgresql://db/bot?options=-csearch_path%3Dtrial",
        ] {
            assert!(!is_same("postgresql://db/bot", other), "{other}");
        }
        // What is masked altogether is the same only as itself.
        assert_eq!(ServerDatabase::parse("postgresql://***"), None);
    }
}
