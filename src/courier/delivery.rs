//! One message: making the call, and what its outcome means.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;
use teloxide::ApiError;

use super::{Shared, backoff};
use crate::db::outbox::Leased;
use crate::db::{order_messages, outbox, time};
use crate::domain::ids::MessageId;
use crate::telegram::{CALL_TIMEOUT, CallError};

/// A message that the server fails on for this long is given up: it would block the chat's other messages.
const SERVER_PATIENCE: TimeDelta = TimeDelta::hours(1);
/// A message that cannot be handed over for this long is stale.
const NETWORK_PATIENCE: TimeDelta = TimeDelta::hours(24);

/// What the outcome of a call means for the message.
enum Verdict {
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
}

/// Delivers one message, however often that must be tried. `false` when the program stops before.
pub(super) async fn deliver(shared: &Arc<Shared>, mut row: Leased) -> bool {
    let first_try = time::now();
    loop {
        let early = (row.due_at - time::now()).to_std().unwrap_or_default();
        if !early.is_zero() && !shared.pause(early).await {
            return false;
        }
        let outcome = match prepared(shared, &row).await {
            Ok(Some(payload)) => {
                shared.wait_for_turn(row.chat).await;
                let Ok(_turn) = shared.calls.acquire().await else { return false };
                if shared.stopping.is_cancelled() {
                    return false;
                }
                shared.api.call(&row.method, payload, CALL_TIMEOUT).await
            }
            Ok(None) => return record(shared, row, Verdict::Moot("the card was never delivered")).await,
            Err(error) => Err(CallError::Network(error.to_string())),
        };
        let reason = outcome.as_ref().err().map(ToString::to_string).unwrap_or_default();
        match judge(&row, outcome) {
            Verdict::SendAnew => send_anew(&mut row),
            Verdict::Wait(pause) => {
                tracing::warn!(chat = row.chat.0, outbox = row.id, seconds = pause.as_secs(), "flood wait");
                if !postpone(shared, &mut row, reason, pause).await {
                    return false;
                }
            }
            Verdict::Retry(patience) if time::now() - first_try < patience => {
                let pause = backoff::after(u32::try_from(row.attempts).unwrap_or_default());
                tracing::warn!(
                    chat = row.chat.0,
                    outbox = row.id,
                    reason,
                    ?pause,
                    "not delivered, trying again"
                );
                if !postpone(shared, &mut row, reason, pause).await {
                    return false;
                }
            }
            Verdict::Retry(_) => return record(shared, row, Verdict::Dead(reason)).await,
            verdict => return record(shared, row, verdict).await,
        }
    }
}

/// The parameters of the call. A card's number is looked up at the last moment: when the edit was decided, the
/// card may not have been sent yet. `None` when there is no card to edit.
async fn prepared(shared: &Shared, row: &Leased) -> crate::db::Result<Option<String>> {
    let Some(card) = row.order_message.filter(|_| row.method == "editMessageText") else {
        return Ok(Some(row.payload.clone()));
    };
    let Ok(mut payload) = serde_json::from_str::<serde_json::Value>(&row.payload) else {
        return Ok(Some(row.payload.clone()));
    };
    if payload.get("message_id").is_some() {
        return Ok(Some(row.payload.clone()));
    }
    let message = shared.db.read(move |conn| order_messages::message_id(conn, card)).await?;
    Ok(message.map(|message| {
        payload["message_id"] = message.0.into();
        payload.to_string()
    }))
}

fn judge(row: &Leased, outcome: Result<Box<RawValue>, CallError>) -> Verdict {
    #[derive(Deserialize)]
    struct Sent {
        message_id: i32,
    }
    let is_edit = row.method == "editMessageText";
    match outcome {
        Ok(result) => {
            let sent = serde_json::from_str::<Sent>(result.get()).ok();
            Verdict::Sent(sent.map(|sent| MessageId(sent.message_id)))
        }
        Err(CallError::RetryAfter(pause)) => Verdict::Wait(pause),
        Err(CallError::Server(_)) => Verdict::Retry(SERVER_PATIENCE),
        // A wrong token is no fault of the message; whoever runs the bot must hear of it first.
        Err(CallError::Network(_) | CallError::Refused { code: 401 | 404, .. }) => {
            Verdict::Retry(NETWORK_PATIENCE)
        }
        Err(CallError::Refused { kind: ApiError::MessageNotModified, .. }) => {
            Verdict::Moot("it looks like that already")
        }
        Err(CallError::Refused {
            kind: ApiError::MessageToEditNotFound | ApiError::MessageCantBeEdited,
            ..
        }) if is_edit => {
            if is_answer_to_a_press(row) {
                Verdict::SendAnew
            } else {
                Verdict::Moot("the card is gone")
            }
        }
        Err(CallError::Refused { description, .. }) => Verdict::Dead(description),
    }
}

/// An edit of a message whose number was known when it was decided answers somebody who looks at it.
fn is_answer_to_a_press(row: &Leased) -> bool {
    serde_json::from_str::<serde_json::Value>(&row.payload)
        .is_ok_and(|payload| payload.get("message_id").is_some())
}

fn send_anew(row: &mut Leased) {
    if let Ok(mut payload) = serde_json::from_str::<serde_json::Value>(&row.payload) {
        if let Some(fields) = payload.as_object_mut() {
            fields.remove("message_id");
        }
        row.payload = payload.to_string();
    }
    "sendMessage".clone_into(&mut row.method);
}

/// Notes the failed try and waits. `false` when the program stops meanwhile.
async fn postpone(shared: &Shared, row: &mut Leased, reason: String, pause: Duration) -> bool {
    let due_at: DateTime<Utc> = time::now() + TimeDelta::from_std(pause).unwrap_or(TimeDelta::seconds(60));
    let tried = row.clone();
    shared.patiently("note a failed try", move |tx| outbox::postpone(tx, &tried, &reason, due_at)).await;
    row.attempts += 1;
    row.due_at = due_at;
    true
}

/// Records a final outcome, before the chat's next message goes: at most one message of a chat can be sent
/// twice by a crash.
async fn record(shared: &Shared, row: Leased, verdict: Verdict) -> bool {
    match &verdict {
        Verdict::Dead(reason) => {
            tracing::warn!(chat = row.chat.0, outbox = row.id, method = row.method, reason, "dead letter");
        }
        _ => tracing::debug!(chat = row.chat.0, outbox = row.id, method = row.method, "delivered"),
    }
    let verdict = Arc::new(verdict);
    shared
        .patiently("record a delivery", move |tx| {
            let now = time::now();
            match verdict.as_ref() {
                Verdict::Sent(message) => outbox::sent(tx, &row, *message, now),
                Verdict::Dead(reason) => outbox::bury(tx, &row, reason, now),
                Verdict::Moot(why) => outbox::drop_moot(tx, &row, why, now),
                Verdict::Wait(_) | Verdict::Retry(_) | Verdict::SendAnew => Ok(()),
            }
        })
        .await
}
