//! Searching orders: `/find`, the key of the menu, and digits outside of a dialogue.

use std::ops::RangeInclusive;

use teloxide::types::ReplyMarkup;

use super::{common, order_card};
use crate::bot::callback::PageNumber;
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dialogue::{Dialogue, DialogueAnswer};
use crate::bot::reply::Reply;
use crate::bot::view::paging::Paging;
use crate::bot::view::text::{html_text, plain_text};
use crate::bot::view::{keyboards, search as view};
use crate::db::order_messages::OrderMessageKind;
use crate::domain::ids::SearchId;
use crate::domain::search::SearchQuery;
use crate::service::{self, orders, search};

/// The letters and digits of a text that is searched for without being asked: an "ok" is none, nor is a long message.
const UNASKED_LENGTH: RangeInclusive<usize> = 4..=60;

/// Asks what to search for. An open draft stays; the search is a command then.
pub(crate) fn ask_query(ctx: &UpdateContext<'_>) -> Reply {
    if !is_searcher(ctx) {
        return common::refuse_section(ctx);
    }
    match &ctx.dialogue {
        Some(dialogue) if dialogue.can_wait() => {
            ctx.send_message(html_text!(ctx.texts, "search-ask-in-draft"), None)
        }
        _ => ctx
            .send_message(html_text!(ctx.texts, "search-ask"), common::main_menu(ctx))
            .continue_dialogue(Dialogue::Search),
    }
}

/// Searches for the answer to the question.
pub(crate) fn answer_step(ctx: &mut UpdateContext<'_>, answer: &DialogueAnswer) -> HandlerResult {
    match answer {
        DialogueAnswer::Text(text) => find_orders(ctx, text),
        DialogueAnswer::Back | DialogueAnswer::Skip => Ok(common::cancel_dialogue(ctx)),
        _ => Ok(ctx.send_message(html_text!(ctx.texts, "search-usage"), None)),
    }
}

/// Searches for what was typed. A single order is shown at once.
pub(crate) fn find_orders(ctx: &mut UpdateContext<'_>, typed: &str) -> HandlerResult {
    if ctx.chat.is_group() {
        return Ok(ctx.send_message(html_text!(ctx.texts, "error-private-chat-only"), None));
    }
    if !is_searcher(ctx) {
        return Ok(common::refuse_section(ctx));
    }
    let Some(query) = SearchQuery::parse(typed) else {
        return Ok(ctx.send_message(html_text!(ctx.texts, "search-usage"), None));
    };
    let found = search::search_orders(ctx.tx, &ctx.user, &query, 0, ctx.now)?;
    let is_asked = ctx.dialogue == Some(Dialogue::Search);
    if let ([(order, _)], 1) = (found.orders.as_slice(), found.total) {
        let seen = orders::view_order(ctx.tx, &ctx.user, order.id)?;
        let card = order_card::show_card(ctx, &seen, OrderMessageKind::Staff)?;
        return Ok(if is_asked { card.end_dialogue() } else { card });
    }
    let id = search::record_search(ctx.tx, &ctx.user, &query, ctx.now)?;
    let reply = found_page(ctx, id, &query, &found, PageNumber::FIRST);
    Ok(match (is_asked, found.total) {
        (false, _) => reply,
        // The next text is another try.
        (true, 0) => reply.continue_dialogue(Dialogue::Search),
        (true, _) => reply.end_dialogue(),
    })
}

/// Searches for a text that a user sent without being asked; `None` when it is too short to mean an order, or finds none.
pub(crate) fn find_mentioned(ctx: &mut UpdateContext<'_>, typed: &str) -> service::Result<Option<Reply>> {
    let is_telling = UNASKED_LENGTH.contains(&typed.chars().filter(|c| c.is_alphanumeric()).count());
    let Some(query) = SearchQuery::parse(typed).filter(|_| is_telling && is_searcher(ctx)) else {
        return Ok(None);
    };
    if search::search_orders(ctx.tx, &ctx.user, &query, 0, ctx.now)?.total == 0 {
        return Ok(None);
    }
    find_orders(ctx, typed).map(Some)
}

/// Shows another page of what was found.
pub(crate) fn show_page(ctx: &mut UpdateContext<'_>, id: SearchId, page: PageNumber) -> HandlerResult {
    let Some(query) = search::find_search(ctx.tx, &ctx.user, id)? else {
        return Ok(Reply::none().with_alert(plain_text!(ctx.texts, "search-forgotten")));
    };
    let mut wanted = page;
    loop {
        let start = i64::from(wanted.0.saturating_sub(1));
        let found = search::search_orders(ctx.tx, &ctx.user, &query, start, ctx.now)?;
        let nearest = Paging::new(wanted, found.total).page;
        if nearest == wanted {
            return Ok(found_page(ctx, id, &query, &found, wanted));
        }
        wanted = nearest;
    }
}

fn found_page(
    ctx: &UpdateContext<'_>,
    id: SearchId,
    query: &SearchQuery,
    found: &search::FoundOrders,
    page: PageNumber,
) -> Reply {
    let paging = Paging::new(page, found.total);
    let html = view::found_orders(ctx.texts, &query.text, found, ctx.user.roles.is_staff());
    let is_phone = ctx.settings.phones.parse(&query.text).is_ok();
    let offers_order = found.total == 0 && is_phone && ctx.user.roles.is_staff();
    let markup = keyboards::found_orders(ctx.texts, id, &found.orders, paging, offers_order);
    if ctx.is_press {
        ctx.show_screen(html, Some(markup))
    } else {
        ctx.send_message(html, Some(ReplyMarkup::InlineKeyboard(markup)))
    }
}

fn is_searcher(ctx: &UpdateContext<'_>) -> bool {
    ctx.user.roles.is_staff() || ctx.user.roles.is_master()
}
