//! `botctl --version`, with `--verbose` also what the binary is made of.

use serde::Serialize;

use super::error::CommandError;
use super::output::Output;
use crate::migrate::{Dialect, MigrationSet};

/// The commit from which a release was built; debug builds have none.
const COMMIT: Option<&str> = option_env!("BOTCTL_COMMIT");

/// The cargo features that change what the program can do.
const FEATURES: &[&str] = if cfg!(feature = "postgres-tls") { &["postgres-tls"] } else { &[] };

/// The JSON document of `--version`.
#[derive(Serialize)]
struct VersionDocument {
    version: &'static str,
    commit: Option<&'static str>,
    features: &'static [&'static str],
    sqlite: String,
    /// The newest migration.
    schema: Option<&'static str>,
}

pub(super) fn print_version(output: Output, is_verbose: bool) -> Result<(), CommandError> {
    let migrations = MigrationSet::built_in(Dialect::Sqlite).all();
    let document = VersionDocument {
        version: env!("CARGO_PKG_VERSION"),
        commit: COMMIT,
        features: FEATURES,
        sqlite: libsqlite3_sys::SQLITE_VERSION.to_string_lossy().into_owned(),
        schema: migrations.last().map(|migration| migration.version.as_str()),
    };
    output.print_result(&document, || {
        let mut lines = vec![format!("botctl {}", document.version)];
        let features = if FEATURES.is_empty() { "none".to_owned() } else { FEATURES.join(", ") };
        if is_verbose {
            lines.push(format!("commit: {}", document.commit.unwrap_or("unknown")));
            lines.push(format!("features: {features}"));
            lines.push(format!("SQLite: {}", document.sqlite));
            lines.push(format!("schema: {}", document.schema.unwrap_or("none")));
        } else {
            lines.extend(document.commit.map(|commit| format!("commit: {commit}")));
            lines.extend((!FEATURES.is_empty()).then(|| format!("features: {features}")));
        }
        lines.join("\n")
    })
}
