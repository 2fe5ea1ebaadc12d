//! The database URL in all its forms, those of the old bot included. Connecting is the job of `db`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

use super::edit_distance::edit_distance;
use super::plain_text::check_plain_text;
use super::postgres_url::{self, PostgresUrlError};
use super::problem::{Origin, Problems, Warning, WarningKind};
use super::reader::{ConfigReader, FULL_PATH_HINT, ValueError, unexpanded_prefix};
use super::secret::{SecretUrl, quote_value};
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
    /// A scheme that is neither `SQLite`'s nor `PostgreSQL`'s; the second one is probably meant.
    #[error("unknown scheme \"{scheme}\"{}", .meant.map(|meant| format!("; did you mean \"{meant}\"?")).unwrap_or_default())]
    Scheme {
        /// What the URL says.
        scheme: String,
        /// What is close to it.
        meant: Option<&'static str>,
    },
    /// An address without its scheme. Taken for a path, it would be shown with its password.
    #[error("this looks like a URL without postgres://")]
    NoScheme,
    /// There is no path.
    #[error("the path of the database is missing")]
    NoPath,
    /// `SQLite` without a file.
    #[error("an in-memory database would be lost and cannot be shared by the bot's connections")]
    Memory,
    /// An address in `SQLite`'s own form.
    #[error("a URL with file: is not supported")]
    FileUri,
    /// A path that only a shell would understand.
    #[error("{0:?} is not expanded here: {FULL_PATH_HINT}")]
    Unexpanded(String),
    /// `SQLite` with options.
    #[error("options after ? are not supported for SQLite")]
    Options,
    /// Quotation marks or characters that cannot be seen.
    #[error("{0}")]
    NotPlain(String),
    /// `PostgreSQL` without anything after the scheme.
    #[error("the URL names neither a host nor a database")]
    NoHost,
    /// `PostgreSQL` with an address that libpq would not take.
    #[error(transparent)]
    Postgres(#[from] PostgresUrlError),
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    /// Understands `postgres://…` and `postgresql://…` with or without a driver
    /// (`postgresql+asyncpg://…`), `sqlite://relative`, `sqlite:///absolute`, and plain paths. With
    /// a driver (`sqlite+aiosqlite://`) the rule is `SQLAlchemy`'s: three slashes start a relative
    /// path, four an absolute one.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        check_plain_text(text).map_err(|error| DatabaseUrlError::NotPlain(error.message))?;
        let Some((scheme, rest)) = text.split_once("://") else {
            return match text.strip_prefix("sqlite:") {
                Some(path) => sqlite_file(path),
                None if is_address_like(text) => Err(DatabaseUrlError::NoScheme),
                None => sqlite_file(text),
            };
        };
        let (kind, driver) =
            scheme.split_once('+').map_or((scheme, None), |(kind, driver)| (kind, Some(driver)));
        match kind.to_ascii_lowercase().as_str() {
            "sqlite" | "sqlite3" => sqlite_url(rest, driver.is_some()),
            "postgres" | "postgresql" if rest.trim_matches('/').is_empty() => Err(DatabaseUrlError::NoHost),
            "postgres" | "postgresql" => {
                postgres_url::check_url(rest)?;
                Ok(Self::Postgres(SecretUrl::new(format!("postgresql://{rest}"))))
            }
            _ if !is_scheme(scheme) => Err(DatabaseUrlError::NoScheme),
            _ => Err(DatabaseUrlError::Scheme { scheme: scheme.to_owned(), meant: similar_scheme(scheme) }),
        }
    }
}

/// Returns the scheme that was probably meant.
fn similar_scheme(scheme: &str) -> Option<&'static str> {
    let is_similar = |known: &&str| edit_distance(&scheme.to_ascii_lowercase(), known) <= 2;
    ["postgres", "postgresql", "sqlite"].into_iter().find(is_similar)
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
        Some(path) if is_sqlalchemy || path.starts_with('/') || is_bare_name(path) => path,
        _ => rest,
    };
    sqlite_file(path)
}

/// A database is hardly ever in the root folder: `sqlite:///bot.db` is how `SQLAlchemy` writes a file in this folder.
fn is_bare_name(path: &str) -> bool {
    !path.contains('/')
}

fn sqlite_file(path: &str) -> Result<DatabaseUrl, DatabaseUrlError> {
    match path {
        "" | "/" => Err(DatabaseUrlError::NoPath),
        ":memory:" => Err(DatabaseUrlError::Memory),
        // SQLite would take it for a URI and open another file than the one that is locked here.
        path if path.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("file:")) => {
            Err(DatabaseUrlError::FileUri)
        }
        path => match unexpanded_prefix(path) {
            Some(start) => Err(DatabaseUrlError::Unexpanded(start.to_owned())),
            None => Ok(DatabaseUrl::Sqlite(PathBuf::from(path))),
        },
    }
}

/// Which database to use.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct DatabaseConfig {
    /// Where the data are.
    pub url: DatabaseUrl,
}

