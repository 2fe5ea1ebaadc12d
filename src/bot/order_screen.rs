//! An order as a chat may see it: the one place that decides which card, which buttons and how much of the client.

use chrono_tz::Tz;
use teloxide::types::InlineKeyboardMarkup;

use super::callback::ButtonSource;
use super::view::cards::CardExtras;
use super::view::text::{Texts, html_text};
use super::view::{cards, keyboards, refusals};
use crate::db::AnyConnection;
use crate::db::order_messages::OrderMessageKind;
use crate::domain::ids::ChatId;
use crate::domain::locale::Locale;
use crate::domain::master::Master;
use crate::domain::order::Order;
use crate::domain::status::OrderStatus;
use crate::domain::visibility::{self, ClientDetails, is_master_chat};
use crate::service::{self, Refusal, company_settings, orders, users};

/// What a chat may see of an order now.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum OrderScreen {
    Card {
        html: String,
        /// `None` when no action is possible.
        markup: Option<InlineKeyboardMarkup>,
    },
    /// The chat may no longer see the order; the text says so.
    Gone(String),
}

/// The chat that shows an order, with the language of its reader.
#[derive(Clone, Copy)]
pub(super) struct ScreenChat<'a> {
    pub(super) chat: ChatId,
    pub(super) texts: &'static Texts,
    pub(super) zone: Tz,
    /// The beginning of the links to a map.
    pub(super) map_url: &'a str,
    /// Whether the message announces the order to its master.
    pub(super) is_announcement: bool,
}

/// Returns what a chat may see of an order now, on a card of this kind.
pub(super) fn render_order(
    tx: &mut AnyConnection,
    place: ScreenChat<'_>,
    order: &Order,
    master: Option<&Master>,
    kind: OrderMessageKind,
) -> service::Result<OrderScreen> {
    let ScreenChat { chat, texts, zone, .. } = place;
    if kind == OrderMessageKind::Master {
        return Ok(match master.filter(|master| is_master_chat(order, Some(master), chat)) {
            Some(master) => {
                let extras = load_extras(tx, place, order)?;
                let rule = company_settings::get_address_rule(tx)?;
                let details = visibility::client_details_for_master(order.status, rule);
                master_screen(place, order, master, details, &extras)
            }
            None => OrderScreen::Gone(html_text!(texts, "card-unassigned", id = order.id)),
        });
    }
    let reader = match chat.private_user() {
        Some(person) => users::find_user(tx, person)?,
        None => None,
    };
    Ok(match reader.filter(|reader| reader.roles.is_staff()) {
        Some(reader) => {
            let extras = load_extras(tx, place, order)?;
            let buttons = keyboards::staff_card(texts, order.id, order.status, reader.roles);
            OrderScreen::Card {
                html: cards::staff_card(texts, zone, order, master, &extras),
                markup: non_empty(keyboards::with_staff_extras(texts, order, &extras, buttons)),
            }
        }
        None => OrderScreen::Gone(refusals::refusal_text(texts, &Refusal::NoRight)),
    })
}

/// Returns the texts in the language of a chat's reader; a group gets the bot's language.
pub(super) fn texts_of_chat(
    tx: &mut AnyConnection,
    chat: ChatId,
    locale: Locale,
) -> service::Result<&'static Texts> {
    let reader = match chat.private_user() {
        Some(person) => users::find_user(tx, person)?,
        None => None,
    };
    Ok(Texts::of(reader.and_then(|reader| reader.locale).unwrap_or(locale)))
}

fn load_extras(tx: &mut AnyConnection, place: ScreenChat<'_>, order: &Order) -> service::Result<CardExtras> {
    let (files, comments) = orders::count_additions(tx, order.id)?;
    Ok(CardExtras {
        files,
        comments,
        repeat_of: orders::find_repeated(tx, order)?,
        repeats: orders::list_repeats(tx, order.id)?,
        reason: orders::find_last_reason(tx, order)?,
        map_link: Some(cards::map_link(place.map_url, &order.client_address)),
    })
}

fn master_screen(
    place: ScreenChat<'_>,
    order: &Order,
    master: &Master,
    details: ClientDetails,
    extras: &CardExtras,
) -> OrderScreen {
    let ScreenChat { chat, texts, zone, .. } = place;
    let is_assignment = order.status == OrderStatus::Assigned;
    let source =
        if chat.is_group() || is_assignment { ButtonSource::Assignment } else { ButtonSource::OwnChat };
    let html = if is_assignment && place.is_announcement {
        cards::assignment_card(texts, zone, order, master, details, chat.is_group(), extras)
    } else {
        cards::master_card(texts, zone, order, chat.is_group().then_some(master), details, extras)
    };
    let buttons = keyboards::master_card(texts, order.id, order.status, source);
    let markup = non_empty(keyboards::with_master_extras(texts, order, extras, buttons));
    OrderScreen::Card { html, markup }
}

fn non_empty(markup: InlineKeyboardMarkup) -> Option<InlineKeyboardMarkup> {
    let is_empty = markup.inline_keyboard.iter().all(Vec::is_empty);
    (!is_empty).then_some(markup)
}
