//! One message: making the call, and what its outcome means.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;
use teloxide::ApiError;
use tokio::time::Instant;

use super::{Shared, Written, backoff};
use crate::db::outbox::Leased;
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
pub(super) enum Fate {
    /// It is done with and that is recorded.
    Done,
    /// It is done with, but the database refused to take note.
    Unrecorded,
    /// The program stops.
    Stopped,
    /// It cannot go for a while, and neither can those behind it.
    Parked(Leased, Parking),
}

/// What a parked message waits for.
#[derive(Clone, Debug)]
pub(super) enum Parking {
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
    /// The chat has another number now.
    Moved(ChatId),
}

/// Delivers one message, however often that must be tried; `since` is when that began.
pub(super) async fn deliver(shared: &Arc<Shared>, mut row: Leased, since: DateTime<Utc>) -> Fate {
    loop {
        let early = (row.due_at - time::now()).to_std().unwrap_or_default();
        if !early.is_zero() && !shared.pause(early).await {
            return Fate::Stopped;
        }
        let outcome = match prepared(shared, &row).await {
            Ok(Some(payload)) => {
                if !shared.wait_for_turn(row.chat).await {
                    return Fate::Stopped;
                }
                let turn = tokio::select! {
                    turn = shared.calls.acquire() => turn,
                    () = shared.stopping.cancelled() => return Fate::Stopped,
                };
                if turn.is_err() || shared.stopping.is_cancelled() {
                    return Fate::Stopped;
                }
                if row.expires_at.is_some_and(|at| at <= time::now()) {
                    return record(shared, row, Verdict::Moot("it came too late")).await;
                }
                shared.api.call(&row.method, payload, CALL_TIMEOUT).await
            }
            Ok(None) => return record(shared, row, Verdict::Moot("the card was never delivered")).await,
            Err(error) => Err(CallError::Network(error.to_string())),
        };
        let reason = outcome.as_ref().err().map(ToString::to_string).unwrap_or_default();
        let pause = match judge(&row, outcome) {
            Verdict::SendAnew => {
                send_anew(&mut row);
                continue;
            }
            Verdict::Moved(to) => {
                tracing::info!(chat = row.chat.0, to = to.0, "the group has become a supergroup");
                return Fate::Parked(row, Parking::MovedTo(to));
            }
            Verdict::Wait(pause) => {
                tracing::warn!(chat = row.chat.0, outbox = row.id, seconds = pause.as_secs(), "flood wait");
                pause.min(LONGEST_WAIT)
            }
            Verdict::Retry(patience) if time::now() - since < patience => {
                let pause = backoff::after(u32::try_from(row.attempts).unwrap_or_default());
                tracing::warn!(
                    chat = row.chat.0,
                    outbox = row.id,
                    reason,
                    ?pause,
                    "not delivered, trying again"
                );
                pause
            }
            Verdict::Retry(_) => return record(shared, row, Verdict::Dead(reason)).await,
            verdict => return record(shared, row, verdict).await,
        };
        let due_at = time::now() + TimeDelta::from_std(pause).unwrap_or(TimeDelta::seconds(60));
        if pause > LONG_WAIT {
            let wake_at = Instant::now() + pause;
            return Fate::Parked(row, Parking::Until { reason, due_at, wake_at });
        }
        postpone(shared, &mut row, reason, due_at).await;
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
        Err(CallError::Refused { moved_to: Some(to), .. }) if to != row.chat.0 => Verdict::Moved(ChatId(to)),
        Err(CallError::Refused { kind, description, .. }) if is_edit && is_gone(&kind, &description) => {
            if is_answer_to_a_press(row) {
                Verdict::SendAnew
            } else {
                Verdict::Moot("the card is gone")
            }
        }
        Err(CallError::Refused { description, .. }) => Verdict::Dead(description),
    }
}

/// Whether an edit was refused because there is no such message, or none with a text.
fn is_gone(kind: &ApiError, description: &str) -> bool {
    let known = [ApiError::MessageToEditNotFound, ApiError::MessageCantBeEdited, ApiError::MessageIdInvalid];
    known.contains(kind) || description.contains("there is no text in the message to edit")
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

/// Notes the failed try.
async fn postpone(shared: &Shared, row: &mut Leased, reason: String, due_at: DateTime<Utc>) {
    let tried = row.clone();
    let whose = Some((row.chat, row.id));
    shared
        .patiently("note a failed try", whose, move |tx| outbox::postpone(tx, &tried, &reason, due_at))
        .await;
    row.attempts += 1;
    row.due_at = due_at;
}

/// Records a final outcome, before the chat's next message goes: at most one message of a chat can be sent
/// twice by a crash.
async fn record(shared: &Shared, row: Leased, verdict: Verdict) -> Fate {
    match &verdict {
        Verdict::Dead(reason) => {
            tracing::warn!(chat = row.chat.0, outbox = row.id, method = row.method, reason, "dead letter");
        }
        _ => tracing::debug!(chat = row.chat.0, outbox = row.id, method = row.method, "delivered"),
    }
    let verdict = Arc::new(verdict);
    let is_dead = matches!(*verdict, Verdict::Dead(_));
    let on_dead = Arc::clone(&shared.on_dead);
    let whose = Some((row.chat, row.id));
    let written = shared
        .patiently("record a delivery", whose, move |tx| {
            let now = time::now();
            match verdict.as_ref() {
                Verdict::Sent(message) => outbox::sent(tx, &row, *message, now),
                Verdict::Dead(reason) => {
                    // Once, even when this is tried again after a commit whose success was not seen.
                    if outbox::bury(tx, &row, reason, now)? { on_dead(tx, &row, reason) } else { Ok(()) }
                }
                Verdict::Moot(why) => outbox::drop_moot(tx, &row, why, now),
                Verdict::Wait(_) | Verdict::Retry(_) | Verdict::SendAnew | Verdict::Moved(_) => Ok(()),
            }
        })
        .await;
    if is_dead {
        // The hook may have put something into the outbox.
        shared.wake.notify_one();
    }
    match written {
        Written::Yes => Fate::Done,
        Written::Never => Fate::Unrecorded,
        Written::Stopped => Fate::Stopped,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn edit(payload: &str) -> Leased {
        Leased {
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
            let pressed = judge(&edit(r#"{"message_id":5}"#), refused(words));
            assert!(matches!(pressed, Verdict::SendAnew), "{words}");
            assert!(matches!(judge(&edit("{}"), refused(words)), Verdict::Moot(_)), "{words}");
        }
        let other = judge(&edit(r#"{"message_id":5}"#), refused("Bad Request: can't parse entities"));
        assert!(matches!(other, Verdict::Dead(_)));
    }
}
