//! `botctl health`: asks the running bot whether it is ready.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use url::Url;

use super::context::CommandContext;
use super::error::CommandError;
use super::exit_code::ExitCode;
use super::text::printable;
use crate::config::http::HttpConfig;
use crate::http::ReadinessReport;

/// Ask the running bot whether it is ready
///
/// Requests /readyz from the `botctl serve` that listens on HTTP_LISTEN or PROMETHEUS_PORT. Exits with code 0 if it is ready,
/// 1 if it is not, and 4 if it does not respond. Reads neither the database nor the logs, so a container can run it as its
/// health check.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl health
  botctl health --url http://127.0.0.1:9090")]
pub(super) struct HealthArgs {
    /// URL of the listener [default: HTTP_LISTEN]
    #[arg(long, value_name = "URL", value_parser = parse_http_url)]
    url: Option<Url>,
}

/// Longer than `serve` waits for the database.
const TIMEOUT: Duration = Duration::from_secs(5);
const MAX_BODY: u64 = 64 * 1024;

#[derive(Serialize)]
struct HealthDocument {
    url: String,
    #[serde(flatten)]
    report: ReadinessReport,
}

impl HealthArgs {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let mut url = match &self.url {
            Some(url) => url.clone(),
            None => configured_url(context)?,
        };
        if url.path() == "/" {
            url.set_path("/readyz");
        }
        let report = request_report(&url)?;
        let is_ready = report.ready;
        let causes: Vec<_> = report.causes.iter().map(|cause| printable(&cause.message)).collect();
        let document = HealthDocument { url: url.to_string(), report };
        if is_ready {
            return context.output().print_result(&document, || "ready".to_owned());
        }
        Err(CommandError::new(ExitCode::Failed, format!("not ready: {}", causes.join("; ")))
            .hint("see `botctl status` and `botctl logs tail --level warn`")
            .with_data(&document))
    }
}

fn parse_http_url(text: &str) -> Result<Url, &'static str> {
    let is_http = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    Url::parse(text).ok().filter(is_http).ok_or("expected an address such as http://127.0.0.1:9090")
}

/// Returns the URL of the configured listener, as it is reached from this machine.
fn configured_url(context: &CommandContext) -> Result<Url, CommandError> {
    let missing = |message: &str| {
        CommandError::new(ExitCode::Usage, message).hint(
            "set HTTP_LISTEN, as for `botctl serve`, or name the listener with --url http://127.0.0.1:9090",
        )
    };
    let Some(listen) = HttpConfig::load(context.sources()?)?.listen else {
        return Err(missing("neither HTTP_LISTEN nor PROMETHEUS_PORT is set"));
    };
    if listen.port() == 0 {
        return Err(missing("HTTP_LISTEN has no port"));
    }
    let ip = match listen.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    let listen = SocketAddr::new(ip, listen.port());
    format!("http://{listen}/").parse().map_err(|error| CommandError::new(ExitCode::Failed, error))
}

fn request_report(url: &Url) -> Result<ReadinessReport, CommandError> {
    let agent = ureq::Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .build()
        .new_agent();
    let unreachable = |error: ureq::Error| {
        CommandError::new(ExitCode::Unreachable, format!("{url} does not respond: {error}"))
            .hint("check that `botctl serve` is running, and that HTTP_LISTEN is the same for both")
    };
    let mut response = agent.get(url.as_str()).call().map_err(unreachable)?;
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(MAX_BODY).read_to_string().map_err(unreachable)?;
    serde_json::from_str(&body).map_err(|_| {
        CommandError::new(ExitCode::Failed, format!("{url} is not a listener of botctl (HTTP {status})"))
            .hint("check HTTP_LISTEN or --url: another program uses this port")
    })
}
