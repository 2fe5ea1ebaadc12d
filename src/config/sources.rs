//! Where values come from: flags, the environment, the env file, in this order of precedence.
//!
//! Only gathers texts and remembers their origin; what they mean is decided by the concerns.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::Path;

use super::env_file::EnvFile;
use super::problem::{Origin, Problem, ProblemKind, Problems};
use super::variables::{self, PROXY_VARIABLES};

/// The env file that is read when none is named.
pub(crate) const DEFAULT_ENV_FILE: &str = ".env";

/// Everything from which the configuration is read. Its `Debug` shows names, never values.
#[derive(Clone, Default)]
pub struct Sources {
    flags: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
    env_file: Option<EnvFile>,
    env_file_is_named: bool,
    problems: Vec<Problem>,
}

/// A value as it was found, with its origin.
#[derive(Clone, Eq, PartialEq)]
pub struct FoundValue<'a> {
    /// The text, trimmed.
    pub text: &'a str,
    /// Where it was found.
    pub origin: Origin,
}

impl Sources {
    /// Reads the environment of the process and the env file.
    ///
    /// A file that is named must be there; without a name, `.env` in the working directory is read
    /// if it is there. `flags` maps variables to what was given on the command line:
    /// `("DATABASE_URL", "bot.db")`.
    ///
    /// # Errors
    /// When the env file cannot be read at all. Single bad lines are reported together with
    /// everything else, by the loading of a configuration.
    pub fn gather<K: Into<String>, V: Into<String>>(
        env_file: Option<&Path>,
        flags: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, Problems> {
        Self::gather_with(env_file, flags, std::env::vars_os())
    }

    /// The same with another environment than that of the process.
    pub fn gather_with<K: Into<String>, V: Into<String>>(
        env_file: Option<&Path>,
        flags: impl IntoIterator<Item = (K, V)>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, Problems> {
        let flags = flags.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        let (environment, problems) = utf8_variables(environment);
        let path = env_file.unwrap_or(Path::new(DEFAULT_ENV_FILE));
        let env_file_is_named = env_file.is_some();
        let env_file = match std::fs::read(path) {
            Ok(content) => Some(EnvFile::parse(path, &content, &environment)),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !env_file_is_named => None,
            Err(error) => {
                return Err(Problems::from(vec![unreadable_file(path, env_file_is_named, &error)]));
            }
        };
        Ok(Self { flags, environment, env_file, env_file_is_named, problems })
    }

    /// The same of flags and the environment alone, for going on although the env file cannot be read.
    #[must_use]
    pub fn without_env_file<K: Into<String>, V: Into<String>>(
        flags: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let flags = flags.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        let (environment, problems) = utf8_variables(std::env::vars_os());
        Self { flags, environment, problems, ..Self::default() }
    }

    /// The value of a variable by precedence, or `None` when it is not set. An empty value is a
    /// value: it hides those of lower precedence.
    pub fn get(&self, name: &str) -> Option<FoundValue<'_>> {
        if let Some(text) = self.flags.get(name) {
            let flag = format!("--{}", name.to_lowercase().replace('_', "-"));
            return Some(FoundValue { text: text.trim(), origin: Origin::Flag(flag) });
        }
        if let Some(text) = self.environment.get(name) {
            return Some(FoundValue { text: text.trim(), origin: Origin::Environment });
        }
        let file = self.env_file.as_ref()?;
        let entry = file.get(name)?;
        Some(FoundValue { text: entry.value.trim(), origin: file.origin(entry.line) })
    }

    /// The env file that was read.
    pub fn env_file(&self) -> Option<&EnvFile> {
        self.env_file.as_ref()
    }

    /// The same without an env file that was found in the working directory and not named.
    #[must_use]
    pub fn without_unnamed_env_file(&self) -> Self {
        let mut named = self.clone();
        if !named.env_file_is_named {
            named.env_file = None;
        }
        named
    }

    /// What the sources themselves have wrong: lines that cannot be read, values that are no text.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().chain(self.env_file.iter().flat_map(EnvFile::problems))
    }

    #[cfg(test)]
    pub(super) fn pretend_env_file_was_found(&mut self) {
        self.env_file_is_named = false;
    }

    pub(super) fn environment_names(&self) -> impl Iterator<Item = &str> {
        let is_proxy = |name: &&str| PROXY_VARIABLES.iter().any(|proxy| proxy.eq_ignore_ascii_case(name));
        self.environment.keys().map(String::as_str).filter(move |name| !is_proxy(name))
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file_names =
            |file: &EnvFile| file.entries().iter().map(|entry| entry.name.clone()).collect::<Vec<_>>();
        f.debug_struct("Sources")
            .field("flags", &self.flags.keys())
            .field(
                "environment",
                &self
                    .environment_names()
                    .filter(|name| variables::find_variable(name).is_some())
                    .collect::<Vec<_>>(),
            )
            .field("env_file", &self.env_file.as_ref().map(file_names))
            .finish_non_exhaustive()
    }
}

/// Keeps what is text; a variable of ours that is not becomes a problem.
fn utf8_variables(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> (BTreeMap<String, String>, Vec<Problem>) {
    let mut texts = BTreeMap::new();
    let mut problems = Vec::new();
    for (name, value) in environment {
        let Ok(name) = name.into_string() else {
            continue;
        };
        match value.into_string() {
            Ok(value) => {
                texts.insert(name, value);
            }
            Err(_) if variables::find_variable(&name).is_some() => problems.push(Problem {
                variable: name,
                origin: Origin::Environment,
                kind: ProblemKind::Wrong,
                message: "the value is not UTF-8 text".to_owned(),
                hint: "set it again as UTF-8 text".to_owned(),
            }),
            Err(_) => {}
        }
    }
    unify_proxy_names(&mut texts);
    (texts, problems)
}

/// Adds the upper-case names of proxy variables that are spelt in another case.
fn unify_proxy_names(environment: &mut BTreeMap<String, String>) {
    for name in PROXY_VARIABLES {
        let is_other =
            |(other, value): &(&String, &String)| other.eq_ignore_ascii_case(name) && !value.is_empty();
        if environment.get(name).is_none_or(String::is_empty)
            && let Some((_, value)) = environment.iter().find(is_other)
        {
            let value = value.clone();
            environment.insert(name.to_owned(), value);
        }
    }
}

fn unreadable_file(path: &Path, is_named: bool, error: &io::Error) -> Problem {
    let (kind, hint) = match error.kind() {
        io::ErrorKind::NotFound => (ProblemKind::Missing, "check the path given with --env-file"),
        io::ErrorKind::PermissionDenied => (ProblemKind::Wrong, "let this user read the file"),
        _ => (ProblemKind::Wrong, "name a readable file with --env-file"),
    };
    Problem {
        variable: String::new(),
        origin: if is_named {
            Origin::Flag(format!("--env-file {}", path.display()))
        } else {
            Origin::EnvFile { path: path.to_owned(), line: 1 }
        },
        kind,
        message: format!("the env file cannot be read: {error}"),
        hint: hint.to_owned(),
    }
}
