//! One message: making the call, and what its outcome means.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;
use teloxide::ApiError;
use tokio::time::Instant;

use super::{Shared, WriteOutcome, backoff};
use crate::db::outbox::LeasedMessage;
use crate::db::{order_messages, outbox, time};
use crate::domain::ids::{ChatId, MessageId};
use crate::telegram::{CALL_TIMEOUT, CallError};

/// A message that the server fails on for this long is given up: it would block the chat's other messages.
const SERVER_PATIENCE: TimeDelta = TimeDelta::hours(1);
/// A message that cannot be handed over for this long is stale.
pub(super) const NETWORK_PATIENCE: TimeDelta = TimeDelta::hours(24);

/// Who has to wait for longer waits in the database, so that the room in memory is for those who need not.
const LONG_WAIT: Duration = Duration::from_secs(5);

/// A pause that Telegram names is believed up to here.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// What became of a message.
pub(super) enum DeliveryOutcome {
    /// It is done with and that is recorded.
    Done,
    /// It is done with, but the database refused to take note.
    Unrecorded,
    /// The program stops.
    Stopped,
    /// It cannot go for a while, and neither can those behind it.
    Parked(LeasedMessage, Deferral),
}

/// What a parked message waits for.
#[derive(Clone, Debug)]
pub(super) enum Deferral {
    /// The next try.
    Until {
        /// Why the last one failed.
        reason: String,
        /// When the next one is due.
        due_at: DateTime<Utc>,
        /// The same for a timer.
        wake_at: Instant,
    },
    /// Its group has become a supergroup: everything of the chat goes there.
    MovedTo(ChatId),
}

