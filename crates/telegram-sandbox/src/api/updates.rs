//! getUpdates, setWebhook, deleteWebhook, getWebhookInfo ("Telegram Bot API: Getting updates"). Delivery to a webhook is in
//! `webhook`.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::params::CallParams;
use super::result::{MethodOutput, MethodResult};
use crate::api_error::ApiError;
use crate::hub::StateHub;
use crate::state::{SandboxState, WebhookSettings};

const WEBHOOK_ACTIVE: &str =
    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
const OTHER_POLL: &str =
    "terminated by other getUpdates request; make sure that only one bot instance is running";

/// Confirms what is below the offset, then waits for updates. A later getUpdates ends this one.
pub(super) async fn get_updates(hub: &StateHub, params: &CallParams) -> MethodResult {
    let limit = params.int("limit").unwrap_or(100).clamp(1, 100);
    let limit = usize::try_from(limit).unwrap_or(100);
    let (own, longest) = hub.update_state(|state| begin_poll(state, params))?;
    // Ends the previous poll.
    hub.queue_changed.notify_waiters();
    let timeout = Duration::from_secs(
        params.int("timeout").and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(0),
    );
    let deadline = Instant::now() + timeout.min(longest);
    let stopped = hub.wait_until_stopped();
    tokio::pin!(stopped);
    loop {
        let woken = hub.queue_changed.notified();
        tokio::pin!(woken);
        woken.as_mut().enable();
        {
            let mut state = hub.lock_state();
            if state.webhook.is_some() {
                return Err(ApiError::conflict("terminated by setWebhook request"));
            }
            if state.queue.poll_number != own {
                return Err(ApiError::conflict(OTHER_POLL));
            }
            if let Some(batch) = state.queue.next_batch(limit) {
                return Ok(MethodOutput::new(batch));
            }
        }
        tokio::select! {
            () = woken => {}
            () = tokio::time::sleep_until(deadline) => return Ok(MethodOutput::new("[]")),
            () = &mut stopped => return Ok(MethodOutput::new("[]")),
        }
    }
}

/// Confirms updates and becomes the current poll. Returns its number and the longest wait.
fn begin_poll(state: &mut SandboxState, params: &CallParams) -> Result<(u64, Duration), ApiError> {
    if state.webhook.is_some() {
        return Err(ApiError::conflict(WEBHOOK_ACTIVE));
    }
    if let Some(kinds) = allowed_updates(params)? {
        state.queue.set_allowed_kinds(kinds);
    }
    if let Some(offset) = params.int("offset") {
        state.queue.confirm_offset(offset);
    }
    state.queue.poll_number += 1;
    Ok((state.queue.poll_number, state.longest_poll))
}

fn allowed_updates(params: &CallParams) -> Result<Option<Vec<String>>, ApiError> {
    match params.parse_json("allowed_updates") {
        Ok(None) => Ok(None),
        Ok(Some(Value::Array(kinds))) => {
            Ok(Some(kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect()))
        }
        _ => Err(ApiError::bad_request("can't parse allowed updates JSON object")),
    }
}

/// An empty URL deletes the webhook.
pub(super) fn set_webhook(state: &mut SandboxState, params: &mut CallParams) -> MethodResult {
    let url = params.text("url").unwrap_or_default();
    if url.is_empty() {
        return delete_webhook(state, params);
    }
    let bad = |what: &str| ApiError::bad_request(format!("bad webhook: {what}"));
    if url.starts_with("https://") {
        return Err(bad("the sandbox delivers over plain http:// only"));
    }
    if super::webhook_client::WebhookTarget::parse(&url).is_none() {
        return Err(bad("invalid webhook URL specified"));
    }
    let secret = params.text("secret_token").filter(|secret| !secret.is_empty());
    if let Some(secret) = &secret {
        if secret.len() > 256 {
            return Err(ApiError::bad_request("secret token is too long"));
        }
        if !secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
            return Err(ApiError::bad_request("secret token contains unallowed characters"));
        }
    }
    if let Some(kinds) = allowed_updates(params)? {
        state.queue.set_allowed_kinds(kinds);
    }
    if params.flag("drop_pending_updates") {
        state.queue.clear();
    }
    let max_connections = params.int("max_connections").unwrap_or(40).clamp(1, 100);
    state.queue.version += 1;
    let number = state.queue.version;
    state.webhook = Some(WebhookSettings { number, url, secret, max_connections, last_error: None });
    Ok(MethodOutput::new("true"))
}

#[allow(clippy::unnecessary_wraps)] // every method has this shape
pub(super) fn delete_webhook(state: &mut SandboxState, params: &mut CallParams) -> MethodResult {
    state.webhook = None;
    if params.flag("drop_pending_updates") {
        state.queue.clear();
    }
    state.queue.version += 1;
    Ok(MethodOutput::new("true"))
}

#[allow(clippy::unnecessary_wraps)] // every method has this shape
pub(super) fn get_webhook_info(state: &mut SandboxState, _: &mut CallParams) -> MethodResult {
    let mut info =
        json!({ "url": "", "has_custom_certificate": false, "pending_update_count": state.queue.len() });
    if let Some(webhook) = &state.webhook {
        info["url"] = webhook.url.as_str().into();
        info["max_connections"] = webhook.max_connections.into();
        info["ip_address"] = "127.0.0.1".into();
        if let Some((date, message)) = &webhook.last_error {
            info["last_error_date"] = (*date).into();
            info["last_error_message"] = message.as_str().into();
        }
    }
    let allowed = state.queue.allowed_kinds();
    if !allowed.is_empty() {
        info["allowed_updates"] = json!(allowed);
    }
    Ok(MethodOutput::new(info))
}
