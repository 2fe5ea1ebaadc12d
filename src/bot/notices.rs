//! Messages that the bot sends on its own, not in answer to an update.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::callback::{Callback, SettlementButton};
use super::link_failures::{self, FailedLink};
use super::order_screen::texts_of_chat;
use super::questions;
use super::reply::Reply;
use super::resend::CardSettings;
use super::view::text::{Texts, html_text};
use super::view::{keyboards, lists, messages, refusals};
use crate::db::order_messages::{self, OrderMessageKind};
use crate::db::outbox::{self, LeasedMessage};
use crate::db::{self, AnyConnection, chats, masters, orders, time};
use crate::domain::ids::{ChatId, ChatPlace, HandOverId};
use crate::domain::locale::Locale;
use crate::domain::master::MasterFilter;
use crate::domain::role::Role;
use crate::domain::user::User;
use crate::service::operator::AppliedRoleChange;
use crate::service::{self, Refusal, settlement, users};

/// The newest cards that are replaced when a user loses a role. A chat takes one edit a second, and a user who gets the role
/// back waits for them.
const WITHDRAWN_CARDS: usize = 100;

/// Notifies the admins that the bot stops. The notice expires after `grace`.
pub(crate) fn notify_stopping(tx: &mut AnyConnection, locale: Locale, grace: Duration) -> db::Result<()> {
    let now = time::now();
    let mut notice = Reply::none().expire_at(now + grace);
    for admin in db::users::list_users_with_role(tx, Role::Admin)? {
        let texts = Texts::of(admin.locale.unwrap_or(locale));
        notice =
            notice.send_message(admin.telegram_id.into(), html_text!(texts, "notice-bot-stopping"), None);
    }
    notice.store_messages(tx, None, now)?;
    Ok(())
}

/// Notifies the admins that a scheduled backup was not made or, with `is_made`, that the hook after it failed.
pub(crate) fn notify_backup_failed(
    tx: &mut AnyConnection,
    locale: Locale,
    reason: &str,
    is_made: bool,
) -> db::Result<()> {
    let mut notice = Reply::none();
    for admin in db::users::list_users_with_role(tx, Role::Admin)? {
        let texts = Texts::of(admin.locale.unwrap_or(locale));
        let html = if is_made {
            html_text!(texts, "notice-backup-hook-failed", reason = reason)
        } else {
            html_text!(texts, "notice-backup-failed", reason = reason)
        };
        notice = notice.send_message(admin.telegram_id.into(), html, None);
    }
    notice.store_messages(tx, None, time::now())?;
    Ok(())
}

/// Notifies the admins that a job failed, with the error in the words of the log.
pub(crate) fn notify_job_failed(
    tx: &mut AnyConnection,
    locale: Locale,
    job: &str,
    reason: &str,
    now: DateTime<Utc>,
) -> db::Result<()> {
    let mut notice = Reply::none();
    for admin in db::users::list_users_with_role(tx, Role::Admin)? {
        let texts = Texts::of(admin.locale.unwrap_or(locale));
        let html = html_text!(texts, "notice-job-failed", job = job, reason = reason);
        notice = notice.send_message(admin.telegram_id.into(), html, None);
    }
    notice.store_messages(tx, None, now)?;
    Ok(())
}

/// Notifies the admins of new dead letters, but not those who are unreachable themselves.
pub(crate) fn notify_dead_letters(
    tx: &mut AnyConnection,
    locale: Locale,
    count: usize,
    unreachable: &[ChatId],
    now: DateTime<Utc>,
) -> db::Result<()> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let mut notice = Reply::none();
    for admin in db::users::list_users_with_role(tx, Role::Admin)? {
        let place = ChatPlace::from(admin.telegram_id);
        if unreachable.contains(&place.chat) {
            continue;
        }
        let texts = Texts::of(admin.locale.unwrap_or(locale));
        notice = notice.send_message(place, html_text!(texts, "notice-dead-letters", count = count), None);
    }
    notice.store_messages(tx, None, now)?;
    Ok(())
}

