//! Posting an update to a webhook: a minimal HTTP/1.1 client on persistent TCP connections.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// A connection that may be reused.
pub(super) type WebhookConnection = BufReader<TcpStream>;

/// A parsed webhook URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WebhookTarget {
    /// Host and port to connect to.
    address: String,
    /// The `Host` header.
    host: String,
    path: String,
}

impl WebhookTarget {
    /// Parses an `http://` URL.
    pub(super) fn parse(url: &str) -> Option<Self> {
        let rest = url.strip_prefix("http://")?;
        let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if host.is_empty() || host.contains(['@', ' ', '\r', '\n']) || path.contains([' ', '\r', '\n']) {
            return None;
        }
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let address = if has_port { host.to_owned() } else { format!("{host}:80") };
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Some(Self { address, host: host.to_owned(), path })
    }
}

/// A request with one update.
#[derive(Clone, Debug)]
pub(super) struct WebhookRequest {
    pub(super) target: WebhookTarget,
    pub(super) secret: Option<String>,
    pub(super) body: String,
}

/// What the bot answered.
#[derive(Debug)]
pub(super) struct WebhookResponse {
    pub(super) status: u16,
    pub(super) reason: String,
    pub(super) retry_after: Option<Duration>,
    /// The connection, if it can be reused.
    pub(super) connection: Option<WebhookConnection>,
}

impl WebhookRequest {
    /// Posts the update, on an idle connection if there is one.
    pub(super) async fn post(&self, idle: Option<WebhookConnection>) -> io::Result<WebhookResponse> {
        if let Some(connection) = idle
            && let Ok(response) = self.post_on_connection(connection).await
        {
            return Ok(response);
        }
        // The bot may have closed the idle one.
        self.post_on_connection(self.connect().await?).await
    }

    /// Posts the update and hangs up without reading the answer.
    pub(super) async fn post_unheard(&self) -> io::Result<()> {
        let mut connection = self.connect().await?;
        self.write_to(&mut connection).await?;
        // Closed once the bot has begun to answer, so that it has taken the update over.
        connection.fill_buf().await.map(drop)
    }

    async fn connect(&self) -> io::Result<WebhookConnection> {
        Ok(BufReader::new(TcpStream::connect(&self.target.address).await?))
    }

    async fn post_on_connection(&self, mut connection: WebhookConnection) -> io::Result<WebhookResponse> {
        self.write_to(&mut connection).await?;
        read_response(connection).await
    }

    async fn write_to(&self, connection: &mut WebhookConnection) -> io::Result<()> {
        let secret =
            self.secret.as_ref().map(|secret| format!("X-Telegram-Bot-Api-Secret-Token: {secret}\r\n"));
        let request = format!(
            "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{}\r\n{}",
            self.target.path,
            self.target.host,
            self.body.len(),
            secret.unwrap_or_default(),
            self.body
        );
        connection.get_mut().write_all(request.as_bytes()).await
    }
}

async fn read_response(mut connection: WebhookConnection) -> io::Result<WebhookResponse> {
    let mut line = String::new();
    connection.read_line(&mut line).await?;
    let mut words = line.trim().splitn(3, ' ').skip(1);
    let status = words.next().and_then(|status| status.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    let reason = words.next().unwrap_or_default().to_owned();
    let (mut length, mut keep, mut retry_after) = (None, true, None);
    loop {
        line.clear();
        connection.read_line(&mut line).await?;
        let Some((name, value)) = line.trim().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse::<u64>().ok(),
            "connection" => keep = !value.trim().eq_ignore_ascii_case("close"),
            "retry-after" => retry_after = value.trim().parse().ok().map(Duration::from_secs),
            _ => {}
        }
    }
    if status == 204 {
        length = Some(0);
    }
    if let Some(length) = length {
        tokio::io::copy(&mut (&mut connection).take(length), &mut tokio::io::sink()).await?;
    }
    let connection = (keep && length.is_some()).then_some(connection);
    Ok(WebhookResponse { status, reason, retry_after, connection })
}
