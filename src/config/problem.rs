//! Problems of the configuration and how they are listed: all at once, each with its variable, origin, message and hint.

use std::fmt;
use std::path::PathBuf;

use thiserror::Error;

/// Where a value came from.
#[derive(Clone, Debug, Eq, PartialEq, Hash)]
pub enum Origin {
    /// A flag on the command line, as it is typed: `--database-url`.
    Flag(String),
    /// The environment of the process.
    Environment,
    /// A line of the env file.
    EnvFile {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
    /// It is not set.
    Default,
}

impl Origin {
    /// Whether a value from here counts rather than one from there, also when two variables name one thing.
    pub fn takes_precedence_over(&self, other: &Self) -> bool {
        self.rank() > other.rank()
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Flag(_) => 3,
            Self::Environment => 2,
            Self::EnvFile { .. } => 1,
            Self::Default => 0,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "flag {flag}"),
            Self::Environment => f.write_str("environment"),
            Self::EnvFile { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// Whether something is absent or present and wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum ProblemKind {
    /// A value is required and not set.
    Missing,
    /// The value is malformed.
    Wrong,
}

/// One problem. `message` and `hint` never quote a secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// The variable; empty when the env file itself is the problem.
    pub variable: String,
    /// Where it is set.
    pub origin: Origin,
    /// Missing or wrong.
    pub kind: ProblemKind,
    /// A sentence without a full stop.
    pub message: String,
    /// A sentence without a full stop.
    pub hint: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.variable.as_str(), self.kind) {
            ("", _) => write!(f, "{}", self.origin)?,
            (variable, ProblemKind::Missing) => write!(f, "{variable}")?,
            (variable, ProblemKind::Wrong) => write!(f, "{variable} ({})", self.origin)?,
        }
        write!(f, ": {}", self.message)
    }
}

/// What is wrong with a value, and a hint; both are sentences without a full stop.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ValueError {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl ValueError {
    /// An error with its hint.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }
}

/// Every problem that was found.
#[derive(Clone, Debug, Default, Eq, PartialEq, Error)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }

    /// Whether everything that is set is right and only required values are missing, which has an exit code of its own.
    pub fn only_missing(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|problem| problem.kind == ProblemKind::Missing)
    }
}

impl From<Vec<Problem>> for Problems {
    fn from(problems: Vec<Problem>) -> Self {
        Self(problems)
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// A numbered listing, the hint under each problem.
impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        write!(f, "{count} problem{} in the configuration:", if count == 1 { "" } else { "s" })?;
        for (n, problem) in self.0.iter().enumerate() {
            write!(f, "\n  {}. {problem}\n     hint: {}", n + 1, problem.hint)?;
        }
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum WarningKind {
    /// The name is one letter or two away from a known one.
    Misspelt,
    /// Two values are set and only one counts.
    Ambiguous,
    /// The value can be read, but hardly means what it says.
    Doubtful,
}

/// Something that works but is probably not what was meant. Holds no secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Warning {
    /// Misspelt, ambiguous or doubtful.
    pub kind: WarningKind,
    /// The variable as it is written.
    pub variable: String,
    /// Where it is set.
    pub origin: Origin,
    /// What looks wrong.
    pub message: String,
    /// What was probably meant.
    pub hint: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}; {}", self.variable, self.origin, self.message, self.hint)
    }
}