/// Tells a user that the answer to what they did has to wait.
pub(crate) fn notify_delay(tx: &mut AnyConnection, locale: Locale, place: ChatPlace) -> service::Result<()> {
    let texts = texts_of_chat(tx, place.chat, locale)?;
    let notice = Reply::none().send_message(place, html_text!(texts, "notice-delay"), None);
    notice.store_messages(tx, None, time::now())?;
    Ok(())
}

/// Notifies the staff in charge that a master's card could not be delivered, with the reason in Telegram's words: the
/// master does not know of the order. The first message to a channel tells all staff that it is unlinked.
pub(crate) fn notify_undelivered(
    tx: &mut AnyConnection,
    settings: CardSettings<'_>,
    dead: &LeasedMessage,
    reason: &str,
    now: DateTime<Utc>,
) -> service::Result<()> {
    let locale = settings.locale;
    if reason == chats::CHANNEL_REASON {
        notify_unlinking(tx, locale, dead.chat, now)?;
    } else if let Some(link) = FailedLink::of_message(dead) {
        link_failures::undo_link(tx, settings, link, reason, now)?;
    }
    if let Some(hand_over) = asked_hand_over(dead) {
        notify_unasked_hand_over(tx, locale, hand_over, dead.chat, reason, now)?;
    }
    let about = match dead.order_message {
        Some(row) => order_messages::find_order_of_message(tx, row)?,
        None => None,
    };
    let Some((id, OrderMessageKind::Master)) = about else { return Ok(()) };
    let Some(order) = orders::find_order(tx, id)? else { return Ok(()) };
    let mut notice = Reply::none();
    for reader in users::list_responsible_staff(tx, &order)? {
        let texts = Texts::of(reader.locale.unwrap_or(locale));
        let html = messages::notice_undelivered(texts, id, dead.chat, reason);
        let markup = keyboards::open_order(texts, id).into();
        let chat = reader.telegram_id.into();
        notice = notice.send_about_order(id, OrderMessageKind::Notice, chat, html, Some(markup));
    }
    notice.store_messages(tx, None, now)?;
    Ok(())
}

/// Returns the hand-over that an undelivered message asked its master about.
fn asked_hand_over(dead: &LeasedMessage) -> Option<HandOverId> {
    let payload: serde_json::Value = serde_json::from_str(&dead.payload).ok()?;
    let rows = payload["reply_markup"]["inline_keyboard"].as_array()?;
    let buttons = rows.iter().filter_map(|row| row.as_array()).flatten();
    buttons.filter_map(|button| button["callback_data"].as_str()).find_map(|data| {
        match Callback::parse(data) {
            Ok(Callback::Settlement(SettlementButton::Confirm(id))) => Some(id),
            _ => None,
        }
    })
}

/// Tells who booked the cash that its master could not be asked.
fn notify_unasked_hand_over(
    tx: &mut AnyConnection,
    locale: Locale,
    id: HandOverId,
    chat: ChatId,
    reason: &str,
    now: DateTime<Utc>,
) -> service::Result<()> {
    let Some((hand_over, master)) = settlement::find_undelivered(tx, id)? else { return Ok(()) };
    let Some(reader) = users::find_user(tx, hand_over.by)?.filter(|user| user.roles.is_staff()) else {
        return Ok(());
    };
    let texts = Texts::of(reader.locale.unwrap_or(locale));
    let html = messages::notice_unasked_hand_over(texts, &master.name, hand_over.amount, chat, reason);
    let markup = keyboards::open_balance(texts, master.id).into();
    let notice = Reply::none().send_message(reader.telegram_id.into(), html, Some(markup));
    notice.store_messages(tx, None, now)?;
    Ok(())
}

/// Notifies staff of the masters whose work group is this channel.
fn notify_unlinking(
    tx: &mut AnyConnection,
    locale: Locale,
    channel: ChatId,
    now: DateTime<Utc>,
) -> service::Result<()> {
    let mut readers = db::users::list_users_with_role(tx, Role::Dispatcher)?;
    readers.retain(|user| !user.roles.is_admin());
    readers.extend(db::users::list_users_with_role(tx, Role::Admin)?);
    let mut notice = Reply::none();
    for (master, _) in masters::list_masters(tx, MasterFilter::All)? {
        if master.work_chat != Some(channel) {
            continue;
        }
        for reader in &readers {
            let texts = Texts::of(reader.locale.unwrap_or(locale));
            let group = lists::work_group_name(texts, &master);
            let html = html_text!(texts, "notice-work-group-unlinked", group = group, name = &master.name);
            notice = notice.send_message(reader.telegram_id.into(), html, None);
        }
    }
    notice.store_messages(tx, None, now)?;
    Ok(())
}

