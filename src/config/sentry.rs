//! Where error reports go.

use url::Url;

use super::plain_text::check_plain_text;
use super::proxy::{ProxyError, find_proxy};
use super::reader::{ConfigReader, ValueError};
use super::secret::Secret;

const DSN: &str = "SENTRY_DSN";
const ENVIRONMENT: &str = "ENVIRONMENT";

/// Error reports.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SentryConfig {
    /// Where they go.
    pub dsn: Dsn,
    /// The name of this installation in them.
    pub environment: String,
    /// The proxy on the way there.
    pub proxy: Option<Secret<Url>>,
}

/// The address that error reports go to. It holds a key and prints without.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Dsn {
    /// Reports are off.
    Off,
    /// The URL that takes reports.
    At(Secret<Url>),
    /// The value is malformed. The bot runs without reports all the same.
    Unusable(ValueError),
}

impl SentryConfig {
    pub(super) fn read(reader: &mut ConfigReader<'_>) -> Option<Self> {
        let dsn = Dsn::read(reader);
        let proxy = match &dsn {
            Dsn::At(url) => find_proxy(reader.sources(), url.expose()).unwrap_or_default(),
            Dsn::Off | Dsn::Unusable(_) => None,
        };
        let environment = reader.read_value(ENVIRONMENT, |text| Ok(text.to_owned()));
        Some(Self { dsn, environment: environment?, proxy })
    }
}

impl Dsn {
    /// Never a problem of the configuration: see [`Dsn::Unusable`].
    pub(super) fn read(reader: &ConfigReader<'_>) -> Self {
        let Some(found) = reader.given(DSN) else { return Self::Off };
        let url = check_plain_text(found.text).and_then(|()| parse_dsn(found.text));
        let reachable = url.and_then(|url| match find_proxy(reader.sources(), &url) {
            Ok(_) => Ok(url),
            Err(ProxyError { variable, error }) => {
                Err(ValueError::new(format!("{variable} is {}", error.message), error.hint))
            }
        });
        reachable.map_or_else(Self::Unusable, |url| Self::At(Secret::new(url)))
    }
}

/// `https://KEY@HOST/PROJECT`, where a path may stand before the project (Sentry: Data Source Name). Errors quote
/// nothing of it.
fn parse_dsn(text: &str) -> Result<Url, ValueError> {
    let wrong = |message: &str| {
        ValueError::new(
            message,
            "copy the client key (DSN) from the settings of the project in Sentry: https://KEY@HOST/NUMBER",
        )
    };
    let url: Url = text.trim().parse().map_err(|_| wrong("not a URL"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("the URL does not begin with https://"));
    }
    if url.username().is_empty() {
        return Err(wrong("there is no key before the host"));
    }
    let project = url.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    if url.host_str().is_none_or(str::is_empty) || project.is_empty() {
        return Err(wrong("the host or the project number is missing"));
    }
    if !project.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong("the URL does not end with a project number"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::config::Sources;

    fn sources(dsn: &str) -> Sources {
        Sources::gather_with(None, [("SENTRY_DSN", dsn)], []).unwrap()
    }

    #[test]
    fn a_dsn_is_secret_and_a_malformed_one_is_no_problem() {
        for right in [
            "https://abc123@sentry.example.org/7",
            " https://abc123:def@sentry.example.org:9000/below/7/",
            "http://abc123@[::1]/7",
        ] {
            let config = ConfigReader::load(&sources(right), SentryConfig::read).unwrap();
            assert!(matches!(&config.dsn, Dsn::At(url) if url.expose().username() == "abc123"), "{right}");
            assert!(!format!("{config:?}").contains("abc123"), "{right}");
        }
        assert_eq!(ConfigReader::load(&sources(""), SentryConfig::read).unwrap().dsn, Dsn::Off);
        for wrong in [
            "abc123",
            "ftp://abc123@h/1",
            "https://h/abc123",
            "https://abc123@h",
            "https://abc123@/1",
            "https://abc123@h:x/1",
            "https://abc123@h/",
            "https://:abc123@h/1",
            "https://abc123@h/project",
            "https://abc123@h/7x",
            "https://abc123@h/7/settings",
        ] {
            let config = ConfigReader::load(&sources(wrong), SentryConfig::read).unwrap();
            let Dsn::Unusable(ValueError { message, hint }) = config.dsn else { panic!("{wrong} will do") };
            assert!(!message.contains("abc123") && !hint.contains("abc123"), "{wrong}: {message}, {hint}");
        }
    }
}
