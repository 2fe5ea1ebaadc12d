//! Messages that the bot sends on its own, not in answer to an update.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::reply::Reply;
use super::view::keyboards;
use super::view::text::{Texts, html_text};
use crate::db::order_messages::{self, OrderMessageKind};
use crate::db::outbox::LeasedMessage;
use crate::db::{self, AnyConnection, orders, time, users};
use crate::domain::locale::Locale;
use crate::domain::role::Role;
use crate::domain::user::User;

/// Notifies the admins that the bot stops. The notice expires after `grace`.
pub(crate) fn notify_stopping(tx: &mut AnyConnection, locale: Locale, grace: Duration) -> db::Result<()> {
    let now = time::now();
    let mut notice = Reply::none().expire_at(now + grace);
    for admin in users::list_users_with_role(tx, Role::Admin)? {
        let texts = Texts::of(admin.locale.unwrap_or(locale));
        notice =
            notice.send_message(admin.telegram_id.into(), html_text!(texts, "notice-bot-stopping"), None);
    }
    notice.store_messages(tx, None, now)?;
    Ok(())
}

/// Notifies the order's dispatcher (the admins, when there is none) that a master's card could not be delivered: the
/// master does not know of the order.
pub(crate) fn notify_undelivered(
    tx: &mut AnyConnection,
    locale: Locale,
    dead: &LeasedMessage,
    now: DateTime<Utc>,
) -> db::Result<()> {
    let about = match dead.order_message {
        Some(row) => order_messages::find_order_of_message(tx, row)?,
        None => None,
    };
    let Some((id, OrderMessageKind::Master)) = about else { return Ok(()) };
    let dispatcher = match orders::find_order(tx, id)?.and_then(|order| order.dispatcher) {
        Some(person) => users::find_user(tx, person)?,
        None => None,
    };
    let readers: Vec<User> = match dispatcher.filter(|person| person.roles.is_staff()) {
        Some(dispatcher) => vec![dispatcher],
        None => users::list_users_with_role(tx, Role::Admin)?,
    };
    let mut notice = Reply::none();
    for reader in readers {
        let texts = Texts::of(reader.locale.unwrap_or(locale));
        let html = html_text!(texts, "notice-undelivered", id = id);
        let markup = keyboards::view_order(texts, id).into();
        notice = notice.send_about_order(
            id,
            OrderMessageKind::Notice,
            reader.telegram_id.into(),
            html,
            Some(markup),
        );
    }
    notice.store_messages(tx, None, now)?;
    Ok(())
}
