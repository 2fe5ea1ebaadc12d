//! Which database: the forms of its address, the old ones included. Connecting is the database's
//! own business.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

use super::postgres_url::{self, Flaw};
use super::problem::{Origin, Problems, Warning, WarningKind};
use super::reader::{Complaint, Reader, WHOLE_PATH, unexpanded};
use super::secret::{SecretUrl, shown};
use super::sources::Sources;

const URL: &str = "DATABASE_URL";
const PATH: &str = "DATABASE_PATH";

/// Where the data are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum DatabaseUrl {
    /// A `SQLite` file.
    Sqlite(PathBuf),
    /// A `PostgreSQL` server; the address as libpq takes it.
    Postgres(SecretUrl),
}

impl DatabaseUrl {
    /// Whether it is a `SQLite` file.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }
}

/// The path, or the address with its password masked.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

/// Why a text names no database. Quotes no credentials.
#[derive(Clone, Debug, Eq, PartialEq, Error)]
pub enum DatabaseUrlError {
    /// A scheme that is neither `SQLite`'s nor `PostgreSQL`'s.
    #[error("databases of the kind {0} are not supported")]
    Scheme(String),
    /// An address without its scheme. Taken for a path, it would be shown with its password.
    #[error("this looks like an address that does not begin with postgres://")]
    NoScheme,
    /// There is no path.
    #[error("the path of the database is missing")]
    NoPath,
    /// `SQLite` without a file.
    #[error("a database in memory would be lost and cannot be shared by the bot's connections")]
    Memory,
    /// An address in `SQLite`'s own form.
    #[error("an address with file: is not supported")]
    FileUri,
    /// A path that only a shell would understand.
    #[error("{0:?} is not expanded here: {WHOLE_PATH}")]
    Unexpanded(String),
    /// `SQLite` with options.
    #[error("options after ? are not supported for SQLite")]
    Options,
    /// `PostgreSQL` without anything after the scheme.
    #[error("the address names neither a host nor a database")]
    NoHost,
    /// `PostgreSQL` with an address that libpq would not take.
    #[error(transparent)]
    Flawed(#[from] Flaw),
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    /// Understands `postgres://…` and `postgresql://…` with or without a driver
    /// (`postgresql+asyncpg://…`), `sqlite://relative`, `sqlite:///absolute`, and plain paths. With
    /// a driver (`sqlite+aiosqlite://`) the rule is `SQLAlchemy`'s: three slashes start a relative
    /// path, four an absolute one.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let Some((scheme, rest)) = text.split_once("://") else {
            return match text.strip_prefix("sqlite:") {
                Some(path) => sqlite(path),
                None if is_address_like(text) => Err(DatabaseUrlError::NoScheme),
                None => sqlite(text),
            };
        };
        let (kind, driver) =
            scheme.split_once('+').map_or((scheme, None), |(kind, driver)| (kind, Some(driver)));
        match kind.to_ascii_lowercase().as_str() {
            "sqlite" | "sqlite3" => sqlite_url(rest, driver.is_some()),
            "postgres" | "postgresql" if rest.trim_matches('/').is_empty() => Err(DatabaseUrlError::NoHost),
            "postgres" | "postgresql" => {
                postgres_url::check(rest)?;
                Ok(Self::Postgres(SecretUrl::new(format!("postgresql://{rest}"))))
            }
            _ if !is_scheme(scheme) => Err(DatabaseUrlError::NoScheme),
            _ => Err(DatabaseUrlError::Scheme(scheme.to_owned())),
        }
    }
}

/// Whether a scheme can be shown; what merely stands before a `://` may be anything.
fn is_scheme(text: &str) -> bool {
    text.len() <= 20 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+')
}

/// `postgres:…` with too few slashes, libpq's `host=… password=…`, or `user:password@host`. A path that looks like
/// it can still be named as `sqlite://path`.
fn is_address_like(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let has_credentials = || {
        let (_, rest) = text.split_once(':')?;
        // C:\folder is a path.
        Some(!rest.starts_with('\\') && rest.contains('@'))
    };
    lower.starts_with("postgres:")
        || lower.starts_with("postgresql:")
        || lower.starts_with("postgresql+")
        || lower.contains("password=")
        || has_credentials().unwrap_or(false)
}

fn sqlite_url(rest: &str, is_sqlalchemy: bool) -> Result<DatabaseUrl, DatabaseUrlError> {
    if rest.contains('?') {
        return Err(DatabaseUrlError::Options);
    }
    let path = match rest.strip_prefix('/') {
        Some(path) if is_sqlalchemy || path.starts_with('/') || is_bare_file(path) => path,
        _ => rest,
    };
    sqlite(path)
}

/// Nobody keeps a database in the root folder: `sqlite:///bot.db` is how `SQLAlchemy` writes a file
/// in this folder.
fn is_bare_file(path: &str) -> bool {
    !path.contains('/')
}