/// Removes the orders from the screens of a user who lost a role: withdraws what is queued, and replaces the cards in the
/// private chat and the work group. Ends the dialogues that they may not go on with.
pub(crate) fn withdraw_screens(
    tx: &mut AnyConnection,
    locale: Locale,
    change: &AppliedRoleChange,
    now: DateTime<Utc>,
) -> service::Result<()> {
    if !change.is_change {
        return Ok(());
    }
    let chat = ChatId::from(change.before.telegram_id);
    let mut cards = Vec::new();
    if change.before.roles.is_staff() && !change.roles.is_staff() {
        outbox::skip_other_screens(tx, chat, "its reader lost a role", now)?;
        cards.extend(order_messages::list_cards_in_chat(tx, chat, OrderMessageKind::Staff)?);
    }
    if let Some(master) = change.master.as_ref().filter(|master| !master.sees_orders()) {
        cards.extend(order_messages::list_master_cards_outside(tx, master.id, &[])?);
    }
    let mut reply = Reply::none();
    for (index, (order, card)) in cards.into_iter().enumerate() {
        // An undelivered one is never sent when its withdrawal follows.
        if index < WITHDRAWN_CARDS || card.message.is_none() {
            let texts = texts_of_chat(tx, card.place.chat, locale)?;
            let html = match card.kind {
                OrderMessageKind::Staff => refusals::refusal_text(texts, &Refusal::NoRight),
                _ => html_text!(texts, "card-unassigned", id = order),
            };
            reply = reply.retire_card(card.row, card.place, html);
        } else {
            order_messages::retire_order_card(tx, card.row)?;
        }
    }
    if change.roles.union(change.before.roles) != change.roles {
        let user = User { roles: change.roles, ..change.before.clone() };
        reply = reply.and(questions::end_forbidden_questions(tx, locale, &user, now)?);
    }
    reply.store_messages(tx, None, now)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::bot::testing::{DISPATCHER, PHONE, STRANGER, World};
    use crate::domain::ids::TelegramId;
    use crate::service::operator;

    #[test]
    fn newest_cards_of_a_user_who_lost_a_role_are_replaced_and_none_is_a_card_any_more() {
        let mut world = World::new();
        let order = world.order();
        let (user, role, now) = (TelegramId(STRANGER), Role::Dispatcher, world.now());
        operator::grant_role(&mut world.tx, user, role, now).unwrap();
        let opened = WITHDRAWN_CARDS + 3;
        for _ in 0..opened {
            world.say(STRANGER, STRANGER, &format!("/order {order}"));
        }
        let now = world.now();
        let change = operator::revoke_role(&mut world.tx, user, role, false, now).unwrap();
        withdraw_screens(&mut world.tx, Locale::En, &change, now).unwrap();
        world.deliver_pending();
        let with_phone = |chat: i64| {
            let shown = world.screens.iter().filter(|((in_chat, _), _)| *in_chat == chat);
            shown.filter(|(_, payload)| payload["text"].as_str().unwrap().contains(PHONE)).count()
        };
        assert_eq!(with_phone(STRANGER), opened - WITHDRAWN_CARDS);
        assert!(with_phone(DISPATCHER) > 0, "those of others stay");
        let staff = OrderMessageKind::Staff;
        let left = order_messages::list_cards_in_chat(&mut world.tx, ChatId(STRANGER), staff).unwrap();
        assert_eq!(left, []);
        // Repeating it has nothing more to do.
        let again = operator::revoke_role(&mut world.tx, user, role, false, now).unwrap();
        withdraw_screens(&mut world.tx, Locale::En, &again, now).unwrap();
        assert_eq!(outbox::count_pending_messages(&mut world.tx).unwrap(), 0);
    }
}
