//! The delivery of one message: its calls, and what their outcomes mean.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;
use teloxide::ApiError;
use tokio::time::Instant;

use super::backoff;
use super::content::call_with_content;
use super::freshness::{EDIT, Freshness, check_freshness};
use super::queues::Deferral;
use super::shared::{Shared, WriteOutcome};
use crate::db::dashboards::{PIN, RESEND_MARK, UNPIN};
use crate::db::dialogue_questions::REMOVE_BUTTONS;
use crate::db::outbox::{LINK_MARK, LeasedMessage};
use crate::db::{chats, outbox, time};
use crate::domain::ids::{ChatId, MessageId};
use crate::telegram::CallError;

/// A message becomes a dead letter after this long of server errors, because it blocks the chat's other messages.
const SERVER_RETRY_LIMIT: Duration = Duration::from_hours(1);
/// A message becomes a dead letter after this long without network.
pub(super) const NETWORK_RETRY_LIMIT: Duration = Duration::from_hours(24);

/// A message with a longer wait is released to the database, which frees memory for other messages.
const LONG_WAIT: Duration = Duration::from_secs(5);

pub(super) enum DeliveryOutcome {
    /// Finished, and recorded.
    Done,
    /// Finished, but the database refused to record it.
    Unrecorded,
    Stopped,
    /// It has to wait for long, and so have those behind it.
    Deferred(LeasedMessage, Deferral),
}

