//! The keyboards of the new-order dialogue.

use teloxide::types::{InlineKeyboardButton, InlineKeyboardMarkup};

use super::dialogue::{QuestionId, inline_step_rows};
use super::parts::{ButtonRows, button_names, in_rows_of, inline_button};
use crate::bot::callback::{Callback, PageNumber};
use crate::bot::dialogue::{DialogueNonce, OrderStep};
use crate::bot::view::html::shorten_text;
use crate::bot::view::names;
use crate::bot::view::text::{Texts, plain_text};
use crate::domain::equipment::EquipmentType;
use crate::domain::ids::OrderId;
use crate::domain::master::Master;
use crate::service::orders::KnownClient;

/// How many masters the card to confirm offers at a time.
const MASTERS_ON_CARD: usize = 4;
/// The most of a client's field on a button, in UTF-16 units; phones cut longer ones anyway.
const BUTTON_FIELD: usize = 30;
/// Telegram refuses a keyboard with more buttons; a few are for the dialogue.
pub(super) const MAX_TYPES: usize = 90;

/// Returns the types of equipment that are offered.
pub(crate) fn equipment_choice(
    texts: &Texts,
    id: QuestionId,
    types: &[EquipmentType],
    can_keep: bool,
) -> InlineKeyboardMarkup {
    let offered = types.iter().filter(|kind| !kind.is_hidden).take(MAX_TYPES);
    let buttons = offered.map(|kind| {
        inline_button(names::equipment_name(texts, &kind.name), Callback::Equipment(kind.id, id.nonce))
    });
    let mut rows = in_rows_of(2, buttons);
    rows.extend(keep_row(texts, id, can_keep));
    rows.extend(inline_step_rows(texts, id, false, false));
    InlineKeyboardMarkup::new(rows)
}

/// Returns the buttons of a step that is answered in writing.
pub(crate) fn draft_step(
    texts: &Texts,
    id: QuestionId,
    can_keep: bool,
    can_skip: bool,
) -> InlineKeyboardMarkup {
    let mut rows: ButtonRows = keep_row(texts, id, can_keep).into_iter().collect();
    rows.extend(inline_step_rows(texts, id, true, can_skip));
    InlineKeyboardMarkup::new(rows)
}

fn keep_row(texts: &Texts, id: QuestionId, can_keep: bool) -> Option<Vec<InlineKeyboardButton>> {
    let keep = Callback::DialogKeep(id.step, id.nonce);
    can_keep.then(|| vec![inline_button(plain_text!(texts, "button-keep"), keep)])
}

/// Adds the buttons of a known client above the others: taking over name and address, or the one that is asked for, and
/// opening the last and the open order, and all of them.
pub(crate) fn add_known_client(
    texts: &Texts,
    markup: &mut InlineKeyboardMarkup,
    client: &KnownClient,
    step: OrderStep,
    takes_both: bool,
    nonce: Option<DialogueNonce>,
) {
    let last = &client.last;
    let name = shorten_text(&last.client_name, BUTTON_FIELD);
    let address = shorten_text(&last.client_address, BUTTON_FIELD);
    let taken = match step {
        _ if takes_both => format!("{name} · {address}"),
        OrderStep::Address => address,
        _ => name,
    };
    let take = inline_button(format!("✔ {taken}"), Callback::TakeClient(last.id, nonce));
    let open = client.open.as_ref().map(|open| open.id);
    let mut orders = vec![last.id];
    orders.extend(open.filter(|open| *open != last.id));
    let view = orders.into_iter().map(|order| open_button(texts, order)).collect();
    let all = inline_button(plain_text!(texts, "button-client-orders"), Callback::OpenClient(last.id));
    markup.inline_keyboard.splice(0..0, [vec![take], view, vec![all]]);
}

fn open_button(texts: &Texts, order: OrderId) -> InlineKeyboardButton {
    inline_button(plain_text!(texts, "button-open-order-number", id = order), Callback::OpenOrder(order))
}

/// Returns the buttons under the card to confirm: masters to assign to, creating without one, correcting each field, and the
/// open order of the same client.
pub(crate) fn confirm_order(
    texts: &Texts,
    id: QuestionId,
    masters: &[(Master, i64)],
    page: PageNumber,
    duplicate: Option<OrderId>,
) -> InlineKeyboardMarkup {
    let mut rows = master_rows(texts, id.nonce, masters, page);
    let create = if masters.is_empty() {
        plain_text!(texts, "button-create")
    } else {
        plain_text!(texts, "button-create-without-master")
    };
    rows.push(vec![inline_button(create, Callback::ConfirmOrder(id.nonce))]);
    let fields = OrderStep::ALL
        .into_iter()
        .filter(|step| *step != OrderStep::Confirmation)
        .map(|step| inline_button(field_name(texts, step), Callback::DraftField(step.number(), id.nonce)));
    rows.extend(in_rows_of(3, fields));
    rows.extend(duplicate.map(|order| vec![open_button(texts, order)]));
    rows.extend(inline_step_rows(texts, id, true, false));
    InlineKeyboardMarkup::new(rows)
}

/// Returns a page of the masters, and the way to the next one, behind the last of which comes the first.
fn master_rows(
    texts: &Texts,
    nonce: Option<DialogueNonce>,
    masters: &[(Master, i64)],
    page: PageNumber,
) -> ButtonRows {
    let names = button_names(masters);
    let buttons: Vec<_> = masters
        .iter()
        .zip(&names)
        .map(|((master, load), name)| {
            let text = format!("👷 {name} · {}", names::active_orders(texts, *load));
            vec![inline_button(text, Callback::CreateAssigned(master.id, nonce))]
        })
        .collect();
    let pages = buttons.len().div_ceil(MASTERS_ON_CARD).max(1);
    let shown = (page.0 as usize - 1) % pages;
    let mut rows: ButtonRows =
        buttons.chunks(MASTERS_ON_CARD).nth(shown).map(<[_]>::to_vec).unwrap_or_default();
    if pages > 1 {
        let next = PageNumber(u32::try_from((shown + 1) % pages + 1).unwrap_or(1));
        let text = plain_text!(texts, "button-other-masters");
        rows.push(vec![inline_button(text, Callback::DraftMasters(next, nonce))]);
    }
    rows
}

fn field_name(texts: &Texts, step: OrderStep) -> String {
    match step {
        OrderStep::Equipment => plain_text!(texts, "button-field-equipment"),
        OrderStep::Description => plain_text!(texts, "button-field-description"),
        OrderStep::Phone => plain_text!(texts, "button-field-phone"),
        OrderStep::ClientName => plain_text!(texts, "button-field-name"),
        OrderStep::Address => plain_text!(texts, "button-field-address"),
        OrderStep::Notes => plain_text!(texts, "button-field-notes"),
        OrderStep::Time | OrderStep::Confirmation => plain_text!(texts, "button-field-time"),
    }
}