/// What the outcome of a call means for the message.
enum CallVerdict {
    /// Telegram has it.
    Sent(Option<MessageId>),
    /// There is nothing to do any more, for this reason.
    Moot(&'static str),
    /// It can never be delivered.
    Dead(String),
    /// Telegram named the pause.
    Wait(Duration),
    /// Try again after a pause of our own choosing, unless this has gone on for so long.
    Retry(TimeDelta),
    /// The message under the button is gone: send a new one instead.
    SendAnew,
    /// The chat has another number now.
    Moved(ChatId),
}

/// Delivers one message, however often that must be tried; `since` is when that began.
pub(super) async fn deliver_message(
    shared: &Arc<Shared>,
    mut row: LeasedMessage,
    since: DateTime<Utc>,
) -> DeliveryOutcome {
    loop {
        let early = (row.due_at - time::now()).to_std().unwrap_or_default();
        if !early.is_zero() && !shared.pause(early).await {
            return DeliveryOutcome::Stopped;
        }
        let outcome = match prepare_payload(shared, &row).await {
            Ok(Some(payload)) => {
                if !shared.wait_for_turn(row.chat).await {
                    return DeliveryOutcome::Stopped;
                }
                let turn = tokio::select! {
                    turn = shared.calls.acquire() => turn,
                    () = shared.stopping.cancelled() => return DeliveryOutcome::Stopped,
                };
                if turn.is_err() || shared.stopping.is_cancelled() {
                    return DeliveryOutcome::Stopped;
                }
                if row.expires_at.is_some_and(|at| at <= time::now()) {
                    return record_outcome(shared, row, CallVerdict::Moot("it came too late")).await;
                }
                shared.api.call(&row.method, payload, CALL_TIMEOUT).await
            }
            Ok(None) => {
                return record_outcome(shared, row, CallVerdict::Moot("the card was never delivered")).await;
            }
            Err(error) => Err(CallError::Network(error.to_string())),
        };
        let reason = outcome.as_ref().err().map(ToString::to_string).unwrap_or_default();
        let pause = match classify_outcome(&row, outcome) {
            CallVerdict::SendAnew => {
                convert_to_send(&mut row);
                continue;
            }
            CallVerdict::Moved(to) => {
                tracing::info!(chat = row.chat.0, to = to.0, "the group has become a supergroup");
                return DeliveryOutcome::Parked(row, Deferral::MovedTo(to));
            }
            CallVerdict::Wait(pause) => {
                tracing::warn!(chat = row.chat.0, outbox = row.id, seconds = pause.as_secs(), "flood wait");
                pause.min(LONGEST_WAIT)
            }
            CallVerdict::Retry(patience) if time::now() - since < patience => {
                let pause = backoff::retry_delay(u32::try_from(row.attempts).unwrap_or_default());
                tracing::warn!(
                    chat = row.chat.0,
                    outbox = row.id,
                    reason,
                    ?pause,
                    "not delivered, trying again"
                );
                pause
            }
            CallVerdict::Retry(_) => return record_outcome(shared, row, CallVerdict::Dead(reason)).await,
            verdict => return record_outcome(shared, row, verdict).await,
        };
        let due_at = time::now() + TimeDelta::from_std(pause).unwrap_or(TimeDelta::seconds(60));
        if pause > LONG_WAIT {
            let wake_at = Instant::now() + pause;
            return DeliveryOutcome::Parked(row, Deferral::Until { reason, due_at, wake_at });
        }
        record_retry(shared, &mut row, reason, due_at).await;
    }
}

/// The parameters of the call. A card's number is looked up at the last moment: when the edit was decided, the
/// card may not have been sent yet. `None` when there is no card to edit.
async fn prepare_payload(shared: &Shared, row: &LeasedMessage) -> crate::db::Result<Option<String>> {
    let Some(card) = row.order_message.filter(|_| row.method == "editMessageText") else {
        return Ok(Some(row.payload.clone()));
    };
    let Ok(mut payload) = serde_json::from_str::<serde_json::Value>(&row.payload) else {
        return Ok(Some(row.payload.clone()));
    };
    if payload.get("message_id").is_some() {
        return Ok(Some(row.payload.clone()));
    }
    let message = shared.db.read(move |conn| order_messages::find_message_id(conn, card)).await?;
    Ok(message.map(|message| {
        payload["message_id"] = message.0.into();
        payload.to_string()
    }))
}

fn classify_outcome(row: &LeasedMessage, outcome: Result<Box<RawValue>, CallError>) -> CallVerdict {
    #[derive(Deserialize)]
    struct Sent {
        message_id: i32,
    }
    let is_edit = row.method == "editMessageText";
    match outcome {
        Ok(result) => {
            let sent = serde_json::from_str::<Sent>(result.get()).ok();
            CallVerdict::Sent(sent.map(|sent| MessageId(sent.message_id)))
        }
        Err(CallError::RetryAfter(pause)) => CallVerdict::Wait(pause),
        Err(CallError::Server(_)) => CallVerdict::Retry(SERVER_PATIENCE),
        // A wrong token is no fault of the message; whoever runs the bot must hear of it first.
        Err(CallError::Network(_) | CallError::Refused { code: 401 | 404, .. }) => {
            CallVerdict::Retry(NETWORK_PATIENCE)
        }
        Err(CallError::Refused { kind: ApiError::MessageNotModified, .. }) => {
            CallVerdict::Moot("it looks like that already")
        }
        Err(CallError::Refused { moved_to: Some(to), .. }) if to != row.chat.0 => {
            CallVerdict::Moved(ChatId(to))
        }
        Err(CallError::Refused { kind, description, .. })
            if is_edit && is_message_gone(&kind, &description) =>
        {
            if is_answer_to_button(row) {
                CallVerdict::SendAnew
            } else {
                CallVerdict::Moot("the card is gone")
            }
        }
        Err(CallError::Refused { description, .. }) => CallVerdict::Dead(description),
    }
}

/// Whether an edit was refused because there is no such message, or none with a text.
fn is_message_gone(kind: &ApiError, description: &str) -> bool {
    let known = [ApiError::MessageToEditNotFound, ApiError::MessageCantBeEdited, ApiError::MessageIdInvalid];
    known.contains(kind) || description.contains("there is no text in the message to edit")
}

/// An edit of a message whose number was known when it was decided answers somebody who looks at it.
fn is_answer_to_button(row: &LeasedMessage) -> bool {
    serde_json::from_str::<serde_json::Value>(&row.payload)
        .is_ok_and(|payload| payload.get("message_id").is_some())
}

fn convert_to_send(row: &mut LeasedMessage) {
    if let Ok(mut payload) = serde_json::from_str::<serde_json::Value>(&row.payload) {
        if let Some(fields) = payload.as_object_mut() {
            fields.remove("message_id");
        }
        row.payload = payload.to_string();
    }
    "sendMessage".clone_into(&mut row.method);
}

/// Notes the failed try.
async fn record_retry(shared: &Shared, row: &mut LeasedMessage, reason: String, due_at: DateTime<Utc>) {
    let tried = row.clone();
    let whose = Some((row.chat, row.id));
    shared
        .patiently("note a failed try", whose, move |tx| outbox::record_retry(tx, &tried, &reason, due_at))
        .await;
    row.attempts += 1;
    row.due_at = due_at;
}

/// Records a final outcome, before the chat's next message goes: at most one message of a chat can be sent
/// twice by a crash.
async fn record_outcome(shared: &Shared, row: LeasedMessage, verdict: CallVerdict) -> DeliveryOutcome {
    match &verdict {
        CallVerdict::Dead(reason) => {
            tracing::warn!(chat = row.chat.0, outbox = row.id, method = row.method, reason, "dead letter");
        }
        _ => tracing::debug!(chat = row.chat.0, outbox = row.id, method = row.method, "delivered"),
    }
    let verdict = Arc::new(verdict);
    let is_dead = matches!(*verdict, CallVerdict::Dead(_));
    let on_dead = Arc::clone(&shared.on_dead);
    let whose = Some((row.chat, row.id));
    let written = shared
        .patiently("record a delivery", whose, move |tx| {
            let now = time::now();
            match verdict.as_ref() {
                CallVerdict::Sent(message) => outbox::mark_sent(tx, &row, *message, now),
                CallVerdict::Dead(reason) => {
                    // Once, even when this is tried again after a commit whose success was not seen.
                    if outbox::mark_dead(tx, &row, reason, now)? { on_dead(tx, &row, reason) } else { Ok(()) }
                }
                CallVerdict::Moot(why) => outbox::mark_skipped(tx, &row, why, now),
                CallVerdict::Wait(_)
                | CallVerdict::Retry(_)
                | CallVerdict::SendAnew
                | CallVerdict::Moved(_) => Ok(()),
            }
        })
        .await;
    if is_dead {
        // The hook may have put something into the outbox.
        shared.wake.notify_one();
    }
    match written {
        WriteOutcome::Yes => DeliveryOutcome::Done,
        WriteOutcome::Never => DeliveryOutcome::Unrecorded,
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
    fn an_edit_of_a_message_that_is_gone_is_sent_anew_to_who_pressed_and_dropped_for_a_card() {
        for words in [
            "Bad Request: message to edit not found",
            "Bad Request: message can't be edited",
            "Bad Request: MESSAGE_ID_INVALID",
            "Bad Request: there is no text in the message to edit",
        ] {
            let pressed = classify_outcome(&edit(r#"{"message_id":5}"#), refused(words));
            assert!(matches!(pressed, CallVerdict::SendAnew), "{words}");
            assert!(matches!(classify_outcome(&edit("{}"), refused(words)), CallVerdict::Moot(_)), "{words}");
        }
        let other =
            classify_outcome(&edit(r#"{"message_id":5}"#), refused("Bad Request: can't parse entities"));
        assert!(matches!(other, CallVerdict::Dead(_)));
    }
}