fn sqlite(path: &str) -> Result<DatabaseUrl, DatabaseUrlError> {
    match path {
        "" | "/" => Err(DatabaseUrlError::NoPath),
        ":memory:" => Err(DatabaseUrlError::Memory),
        // SQLite would take it for an address and open another file than the one whose locks and times are looked at.
        path if path.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("file:")) => {
            Err(DatabaseUrlError::FileUri)
        }
        path => match unexpanded(path) {
            Some(start) => Err(DatabaseUrlError::Unexpanded(start.to_owned())),
            None => Ok(DatabaseUrl::Sqlite(PathBuf::from(path))),
        },
    }
}

/// Which database to use.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DatabaseConfig {
    /// Where the data are.
    pub url: DatabaseUrl,
}

impl DatabaseConfig {
    /// Reads `DATABASE_URL` or `DATABASE_PATH`, whichever counts, or else the default.
    ///
    /// # Errors
    /// Every problem found.
    pub fn load(sources: &Sources) -> Result<Self, Problems> {
        Reader::load(sources, Self::read)
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let url = match variable(reader.sources()) {
            URL => reader.value(URL, url),
            _ => reader.value(PATH, file),
        };
        url.map(|url| Self { url })
    }
}

/// The variable that names the database: the address, unless the path comes from a place that wins over the address's.
/// A path that is set to nothing there counts too, and is complained about: it would be wrong to take the database of
/// the env file when somebody meant another one.
#[must_use]
pub fn variable(sources: &Sources) -> &'static str {
    let address = sources.get(URL).filter(|found| !found.text.is_empty());
    let path = sources.get(PATH);
    match address {
        Some(address) if !path.is_some_and(|path| path.origin.wins_over(&address.origin)) => URL,
        _ => PATH,
    }
}

fn url(text: &str) -> Result<DatabaseUrl, Complaint> {
    let url: DatabaseUrl = text.parse().map_err(|error: DatabaseUrlError| {
        let hint = match error {
            DatabaseUrlError::Unexpanded(_) => {
                "write sqlite:///folder/file, or a plain path that begins with /"
            }
            DatabaseUrlError::Flawed(_) => {
                "write postgres://user:password@host/name, user and password percent-encoded: \
                 @ is %40, / is %2F, : is %3A, ? is %3F, = is %3D, % is %25, a space is %20"
            }
            _ => "write sqlite://path, a plain path, or postgres://user:password@host/name",
        };
        Complaint::new(error.to_string(), hint)
    })?;
    match unencrypted_host(&url) {
        Some(host) => Err(Complaint::new(without_tls(&host), TLS_HINT)),
        None => Ok(url),
    }
}

/// How to reach a server beyond this machine.
pub const TLS_HINT: &str = "use a botctl built with the cargo feature postgres-tls, or add sslmode=disable where the network is \
     private";

/// What is wrong with a host that only TLS could reach safely.
#[must_use]
pub fn without_tls(host: &str) -> String {
    format!("{host} is another machine, and this botctl is built without TLS for PostgreSQL")
}

/// The host to which a connection would be plain text because this program has no TLS for PostgreSQL.
#[must_use]
pub fn unencrypted_host(url: &DatabaseUrl) -> Option<String> {
    match url {
        DatabaseUrl::Postgres(url) if !cfg!(feature = "postgres-tls") => {
            postgres_url::host_needing_tls(url.expose())
        }
        _ => None,
    }
}

fn file(text: &str) -> Result<DatabaseUrl, Complaint> {
    if text.contains("://") {
        let message = format!("{} is an address, not a path", shown(text));
        return Err(Complaint::new(message, format!("set it as {URL}")));
    }
    url(text)
}

/// Whether the command line names a database.
pub(super) fn is_typed(sources: &Sources) -> bool {
    sources.get(URL).is_some_and(|found| !found.text.is_empty() && matches!(found.origin, Origin::Flag(_)))
}

/// The variable that names a database beside the command line, and where; the sandbox does not play there.
#[must_use]
pub fn named_beside_flags(sources: &Sources) -> Option<(&'static str, Origin)> {
    let name = variable(sources);
    let found = sources.get(name).filter(|found| !found.text.is_empty())?;
    (!matches!(found.origin, Origin::Flag(_))).then_some((name, found.origin))
}

/// Two databases are named in one place and only one counts. That a flag wins over the environment, and that over the
/// env file, is no news.
pub(super) fn warnings(sources: &Sources) -> Vec<Warning> {
    let given = |name| sources.get(name).filter(|found| !found.text.is_empty());
    let (Some(url), Some(path)) = (given(URL), given(PATH)) else {
        return Vec::new();
    };
    if url.origin.wins_over(&path.origin) || path.origin.wins_over(&url.origin) {
        return Vec::new();
    }
    if url.text.parse() == file(path.text).map_err(|_| DatabaseUrlError::NoPath) {
        return Vec::new();
    }
    vec![Warning {
        kind: WarningKind::Ambiguous,
        variable: PATH.to_owned(),
        message: format!("not used, because {URL} ({}) names another database and wins", url.origin),
        origin: path.origin,
        hint: format!("remove {PATH} or {URL}"),
    }]
}
