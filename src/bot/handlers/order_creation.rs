//! Creating the order of a confirmed draft, perhaps with its master, and telling the other staff.

use teloxide::types::ReplyMarkup;

use super::announce::{OrderEvent, announce_event};
use super::order_card;
use super::order_question::step_question;
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dialogue::{Dialogue, OrderDraft};
use crate::bot::reply::Reply;
use crate::bot::view::keyboards;
use crate::bot::view::messages;
use crate::bot::view::text::{Texts, html_text};
use crate::bot::view::visits::overlap_warning;
use crate::db::order_messages::OrderMessageKind;
use crate::domain::ids::MasterId;
use crate::domain::master::Master;
use crate::domain::notice::NoticeKind;
use crate::domain::order::Order;
use crate::domain::status::OrderAction;
use crate::service::{Refusal, orders, users};

/// Creates the order and assigns it, both or nothing. A master who takes no orders any more is refused and the draft stays.
pub(super) fn create_order(
    ctx: &mut UpdateContext<'_>,
    draft: OrderDraft,
    master: Option<MasterId>,
) -> HandlerResult {
    let Some(new) = draft.to_order() else {
        return Ok(step_question(ctx, &draft)?.ask_next(ctx, Dialogue::NewOrder(draft)));
    };
    let files: Vec<_> = draft.files.into_iter().map(|kept| kept.file).collect();
    let order = match orders::create_order(ctx.tx, &ctx.user, &new, &files, ctx.now) {
        Ok(order) => order,
        Err(Refusal::Database(error)) => return Err(error.into()),
        Err(refusal) => return Ok(ctx.refusal_reply(&refusal).end_dialogue()),
    };
    let Some(master) = master else {
        let html = html_text!(ctx.texts, "order-created", id = order.id);
        let markup = keyboards::order_created(ctx.texts, order.id);
        let done = order_card::show_about_order(ctx, order.id, OrderMessageKind::Notice, html, Some(markup));
        return Ok(done.end_dialogue().and(notify_staff(ctx, &order, None)?));
    };
    let step = orders::assign_order(ctx.tx, &ctx.user, order.id, OrderAction::Assign, master, ctx.now)?;
    let name = step.master.as_ref().map_or("", |master| master.name.as_str());
    let created = html_text!(ctx.texts, "order-created-assigned", id = order.id, master = name);
    let others = orders::list_overlapping_visits(ctx.tx, &step.after)?;
    let warning = overlap_warning(ctx.texts, ctx.settings.zone, &others);
    let html = [Some(created), warning].into_iter().flatten().collect::<Vec<_>>().join("\n");
    let markup = keyboards::view_order(ctx.texts, order.id);
    let done = order_card::show_about_order(ctx, order.id, OrderMessageKind::Notice, html, Some(markup));
    let event = OrderEvent { step: &step, reason: None, card: None, kind: OrderMessageKind::Notice };
    let announced = announce_event(ctx, event)?;
    let notified = notify_staff(ctx, &step.after, step.master.as_ref())?;
    Ok(done.end_dialogue().and(announced).and(notified))
}

/// Tells all other dispatchers and admins that there is a new order.
pub(super) fn notify_staff(
    ctx: &mut UpdateContext<'_>,
    order: &Order,
    master: Option<&Master>,
) -> HandlerResult {
    let mut reply = Reply::none();
    for reader in users::list_staff(ctx.tx)? {
        if reader.telegram_id == ctx.user.telegram_id || !reader.wants(NoticeKind::Created) {
            continue;
        }
        let texts = Texts::of(ctx.locale_of(&reader));
        let by = ctx.user.display_name();
        let html = messages::notice_created(texts, ctx.settings.zone, order, &by, master);
        let markup = Some(ReplyMarkup::InlineKeyboard(keyboards::open_order(texts, order.id)));
        let chat = reader.telegram_id.into();
        reply = reply.send_about_order(order.id, OrderMessageKind::Notice, chat, html, markup);
    }
    Ok(reply)
}
