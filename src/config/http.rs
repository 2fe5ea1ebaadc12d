//! Where health and metrics are served.

use std::net::{Ipv4Addr, SocketAddr};

use super::reader::{ConfigReader, ValueError, parse_number};
use super::secret::quote_value;
use super::{Problems, Sources};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct HttpConfig {
    /// `None` is nowhere.
    pub listen: Option<SocketAddr>,
}

impl HttpConfig {
    pub(crate) fn load(sources: &Sources) -> Result<Self, Problems> {
        ConfigReader::load(sources, Self::read)
    }

    pub(super) fn read(reader: &mut ConfigReader<'_>) -> Option<Self> {
        let listen = reader.read_optional("HTTP_LISTEN", parse_listen_address);
        let port = reader.read_optional("PROMETHEUS_PORT", parse_number(1..=u16::MAX));
        let (listen, port) = (listen?, port?);
        Some(Self { listen: listen.or(port.map(|port| (Ipv4Addr::LOCALHOST, port).into())) })
    }
}

/// Host names are not accepted, since they may resolve to several addresses.
fn parse_listen_address(text: &str) -> Result<SocketAddr, ValueError> {
    text.parse().map_err(|_| {
        ValueError::new(
            format!("{} is not an IP address and a port", quote_value(text)),
            "write it as 127.0.0.1:9090, or as 0.0.0.0:9090 for all IPv4 addresses of this machine",
        )
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn listen_address(variables: &[(&'static str, &str)]) -> Option<String> {
        let given = variables.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let sources = Sources::without_env_file(given);
        let config = HttpConfig::load(&sources).unwrap();
        config.listen.map(|listen| listen.to_string())
    }

    #[test]
    fn metrics_port_of_the_old_bot_is_on_this_machine_only() {
        assert_eq!(listen_address(&[]), None);
        assert_eq!(listen_address(&[("PROMETHEUS_PORT", "")]), None);
        assert_eq!(listen_address(&[("PROMETHEUS_PORT", "9100")]).unwrap(), "127.0.0.1:9100");
        let both = [("PROMETHEUS_PORT", "9100"), ("HTTP_LISTEN", "[::]:80")];
        assert_eq!(listen_address(&both).unwrap(), "[::]:80");
    }
}