enum CallVerdict {
    Sent(Option<MessageId>),
    /// It was sent, but the chat is a channel: it must go, and nothing else may be sent there.
    SentToChannel(MessageId),
    /// It need not be delivered any more, for this reason.
    Skip(&'static str),
    /// It can never be delivered, for this reason.
    Dead(String),
    /// Retry after Telegram's `retry_after`.
    Wait(Duration),
    /// Retry with backoff, within this limit.
    Retry(Duration),
    /// The edited message is gone: send a new one.
    SendInstead,
    /// The topic is closed or gone: send it to the general one.
    SendToGeneral,
    Moved(ChatId),
}

enum Attempt {
    Called(Result<Box<RawValue>, CallError>),
    /// No call was made, because the message need not be delivered any more.
    Skipped(&'static str),
    Stopped,
}

/// Delivers one message, with retries; `since` is the time of the first attempt.
pub(super) async fn deliver_message(
    shared: &Arc<Shared>,
    mut row: LeasedMessage,
    since: Instant,
) -> DeliveryOutcome {
    if row.method != "deleteMessage" && shared.queues().is_channel(row.chat) {
        let reason = chats::CHANNEL_REASON.to_owned();
        return record_outcome(shared, row, CallVerdict::Dead(reason)).await;
    }
    loop {
        // No longer than the longest wait in this loop, whatever the clock says meanwhile.
        let wait = (row.due_at - time::now()).to_std().unwrap_or_default().min(LONG_WAIT);
        if !wait.is_zero() && !shared.pause(wait).await {
            return DeliveryOutcome::Stopped;
        }
        let outcome = match attempt_call(shared, &row).await {
            Attempt::Called(outcome) => outcome,
            Attempt::Skipped(why) => return record_outcome(shared, row, CallVerdict::Skip(why)).await,
            Attempt::Stopped => return DeliveryOutcome::Stopped,
        };
        let reason = outcome.as_ref().err().map(ToString::to_string).unwrap_or_default();
        let pause = match classify_outcome(&row, outcome) {
            CallVerdict::SendInstead => {
                convert_to_send(&mut row, &["message_id"]);
                continue;
            }
            CallVerdict::SendToGeneral => {
                let (chat, outbox) = (row.chat.0, row.id);
                tracing::warn!(chat, outbox, reason, "topic cannot be written to, using the general one");
                convert_to_send(&mut row, &["message_id", "message_thread_id"]);
                continue;
            }
            CallVerdict::Moved(to) => {
                tracing::info!(chat = row.chat.0, to = to.0, "group became a supergroup");
                return DeliveryOutcome::Deferred(row, Deferral::MovedTo(to));
            }
            CallVerdict::Wait(pause) => {
                tracing::warn!(
                    chat = row.chat.0,
                    outbox = row.id,
                    seconds = pause.as_secs(),
                    "Telegram asked to wait"
                );
                pause.min(outbox::MAX_DELAY.to_std().unwrap_or(pause))
            }
            CallVerdict::Retry(limit) if since.elapsed() < limit => {
                let pause = backoff::retry_delay(u32::try_from(row.attempts).unwrap_or_default());
                tracing::warn!(
                    chat = row.chat.0,
                    outbox = row.id,
                    reason,
                    ?pause,
                    "message was not delivered, retrying"
                );
                pause
            }
            CallVerdict::Retry(_) => return record_outcome(shared, row, CallVerdict::Dead(reason)).await,
            verdict => return record_outcome(shared, row, verdict).await,
        };
        let due_at = time::now() + TimeDelta::from_std(pause).unwrap_or(TimeDelta::seconds(60));
        if pause > LONG_WAIT {
            let wake_at = Instant::now() + pause;
            return DeliveryOutcome::Deferred(row, Deferral::Until { reason, due_at, wake_at });
        }
        record_retry(shared, &mut row, reason, due_at).await;
    }
}

/// Makes the call when the limits allow it, if the message may still be sent then.
async fn attempt_call(shared: &Shared, row: &LeasedMessage) -> Attempt {
    if !shared.wait_for_slot(row.chat).await {
        return Attempt::Stopped;
    }
    let turn = tokio::select! {
        turn = shared.calls.acquire() => turn,
        () = shared.stopping.cancelled() => return Attempt::Stopped,
    };
    if turn.is_err() || shared.stopping.is_cancelled() {
        return Attempt::Stopped;
    }
    if row.expires_at.is_some_and(|at| at <= time::now()) {
        return Attempt::Skipped("it came too late");
    }
    let asked = row.clone();
    match shared.db.read(move |conn| check_freshness(conn, &asked)).await {
        Ok(Freshness::Send(payload)) => Attempt::Called(call_with_content(shared, row, payload).await),
        Ok(Freshness::Skip(why)) => Attempt::Skipped(why),
        Err(error) => Attempt::Called(Err(CallError::Network(error.to_string()))),
    }
}

fn classify_outcome(row: &LeasedMessage, outcome: Result<Box<RawValue>, CallError>) -> CallVerdict {
    #[derive(Deserialize)]
    struct Sent {
        message_id: i32,
        #[serde(default)]
        chat: SentChat,
    }
    #[derive(Default, Deserialize)]
    struct SentChat {
        #[serde(rename = "type", default)]
        kind: String,
    }
    let is_edit = row.method == EDIT || row.method == REMOVE_BUTTONS;
    match outcome {
        Ok(result) => {
            let sent = serde_json::from_str::<Sent>(result.get()).ok();
            let message = sent.as_ref().map(|sent| MessageId(sent.message_id));
            match message.filter(|_| sent.is_some_and(|sent| sent.chat.kind == "channel")) {
                Some(message) => CallVerdict::SentToChannel(message),
                None => CallVerdict::Sent(message),
            }
        }
        Err(CallError::RetryAfter(pause)) => CallVerdict::Wait(pause),
        Err(CallError::Server(_)) => CallVerdict::Retry(SERVER_RETRY_LIMIT),
        // A wrong token is no fault of the message; the operator can correct it in time.
        Err(CallError::Network(_) | CallError::Refused { code: 401 | 404, .. }) => {
            CallVerdict::Retry(NETWORK_RETRY_LIMIT)
        }
        Err(CallError::Refused { kind: ApiError::MessageNotModified, .. }) => {
            CallVerdict::Skip("it looks like that already")
        }
        Err(CallError::Refused { moved_to: Some(to), .. }) if to != row.chat.0 => {
            CallVerdict::Moved(ChatId(to))
        }
        Err(CallError::Refused { kind, description, .. })
            if is_edit && is_message_gone(&kind, &description) =>
        {
            // An answer to a button: the message id was known when it was decided.
            if has_parameter(row, "message_id") || has_parameter(row, RESEND_MARK) {
                CallVerdict::SendInstead
            } else {
                CallVerdict::Skip("the card is gone")
            }
        }
        // A message that was deleted meanwhile, or a chat whose reader allows nothing to be pinned.
        Err(CallError::Refused { .. }) if row.method == PIN || row.method == UNPIN => {
            CallVerdict::Skip("it cannot be pinned or unpinned")
        }
        Err(CallError::Refused { description, .. })
            if is_topic_refused(&description)
                && has_parameter(row, "message_thread_id")
                // The user who linked the topic hears that it cannot be written to.
                && !has_parameter(row, LINK_MARK)
                && (!is_edit || has_parameter(row, "message_id")) =>
        {
            CallVerdict::SendToGeneral
        }
        Err(CallError::Refused { description, .. }) => CallVerdict::Dead(description),
    }
}

/// Tells whether an edit was refused because the message or its text is gone.
fn is_message_gone(kind: &ApiError, description: &str) -> bool {
    let known = [ApiError::MessageToEditNotFound, ApiError::MessageCantBeEdited, ApiError::MessageIdInvalid];
    known.contains(kind) || description.contains("there is no text in the message to edit")
}

/// Tells whether a message was refused because its topic is closed or gone.
fn is_topic_refused(description: &str) -> bool {
    ["message thread not found", "TOPIC_CLOSED", "TOPIC_DELETED", "TOPIC_ID_INVALID"]
        .iter()
        .any(|reason| description.contains(reason))
}

fn has_parameter(row: &LeasedMessage, name: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(&row.payload).is_ok_and(|payload| payload.get(name).is_some())
}

/// Turns a row into a new message without these parameters. A file stays one.
fn convert_to_send(row: &mut LeasedMessage, dropped: &[&str]) {
    if let Ok(mut payload) = serde_json::from_str::<serde_json::Value>(&row.payload) {
        if let Some(fields) = payload.as_object_mut() {
            fields.retain(|name, _| !dropped.contains(&name.as_str()));
        }
        row.payload = payload.to_string();
    }
    if row.method == EDIT {
        "sendMessage".clone_into(&mut row.method);
    }
}

async fn record_retry(shared: &Shared, row: &mut LeasedMessage, reason: String, due_at: DateTime<Utc>) {
    let tried = row.clone();
    let subject = Some((row.chat, row.id));
    shared
        .write_with_retries("record a failed attempt", subject, move |tx| {
            outbox::record_retry(tx, &tried, &reason, due_at)
        })
        .await;
    row.attempts += 1;
    row.due_at = due_at;
}

/// Records a final outcome before the chat's next message is sent, so that a crash repeats at most one message per chat.
async fn record_outcome(shared: &Shared, row: LeasedMessage, verdict: CallVerdict) -> DeliveryOutcome {
    match &verdict {
        CallVerdict::Dead(reason) => {
            tracing::warn!(
                chat = row.chat.0,
                outbox = row.id,
                method = row.method,
                reason,
                "message became a dead letter"
            );
        }
        CallVerdict::SentToChannel(_) => {
            tracing::warn!(
                chat = row.chat.0,
                outbox = row.id,
                "work group is a channel, nothing is sent there"
            );
            shared.queues().mark_channel(row.chat);
        }
        _ => {
            tracing::debug!(chat = row.chat.0, outbox = row.id, method = row.method, "message was delivered");
        }
    }
    let verdict = Arc::new(verdict);
    let inserts_messages = matches!(*verdict, CallVerdict::Dead(_) | CallVerdict::SentToChannel(_));
    let on_dead = Arc::clone(&shared.on_dead);
    let subject = Some((row.chat, row.id));
    let written = shared
        .write_with_retries("record a delivery", subject, move |tx| {
            let now = time::now();
            match verdict.as_ref() {
                CallVerdict::Sent(message) => outbox::mark_sent(tx, &row, *message, now),
                CallVerdict::SentToChannel(message) => {
                    if outbox::mark_dead(tx, &row, chats::CHANNEL_REASON, now)? {
                        // The hook still finds whose work group it was.
                        on_dead(tx, &row, chats::CHANNEL_REASON)?;
                        chats::leave_channel(tx, row.chat, *message, now)?;
                    }
                    Ok(())
                }
                CallVerdict::Dead(reason) => {
                    // The hook runs once, also when this is repeated after an unseen commit.
                    if outbox::mark_dead(tx, &row, reason, now)? { on_dead(tx, &row, reason) } else { Ok(()) }
                }
                CallVerdict::Skip(why) => outbox::mark_skipped(tx, &row, why, now),
                CallVerdict::Wait(_)
                | CallVerdict::Retry(_)
                | CallVerdict::SendInstead
                | CallVerdict::SendToGeneral
                | CallVerdict::Moved(_) => Ok(()),
            }
        })
        .await;
    if inserts_messages {
        shared.wake.notify_one();
    }
    match written {
        WriteOutcome::Written => DeliveryOutcome::Done,
        WriteOutcome::Refused => DeliveryOutcome::Unrecorded,
        WriteOutcome::Stopped => DeliveryOutcome::Stopped,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn edit(payload: &str) -> LeasedMessage {
        LeasedMessage {
            id: 1,
            chat: ChatId(7),
            method: "editMessageText".to_owned(),
            payload: payload.to_owned(),
            order_message: None,
            attempts: 0,
            due_at: time::now(),
            expires_at: None,
        }
    }

    fn refused(description: &str) -> Result<Box<RawValue>, CallError> {
        let body = format!(r#""{description}""#);
        let kind = serde_json::from_str(&body).unwrap();
        Err(CallError::Refused { code: 400, description: description.to_owned(), kind, moved_to: None })
    }

    #[test]
    fn an_edit_of_a_deleted_message_is_sent_again_for_a_button_and_skipped_for_a_card() {
        for words in [
            "Bad Request: message to edit not found",
            "Bad Request: message can't be edited",
            "Bad Request: MESSAGE_ID_INVALID",
            "Bad Request: there is no text in the message to edit",
        ] {
            let pressed = classify_outcome(&edit(r#"{"message_id":5}"#), refused(words));
            assert!(matches!(pressed, CallVerdict::SendInstead), "{words}");
            assert!(matches!(classify_outcome(&edit("{}"), refused(words)), CallVerdict::Skip(_)), "{words}");
        }
        let other =
            classify_outcome(&edit(r#"{"message_id":5}"#), refused("Bad Request: can't parse entities"));
        assert!(matches!(other, CallVerdict::Dead(_)));
    }

    #[test]
    fn only_the_first_message_to_a_linked_topic_does_not_fall_back_to_the_general_one() {
        let send = |payload: &str| LeasedMessage { method: "sendMessage".to_owned(), ..edit(payload) };
        let gone = "Bad Request: message thread not found";
        let usual = classify_outcome(&send(r#"{"message_thread_id":5}"#), refused(gone));
        assert!(matches!(usual, CallVerdict::SendToGeneral));
        let first = classify_outcome(&send(r#"{"message_thread_id":5,"linked_by":1}"#), refused(gone));
        assert!(matches!(first, CallVerdict::Dead(_)));
    }
}