impl DatabaseConfig {
    /// Reads `DATABASE_URL` or `DATABASE_PATH`, or else the default.
    pub(crate) fn load(sources: &Sources) -> Result<Self, Problems> {
        ConfigReader::load(sources, Self::read)
    }

    pub(super) fn read(reader: &mut ConfigReader<'_>) -> Option<Self> {
        let url = match database_variable(reader.sources()) {
            URL => reader.read_value(URL, parse_database_url),
            _ => reader.read_value(PATH, parse_database_path),
        };
        url.map(|url| Self { url })
    }
}

/// Returns the variable that names the database: the URL, unless the origin of the path takes precedence.
/// An empty path there counts too, and is an error: the database of the env file would not be the one that was meant.
pub(crate) fn database_variable(sources: &Sources) -> &'static str {
    let address = sources.get(URL).filter(|found| !found.text.is_empty());
    let path = sources.get(PATH);
    match address {
        Some(address) if !path.is_some_and(|path| path.origin.takes_precedence_over(&address.origin)) => URL,
        _ => PATH,
    }
}

fn parse_database_url(text: &str) -> Result<DatabaseUrl, ValueError> {
    let url: DatabaseUrl = text.parse().map_err(|error: DatabaseUrlError| {
        let hint = match error {
            DatabaseUrlError::Unexpanded(_) => {
                "write sqlite:///folder/file, or a plain path that begins with /"
            }
            DatabaseUrlError::Postgres(_) => {
                "write postgres://user:password@host/name, user and password percent-encoded: \
                 @ is %40, / is %2F, : is %3A, ? is %3F, = is %3D, % is %25, a space is %20"
            }
            _ => "write sqlite://path, a plain path, or postgres://user:password@host/name",
        };
        ValueError::new(error.to_string(), hint)
    })?;
    match remote_host_without_tls(&url) {
        Some(host) => Err(ValueError::new(missing_tls_error(&host), POSTGRES_TLS_HINT)),
        None => Ok(url),
    }
}

/// The hint for a server beyond this machine.
pub(crate) const POSTGRES_TLS_HINT: &str = "use a botctl built with the cargo feature postgres-tls, or add sslmode=disable where the network is \
     private";

/// The error about a host that only TLS could reach safely.
pub(crate) fn missing_tls_error(host: &str) -> String {
    format!("{host} is another machine, and this botctl is built without TLS for PostgreSQL")
}

/// Returns the host to which a connection would be plain text because this program has no TLS for PostgreSQL. libpq takes the
/// host that an address lacks from its own environment variables.
pub(crate) fn remote_host_without_tls(url: &DatabaseUrl) -> Option<String> {
    match url {
        DatabaseUrl::Postgres(url) if !cfg!(feature = "postgres-tls") => {
            let default_host =
                ["PGHOSTADDR", "PGHOST", "PGSERVICE"].iter().find_map(|name| std::env::var(name).ok());
            postgres_url::host_needing_tls(url.expose(), default_host)
        }
        _ => None,
    }
}

fn parse_database_path(text: &str) -> Result<DatabaseUrl, ValueError> {
    if text.contains("://") {
        let message = format!("{} is a URL, not a path", quote_value(text));
        return Err(ValueError::new(message, format!("set it as {URL}")));
    }
    parse_database_url(text)
}

/// Whether the command line names a database.
pub(super) fn is_flag_set(sources: &Sources) -> bool {
    sources.get(URL).is_some_and(|found| !found.text.is_empty() && matches!(found.origin, Origin::Flag(_)))
}

/// Returns the variable that names a database outside of the command line, and its origin; the sandbox ignores it.
pub(crate) fn database_outside_flags(sources: &Sources) -> Option<(&'static str, Origin)> {
    let name = database_variable(sources);
    let found = sources.get(name).filter(|found| !found.text.is_empty())?;
    (!matches!(found.origin, Origin::Flag(_))).then_some((name, found.origin))
}

/// Warns when two databases are named in one place, where only one counts. That a flag takes precedence over the
/// environment, and that over the env file, is as documented.
pub(super) fn database_warnings(sources: &Sources) -> Vec<Warning> {
    let given = |name| sources.get(name).filter(|found| !found.text.is_empty());
    let (Some(url), Some(path)) = (given(URL), given(PATH)) else {
        return Vec::new();
    };
    if url.origin.takes_precedence_over(&path.origin) || path.origin.takes_precedence_over(&url.origin) {
        return Vec::new();
    }
    if url.text.parse() == parse_database_path(path.text).map_err(|_| DatabaseUrlError::NoPath) {
        return Vec::new();
    }
    vec![Warning {
        kind: WarningKind::Ambiguous,
        variable: PATH.to_owned(),
        message: format!(
            "not used, because {URL} ({}) names another database and takes precedence",
            url.origin
        ),
        origin: path.origin,
        hint: format!("remove {PATH} or {URL}"),
    }]
}
