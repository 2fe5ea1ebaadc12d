//! Delivery of updates to a webhook: one at a time, in order, repeated until the bot answers 2xx. A minimal HTTP/1.1 client on a
//! persistent TCP connection.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::hub::StateHub;
use crate::state::unix_now;

/// How long the bot may take to answer.
const RESPONSE_TIMEOUT: Duration = Duration::from_mins(1);
/// Pause after the first failure; it doubles up to `LONGEST_PAUSE`.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

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

/// An update to deliver.
struct PendingDelivery {
    id: i64,
    url: String,
    secret: Option<String>,
    body: String,
}

/// Delivers updates until the sandbox stops.
pub(crate) async fn deliver_updates(hub: &StateHub) {
    let mut connection: Option<BufReader<TcpStream>> = None;
    let mut pause = FIRST_PAUSE;
    loop {
        let delivery = next_delivery(hub).await;
        let sent = tokio::time::timeout(RESPONSE_TIMEOUT, post_update(&mut connection, &delivery)).await;
        let failure = match sent {
            Ok(Ok(status)) if (200..300).contains(&status) => None,
            Ok(Ok(status)) => Some(format!("Wrong response from the webhook: {status}")),
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("Read timeout expired".to_owned()),
        };
        let Some(failure) = failure else {
            hub.update_state(|state| state.queue.remove_delivered(delivery.id));
            pause = FIRST_PAUSE;
            continue;
        };
        connection = None;
        hub.update_state(|state| {
            if let Some(webhook) = &mut state.webhook {
                webhook.last_error = Some((unix_now(), failure));
            }
        });
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Waits until a webhook is set and there is an update for it.
async fn next_delivery(hub: &StateHub) -> PendingDelivery {
    loop {
        let woken = hub.queue_changed.notified();
        tokio::pin!(woken);
        woken.as_mut().enable();
        {
            let state = hub.lock_state();
            if let (Some(webhook), Some((id, body))) = (&state.webhook, state.queue.oldest_update()) {
                return PendingDelivery {
                    id,
                    url: webhook.url.clone(),
                    secret: webhook.secret.clone(),
                    body: body.to_owned(),
                };
            }
        }
        woken.await;
    }
}

/// Posts an update and returns the status of the response.
async fn post_update(
    connection: &mut Option<BufReader<TcpStream>>,
    delivery: &PendingDelivery,
) -> io::Result<u16> {
    let target = WebhookTarget::parse(&delivery.url).ok_or(io::ErrorKind::InvalidInput)?;
    let reused = connection.is_some();
    match post_on_connection(connection, &target, delivery).await {
        // The bot may have closed an idle connection.
        Err(_) if reused => {
            *connection = None;
            post_on_connection(connection, &target, delivery).await
        }
        result => result,
    }
}

async fn post_on_connection(
    connection: &mut Option<BufReader<TcpStream>>,
    target: &WebhookTarget,
    delivery: &PendingDelivery,
) -> io::Result<u16> {
    let mut stream = match connection.take() {
        Some(stream) => stream,
        None => BufReader::new(TcpStream::connect(&target.address).await?),
    };
    let secret =
        delivery.secret.as_ref().map(|secret| format!("X-Telegram-Bot-Api-Secret-Token: {secret}\r\n"));
    let request = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{}\r\n{}",
        target.path,
        target.host,
        delivery.body.len(),
        secret.unwrap_or_default(),
        delivery.body
    );
    stream.get_mut().write_all(request.as_bytes()).await?;
    let (status, keep) = read_response(&mut stream).await?;
    if keep {
        *connection = Some(stream);
    }
    Ok(status)
}

/// Returns the status of a response, and whether the connection can be reused.
async fn read_response(stream: &mut BufReader<TcpStream>) -> io::Result<(u16, bool)> {
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let status = line
        .split(' ')
        .nth(1)
        .and_then(|status| status.trim().parse().ok())
        .ok_or(io::ErrorKind::InvalidData)?;
    let (mut length, mut keep) = (None, true);
    loop {
        line.clear();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.trim().split_once(':') else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse::<u64>().ok(),
            "connection" => keep = !value.trim().eq_ignore_ascii_case("close"),
            _ => {}
        }
    }
    if status == 204 {
        length = Some(0);
    }
    if let Some(length) = length {
        tokio::io::copy(&mut stream.take(length), &mut tokio::io::sink()).await?;
    }
    Ok((status, keep && length.is_some()))
}
