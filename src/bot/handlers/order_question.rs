//! The questions of the new-order dialogue, with what the bot knows of the client and whom the order can be assigned to.

use super::question::DialogueQuestion;
use crate::bot::callback::PageNumber;
use crate::bot::context::UpdateContext;
use crate::bot::dialogue::{OrderDraft, OrderStep};
use crate::bot::view::keyboards::{self, QuestionId};
use crate::bot::view::{cards, clients, names, prompts};
use crate::service::orders::KnownClient;
use crate::service::{self, equipment, masters, orders};

/// Returns the question of the present step.
pub(super) fn step_question(
    ctx: &mut UpdateContext<'_>,
    draft: &OrderDraft,
) -> service::Result<DialogueQuestion> {
    let step = draft.step();
    if step == OrderStep::Confirmation {
        return confirmation_page(ctx, draft, PageNumber::FIRST);
    }
    let mut html = prompts::order_step(ctx.texts, step, ctx.settings.max_description);
    let client = match step {
        OrderStep::ClientName | OrderStep::Address => find_client(ctx, draft)?,
        _ => None,
    };
    if let Some(client) = &client {
        html = format!("{html}\n\n{}", clients::known_client(ctx.texts, ctx.settings.zone, client));
    }
    if let Some(present) = prompts::present_answer(ctx.texts, ctx.settings.zone, draft) {
        html = format!("{html}\n\n{present}");
    }
    let id = QuestionId { step: step.number(), nonce: draft.nonce };
    let can_keep = draft.revisited.is_some();
    let mut markup = match step {
        OrderStep::Equipment => {
            let offered = equipment::list_equipment(ctx.tx, &ctx.user, ctx.now)?;
            keyboards::equipment_choice(ctx.texts, id, &offered, can_keep)
        }
        step => keyboards::draft_step(ctx.texts, id, can_keep, step.can_be_skipped()),
    };
    if let Some(client) = &client {
        let both = step == OrderStep::ClientName && draft.client_address.is_none();
        keyboards::add_known_client(ctx.texts, &mut markup, client, step, both, draft.nonce);
    }
    Ok(DialogueQuestion { html, markup })
}

/// Returns the card to confirm, with a page of the masters to whom the order can be assigned at once.
pub(super) fn confirmation_page(
    ctx: &mut UpdateContext<'_>,
    draft: &OrderDraft,
    page: PageNumber,
) -> service::Result<DialogueQuestion> {
    let texts = ctx.texts;
    let Some(order) = draft.to_order() else {
        // Only a draft with every answer gets here.
        return Err(service::Refusal::NoSuchOrder);
    };
    let client = find_client(ctx, draft)?;
    let duplicate = client.and_then(|client| client.open);
    let equipment = names::equipment_names(&order.equipment.name);
    let masters = masters::rank_masters(ctx.tx, &ctx.user, &equipment, ctx.now)?;
    let mut html = prompts::order_confirmation(texts, masters.is_empty());
    if let Some(open) = &duplicate {
        html = format!("{html}\n\n{}", clients::open_order_warning(texts, open));
    }
    let card = cards::draft_card(texts, ctx.settings.zone, &order, draft.files.len());
    let id = QuestionId { step: OrderStep::Confirmation.number(), nonce: draft.nonce };
    let duplicate = duplicate.map(|open| open.id);
    Ok(DialogueQuestion {
        html: format!("{html}\n\n{card}"),
        markup: keyboards::confirm_order(texts, id, &masters, page, duplicate),
    })
}

fn find_client(ctx: &mut UpdateContext<'_>, draft: &OrderDraft) -> service::Result<Option<KnownClient>> {
    match &draft.client_phone {
        Some(phone) => orders::find_client(ctx.tx, &ctx.user, phone),
        None => Ok(None),
    }
}
