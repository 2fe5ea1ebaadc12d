//! What is set but probably not what was meant: misspelt names, a name given twice, two names for
//! one thing, ids that are hardly those of people.
//!
//! Warnings only; nothing here stops anything.

use std::collections::BTreeMap;

use super::database;
use super::edit_distance::edit_distance;
use super::problem::{Origin, Warning, WarningKind};
use super::roles;
use super::sources::Sources;
use super::variables;

impl Sources {
    /// Variables that are probably misspelt, given twice or in each other's way; those of the env file in the order of its
    /// lines.
    pub fn typos(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if let Some(file) = self.env_file() {
            let mut lines: BTreeMap<&str, usize> = BTreeMap::new();
            for entry in file.entries() {
                let origin = file.origin(entry.line);
                if let Some(meant) = similar_variable(&entry.name, false) {
                    warnings.push(misspelt_warning(&entry.name, origin.clone(), meant));
                }
                if let Some(earlier) = lines.insert(&entry.name, entry.line) {
                    warnings.push(Warning {
                        kind: WarningKind::Ambiguous,
                        variable: entry.name.clone(),
                        origin,
                        message: format!("already set on line {earlier}"),
                        hint: "this later line counts; remove one of the two".to_owned(),
                    });
                }
            }
        }
        for name in self.environment_names() {
            if let Some(meant) = similar_variable(name, true) {
                warnings.push(misspelt_warning(name, Origin::Environment, meant));
            }
        }
        warnings.extend(database::database_warnings(self));
        warnings.extend(roles::id_warnings(self));
        warnings
    }

    /// Names in the env file that are neither known nor near a known one, with where they stand: probably meant for another
    /// program.
    pub fn unknown_variables(&self) -> Vec<(String, Origin)> {
        let Some(file) = self.env_file() else { return Vec::new() };
        let is_unknown =
            |name: &str| variables::find_variable(name).is_none() && similar_variable(name, false).is_none();
        let unknown = file.entries().iter().filter(|entry| is_unknown(&entry.name));
        unknown.map(|entry| (entry.name.clone(), file.origin(entry.line))).collect()
    }
}

fn misspelt_warning(name: &str, origin: Origin, meant: &str) -> Warning {
    Warning {
        kind: WarningKind::Misspelt,
        variable: name.to_owned(),
        origin,
        message: "unknown variable".to_owned(),
        hint: format!("did you mean {meant}?"),
    }
}

/// A name of this length, or with a first word of that length, is no other program's with one letter changed.
const UNMISTAKABLE: usize = 10;
const UNMISTAKABLE_WORD: usize = 5;

/// The known name that an unknown one resembles. An environment is full of other programs'
/// variables, so there the first word must be one of ours, or the name (or that word) a long one with a single mistake.
fn similar_variable(name: &str, is_among_others: bool) -> Option<&'static str> {
    if variables::find_variable(name).is_some() {
        return None;
    }
    let upper = name.to_uppercase();
    let prefix = |name: &str| name.split('_').next().map(str::to_owned);
    let candidates = variables::all_variables().map(|variable| variable.name);
    let allowed = |candidate: &str| match candidate.len() {
        length if is_among_others && prefix(candidate) != prefix(&upper) => {
            let word = prefix(candidate).map_or(0, |word| word.len());
            usize::from(length >= UNMISTAKABLE || word >= UNMISTAKABLE_WORD)
        }
        ..8 => 1,
        _ => 2,
    };
    candidates
        .map(|candidate| (edit_distance(&upper, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= allowed(candidate))
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typos_are_recognized_and_other_names_left_alone() {
        assert_eq!(similar_variable("ADMIN_ID", false), Some("ADMIN_IDS"));
        assert_eq!(similar_variable("bot_token", true), Some("BOT_TOKEN"));
        assert_eq!(similar_variable("DATABASE_URI", true), Some("DATABASE_URL"));
        assert_eq!(similar_variable("DATABASE_URL", false), None);
        assert_eq!(similar_variable("BOX_LOCALE", false), Some("BOT_LOCALE"));
        assert_eq!(similar_variable("BOX_LOCALE", true), Some("BOT_LOCALE"));
        assert_eq!(similar_variable("DATABSE_PATH", true), Some("DATABASE_PATH"));
        assert_eq!(similar_variable("DATABASEURL", true), Some("DATABASE_URL"));
        assert_eq!(similar_variable("ADMINS_IDS", true), Some("ADMIN_IDS"));
        assert_eq!(similar_variable("ADMINIDS", true), Some("ADMIN_IDS"));
        assert_eq!(similar_variable("REDDIS_URL", true), Some("REDIS_URL"));
        assert_eq!(similar_variable("BOX_TOKEN", true), None);
        assert_eq!(similar_variable("BOX_LOCALES", true), None);
        for stranger in ["PATH", "HOME", "LANG", "POSTGRES_PASSWORD", "TELEGRAM_API_HASH", "LOG_COLOR"] {
            assert_eq!(similar_variable(stranger, false), None, "{stranger}");
        }
        for stranger in [
            "LOG_DIRECTORY",
            "DATABASE_NAME",
            "DATABASE_HOST",
            "DATABASE_PORT",
            "DATABASE_USER",
            "REDIS_HOST",
            "HOME",
            "PATH",
            "LANG",
            "LC_TIME",
            "TZ",
            "USER",
            "SHELL",
            "TERM",
            "EDITOR",
            "HOSTNAME",
            "LOGNAME",
            "MAIL",
            "PWD",
            "DEBUG",
            "NODE_ENV",
            "LANGUAGE",
            "INVOCATION_ID",
            "JOURNAL_STREAM",
            "NOTIFY_SOCKET",
            "LISTEN_FDS",
            "SSH_TTY",
            "XDG_DATA_DIRS",
            "GITHUB_TOKEN",
            "NPM_TOKEN",
            "ROOT_TOKEN",
            "DB_URL",
        ] {
            assert_eq!(similar_variable(stranger, true), None, "{stranger}");
        }
    }
}
