//! Compares the webhook that Telegram has with the configured one.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use super::finding::{CheckState, Finding};
use crate::bot::reception::ALLOWED_UPDATES;
use crate::bot::webhook::{WebhookInfo, delivery_hint};
use crate::cli::text::{format_age, printable};
use crate::config::Sources;
use crate::config::webhook::WebhookConfig;
use crate::db::time;

/// More pending updates than accumulate while a bot is running.
const MANY_UPDATES: u64 = 100;
/// How long ago a failed delivery is still a problem: Telegram tries again every minute or two.
const FRESH: Duration = Duration::from_mins(10);
const VARIABLE: &str = "WEBHOOK_URL";

pub(super) fn check_webhook(
    info: &WebhookInfo,
    configured: Option<&WebhookConfig>,
    sources: &Sources,
) -> Vec<Finding> {
    let webhook = match configured {
        Some(configured) => compare_webhook(info, configured.url.expose()).with_variable(VARIABLE, sources),
        None => check_polling(info),
    };
    let mut found = vec![webhook];
    found.extend(check_deliveries(info, time::now()));
    found.push(count_pending(info.pending_update_count));
    found
}

fn check_polling(info: &WebhookInfo) -> Finding {
    if info.url.is_empty() {
        return Finding::new("webhook", CheckState::Ok, "not set; updates can be polled");
    }
    let message = format!("Telegram delivers updates to {}, but WEBHOOK_URL is not set", host_of(&info.url));
    Finding::new("webhook", CheckState::Warn, message).hint(
        "stop the other program that uses this token; `botctl serve` deletes the webhook when it starts",
    )
}

fn compare_webhook(info: &WebhookInfo, configured: &Url) -> Finding {
    let finding = |state, message: String| Finding::new("webhook", state, message);
    let host = host_of(configured.as_str());
    if info.url.is_empty() {
        return finding(CheckState::Warn, format!("Telegram does not deliver to {host} yet"))
            .hint("start `botctl serve`, which sets the webhook, or run `botctl webhook set`");
    }
    if !info.delivers_to(configured) {
        let set = match host_of(&info.url) {
            set if set == host => format!("another path of {host}"),
            set => format!("{set} instead of {host}"),
        };
        return finding(CheckState::Warn, format!("Telegram delivers updates to {set}"))
            .hint("stop the other program that uses this token, then restart `botctl serve` or run `botctl webhook set`");
    }
    let is_allowed = |kind: &&str| info.allowed_updates.iter().flatten().any(|allowed| allowed == kind);
    let missing: Vec<_> = ALLOWED_UPDATES.into_iter().filter(|kind| !is_allowed(kind)).collect();
    if !missing.is_empty() {
        let message = format!("Telegram does not deliver these kinds of update: {}", missing.join(", "));
        return finding(CheckState::Warn, message)
            .hint("restart `botctl serve`, or run `botctl webhook set`");
    }
    finding(CheckState::Ok, format!("Telegram delivers updates to {host}"))
}

/// Reports the last failed delivery, if it is fresh or updates wait.
fn check_deliveries(info: &WebhookInfo, now: DateTime<Utc>) -> Option<Finding> {
    let error = info.last_error_message.as_ref().filter(|_| !info.url.is_empty())?;
    let at = info.last_error_date.and_then(|at| DateTime::from_timestamp(at, 0));
    let is_fresh = at.is_none_or(|at| now - at < TimeDelta::from_std(FRESH).unwrap_or_default());
    let age = at.map(|at| format!(" {} ago", format_age(at, now))).unwrap_or_default();
    if !is_fresh && info.pending_update_count == 0 {
        return None;
    }
    let message = format!("a delivery failed{age}: {}", printable(error));
    Some(Finding::new("delivery", CheckState::Warn, message).hint(delivery_hint(error)))
}

fn count_pending(pending: u64) -> Finding {
    let message = format!("{pending} updates pending");
    if pending < MANY_UPDATES {
        return Finding::new("updates", CheckState::Ok, message);
    }
    Finding::new("updates", CheckState::Warn, message).hint("start the bot; if it is running, see its log")
}

/// A path may contain the token.
fn host_of(url: &str) -> String {
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_else(|| "an address that cannot be read".to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn failed(at: i64, pending: u64) -> WebhookInfo {
        WebhookInfo {
            url: "https://h/x".to_owned(),
            pending_update_count: pending,
            last_error_date: Some(at),
            last_error_message: Some("Connection refused".to_owned()),
            ..WebhookInfo::default()
        }
    }

    #[test]
    fn failed_delivery_counts_while_it_is_fresh_or_updates_wait() {
        let now = DateTime::from_timestamp(1_000_000, 0).unwrap();
        let found = check_deliveries(&failed(1_000_000 - 60, 0), now).unwrap();
        assert_eq!(found.message, "a delivery failed 60 seconds ago: Connection refused");
        assert!(check_deliveries(&failed(1_000_000 - 600, 0), now).is_none());
        assert!(check_deliveries(&failed(1_000_000 - 600, 1), now).is_some());
        // The clock of this machine may be behind.
        assert!(check_deliveries(&failed(1_000_000 + 600, 0), now).is_some());
        assert!(check_deliveries(&WebhookInfo::default(), now).is_none());
    }

    #[test]
    fn webhook_is_compared_without_showing_its_path() {
        let configured = Url::parse("https://h/hunter2").unwrap();
        let compared = |url: &str, kinds: &[&str]| {
            let allowed = kinds.iter().map(|&kind| kind.to_owned()).collect();
            let info =
                WebhookInfo { url: url.to_owned(), allowed_updates: Some(allowed), ..WebhookInfo::default() };
            let finding = compare_webhook(&info, &configured);
            assert!(!finding.message.contains("hunter2"), "{}", finding.message);
            (finding.state, finding.message)
        };
        let kinds = &ALLOWED_UPDATES[..];
        let warns = |message: &str| (CheckState::Warn, message.to_owned());
        assert_eq!(compared("", kinds), warns("Telegram does not deliver to h yet"));
        assert_eq!(compared("https://h/x", kinds), warns("Telegram delivers updates to another path of h"));
        assert_eq!(
            compared("https://g/hunter2", kinds),
            warns("Telegram delivers updates to g instead of h")
        );
        assert_eq!(
            compared("https://h/hunter2", &kinds[1..]),
            warns("Telegram does not deliver these kinds of update: message")
        );
        assert_eq!(compared("https://h/hunter2", kinds).0, CheckState::Ok);
    }
}
