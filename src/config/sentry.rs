//! Where error reports go.

use url::Url;

use super::problem::Problems;
use super::reader::{Complaint, Reader};
use super::secret::Secret;
use super::sources::Sources;

const DSN: &str = "SENTRY_DSN";
const ENVIRONMENT: &str = "ENVIRONMENT";

/// Error reports.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SentryConfig {
    /// Where they go.
    pub dsn: Dsn,
    /// The name of this installation in them.
    pub environment: String,
}

/// The address that error reports go to. It holds a key and prints without.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Dsn {
    /// They go nowhere.
    Off,
    /// There.
    At(Secret<Url>),
    /// What is set is no such address, and why. The bot runs without reports: they are for its good, not for its harm.
    Unusable(Complaint),
}

impl SentryConfig {
    /// Reads error reports alone; strictly, for whoever wants to know what is wrong.
    ///
    /// # Errors
    /// Every problem found, an unusable address among them.
    pub fn load(sources: &Sources) -> Result<Self, Problems> {
        Reader::load(sources, |reader| {
            let config = Self::read(reader)?;
            if let (Dsn::Unusable(complaint), Some(found)) = (&config.dsn, reader.given(DSN)) {
                reader.wrong(DSN, found.origin, complaint.clone());
            }
            Some(config)
        })
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let dsn = match reader.given(DSN) {
            None => Dsn::Off,
            Some(found) => match dsn(found.text) {
                Ok(url) => Dsn::At(Secret::new(url)),
                Err(complaint) => Dsn::Unusable(complaint),
            },
        };
        let environment = reader.value(ENVIRONMENT, |text| Ok(text.to_owned()));
        Some(Self { dsn, environment: environment? })
    }
}

/// `https://KEY@HOST/PROJECT`. Complaints quote nothing of it.
fn dsn(text: &str) -> Result<Url, Complaint> {
    let wrong = |what: &str| {
        Complaint::new(
            what,
            "copy the client key (DSN) from the settings of the project in Sentry: https://KEY@HOST/NUMBER",
        )
    };
    let url: Url = text.trim().parse().map_err(|_| wrong("it is not an address"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("it does not begin with https://"));
    }
    if url.username().is_empty() {
        return Err(wrong("there is no key in front of the host"));
    }
    let project = url.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    if url.host_str().is_none_or(str::is_empty) || project.is_empty() {
        return Err(wrong("the host or the number of the project is missing"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn sources(dsn: &str) -> Sources {
        Sources::gather_with(None, [("SENTRY_DSN", dsn)], []).unwrap()
    }

    #[test]
    fn an_address_is_a_secret_and_a_malformed_one_only_a_problem_to_whoever_checks() {
        let config = SentryConfig::load(&sources("https://abc123@sentry.example.org/7")).unwrap();
        assert!(matches!(&config.dsn, Dsn::At(url) if url.expose().username() == "abc123"));
        assert!(!format!("{config:?}").contains("abc123"));
        assert_eq!(SentryConfig::load(&sources("")).unwrap().dsn, Dsn::Off);
        for wrong in [
            "abc123",
            "ftp://abc123@h/1",
            "https://h/abc123",
            "https://abc123@h",
            "https://abc123@/1",
            "https://abc123@h:x/1",
        ] {
            let problems = SentryConfig::load(&sources(wrong)).unwrap_err().to_string();
            assert!(problems.contains("SENTRY_DSN") && !problems.contains("abc123"), "{wrong}: {problems}");
            let lenient = Reader::load(&sources(wrong), SentryConfig::read).unwrap();
            assert!(matches!(lenient.dsn, Dsn::Unusable(_)), "{wrong}");
        }
    }
}
