//! Sending dead letters again: cards as they are now, nothing that is outdated or that its reader may no longer see.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::order_screen::{OrderScreen, ScreenChat, render_order, texts_of_chat};
use crate::db::dead_letters::{self, DeadLetter, DeadLetterError, DeadLetterSelection};
use crate::db::order_messages::{self, OrderMessageKind};
use crate::db::outbox::{FINAL_MARK, LINK_MARK};
use crate::db::{self, AnyConnection};
use crate::domain::ids::OrderId;
use crate::domain::locale::Locale;
use crate::service::{self, Refusal, orders};

/// How cards look.
#[derive(Clone, Copy)]
pub(crate) struct CardSettings<'a> {
    /// The language of readers who have not chosen one.
    pub(crate) locale: Locale,
    pub(crate) zone: Tz,
    /// The beginning of the links to a map.
    pub(crate) map_url: &'a str,
}

/// What became of dead letters that were to be sent again.
#[derive(Debug, Default)]
pub(crate) struct ResentLetters {
    pub(crate) queued: Vec<i64>,
    /// Outdated, or no longer for their reader.
    pub(crate) skipped: Vec<i64>,
}

/// Queues the selected dead letters again, cards rendered anew, and skips those that are outdated.
pub(crate) fn resend_dead_letters(
    tx: &mut AnyConnection,
    settings: CardSettings<'_>,
    which: &DeadLetterSelection,
    now: DateTime<Utc>,
) -> Result<ResentLetters, DeadLetterError> {
    let ids = dead_letters::find_dead_letters(tx, which)?;
    let mut done = ResentLetters::default();
    for letter in dead_letters::load_dead_letters(tx, &ids)? {
        match current_payload(tx, settings, &letter).map_err(Refusal::into_database_error)? {
            Some(payload) => {
                dead_letters::requeue_letter(tx, letter.id, &payload, now)?;
                done.queued.push(letter.id);
            }
            None => {
                dead_letters::skip_letter(tx, letter.id, "it was outdated when it was retried", now)?;
                done.skipped.push(letter.id);
            }
        }
    }
    dead_letters::insert_retry_audit(tx, &done.queued, &done.skipped, now)?;
    Ok(done)
}

/// Returns what the letter says today; `None` when it is better not sent.
fn current_payload(
    tx: &mut AnyConnection,
    settings: CardSettings<'_>,
    letter: &DeadLetter,
) -> service::Result<Option<String>> {
    let about = match letter.order_message {
        Some(row) => order_messages::find_order_of_message(tx, row)?,
        None => None,
    };
    let (Some((order, kind)), Some(row)) = (about, letter.order_message) else {
        // The group of a first message that was not delivered has been unlinked.
        let is_link = has_field(&letter.payload, LINK_MARK);
        return Ok((!is_link).then(|| letter.payload.clone()));
    };
    if letter.has_later_version {
        return Ok(None);
    }
    match kind {
        OrderMessageKind::Notice => {
            let is_current = is_current_notice(tx, order, letter)?;
            Ok(is_current.then(|| letter.payload.clone()))
        }
        kind if is_newest_card(tx, order, kind, letter, row)? => {
            render_again(tx, settings, order, kind, letter, row)
        }
        _ => Ok(None),
    }
}

fn has_field(payload: &str, name: &str) -> bool {
    serde_json::from_str::<Value>(payload).is_ok_and(|payload| payload.get(name).is_some())
}

/// Whether a notice still tells the last change of the order. The withdrawal of a card is always current.
fn is_current_notice(tx: &mut AnyConnection, order: OrderId, letter: &DeadLetter) -> db::Result<bool> {
    let is_final = has_field(&letter.payload, FINAL_MARK);
    let order = db::orders::find_order(tx, order)?;
    Ok(is_final || order.is_some_and(|order| order.updated_at <= letter.created_at))
}

/// Whether no newer message in the chat shows the order to the same reader.
fn is_newest_card(
    tx: &mut AnyConnection,
    order: OrderId,
    kind: OrderMessageKind,
    letter: &DeadLetter,
    row: i64,
) -> db::Result<bool> {
    let cards = order_messages::list_order_cards(tx, order)?;
    let newest = cards.iter().find(|card| card.kind == kind && card.place.chat == letter.chat);
    Ok(newest.is_none_or(|card| card.row == row))
}

fn render_again(
    tx: &mut AnyConnection,
    settings: CardSettings<'_>,
    order: OrderId,
    kind: OrderMessageKind,
    letter: &DeadLetter,
    row: i64,
) -> service::Result<Option<String>> {
    let Some((order, master)) = orders::find_order_for_share(tx, order)? else { return Ok(None) };
    let (chat, is_edit) = (letter.chat, letter.method != "sendMessage");
    let place = ScreenChat {
        chat,
        texts: texts_of_chat(tx, chat, settings.locale)?,
        zone: settings.zone,
        map_url: settings.map_url,
        is_announcement: !is_edit,
    };
    // Topic and message stay those of the letter.
    let mut payload = serde_json::from_str::<Value>(&letter.payload).unwrap_or_default();
    let Some(fields) = payload.as_object_mut() else { return Ok(None) };
    fields.remove("reply_markup");
    match render_order(tx, place, &order, master.as_ref(), kind)? {
        OrderScreen::Card { html, markup } => {
            fields.insert("text".to_owned(), html.into());
            if let Some(markup) = markup {
                fields.insert("reply_markup".to_owned(), json!(markup));
            }
        }
        OrderScreen::Gone(html) if is_edit => {
            order_messages::retire_order_card(tx, row)?;
            fields.insert("text".to_owned(), html.into());
            fields.insert(FINAL_MARK.to_owned(), true.into());
        }
        OrderScreen::Gone(_) => return Ok(None),
    }
    Ok(Some(payload.to_string()))
}
