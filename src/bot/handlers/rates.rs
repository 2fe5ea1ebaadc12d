//! The rates in the settings of administrators: the types, the rates of one or all, and the question for a value.

use super::change_notice::end_refused;
use super::question::DialogueQuestion;
use crate::bot::callback::RatesButton;
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dialogue::{Dialogue, DialogueAnswer, DialogueNonce, RateDraft};
use crate::bot::view::keyboards::{self, QuestionId};
use crate::bot::view::text::{html_text, plain_text};
use crate::bot::view::{prompts, rates as view};
use crate::domain::ids::EquipmentTypeId;
use crate::domain::money::parse_amount;
use crate::domain::rates::{RateField, Rates, parse_percent};
use crate::service;
use crate::service::rates::{self, RateChange, RatesView};

pub(crate) fn on_button(ctx: &mut UpdateContext<'_>, button: RatesButton) -> HandlerResult {
    match button {
        RatesButton::Show(kind) => show_rates(ctx, kind),
        RatesButton::ListTypes => list_types(ctx),
        RatesButton::Change(kind, field) => ask_value(ctx, kind, field),
        RatesButton::Reset(kind) => {
            rates::reset_rates(ctx.tx, &ctx.user, kind, ctx.now)?;
            let toast = plain_text!(ctx.texts, "rates-reset-done");
            Ok(show_rates(ctx, kind)?.with_toast(toast))
        }
    }
}

fn list_types(ctx: &mut UpdateContext<'_>) -> HandlerResult {
    let types = rates::list_types(ctx.tx, &ctx.user, ctx.now)?;
    let html = html_text!(ctx.texts, "rates-types");
    Ok(ctx.show_screen(html, Some(keyboards::rate_types(ctx.texts, &types))))
}

fn show_rates(ctx: &mut UpdateContext<'_>, kind: Option<EquipmentTypeId>) -> HandlerResult {
    let seen = rates::view_rates(ctx.tx, &ctx.user, kind, ctx.now)?;
    let html = view::rates_screen(ctx.texts, &seen);
    Ok(ctx.show_screen(html, Some(keyboards::rate_fields(ctx.texts, kind, seen.is_own))))
}

fn ask_value(ctx: &mut UpdateContext<'_>, kind: Option<EquipmentTypeId>, field: RateField) -> HandlerResult {
    let seen = rates::view_rates(ctx.tx, &ctx.user, kind, ctx.now)?;
    let draft = RateDraft { kind, field, nonce: Some(DialogueNonce::at(ctx.now)) };
    Ok(value_question(ctx, &seen, draft).ask_first(ctx, Dialogue::ChangeRate(draft)))
}

pub(crate) fn answer_step(
    ctx: &mut UpdateContext<'_>,
    draft: RateDraft,
    answer: &DialogueAnswer,
) -> HandlerResult {
    let seen = match rates::view_rates(ctx.tx, &ctx.user, draft.kind, ctx.now) {
        Ok(seen) => seen,
        Err(refusal) => return end_refused(ctx, refusal),
    };
    if *answer == DialogueAnswer::Repeat {
        return Ok(value_question(ctx, &seen, draft).ask_first(ctx, Dialogue::ChangeRate(draft)));
    }
    if matches!(answer, DialogueAnswer::Confirm | DialogueAnswer::Back) {
        return Ok(show_rates(ctx, draft.kind)?.end_dialogue());
    }
    let input = answer.text().ok_or_else(|| html_text!(ctx.texts, "content-not-supported"));
    match input.and_then(|input| parse_value(ctx, &seen.rates, draft.field, input)) {
        Ok(new) => match store_value(ctx, draft, new) {
            Err(refusal) => end_refused(ctx, refusal),
            Ok(()) => Ok(show_rates(ctx, draft.kind)?.end_dialogue()),
        },
        Err(error) => {
            let question = value_question(ctx, &seen, draft);
            Ok(question.ask_again(ctx, &error, Dialogue::ChangeRate(draft)))
        }
    }
}

/// Returns the rates with the typed value. The error is for the user.
fn parse_value(
    ctx: &UpdateContext<'_>,
    present: &Rates,
    field: RateField,
    input: &str,
) -> Result<Rates, String> {
    if field == RateField::Threshold {
        let amount = parse_amount(input).map_err(|error| prompts::amount_error(ctx.texts, error))?;
        return Ok(present.with_threshold(amount));
    }
    let changed = parse_percent(input).and_then(|percent| present.with_percent(field, percent));
    changed.map_err(|error| view::rate_error(ctx.texts, present, field, error))
}

fn store_value(ctx: &mut UpdateContext<'_>, draft: RateDraft, rates: Rates) -> service::Result<()> {
    let change = RateChange { field: draft.field, rates };
    rates::change_rate(ctx.tx, &ctx.user, draft.kind, change, ctx.now)
}

fn value_question(ctx: &UpdateContext<'_>, seen: &RatesView, draft: RateDraft) -> DialogueQuestion {
    let id = QuestionId { step: 1, nonce: draft.nonce };
    DialogueQuestion {
        html: view::rate_question(ctx.texts, seen, draft.field),
        markup: keyboards::keep_value(ctx.texts, id),
    }
}
