//! The questions of the dialogues and the errors in their answers, as HTML.

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::bot::dialogue::{
    AddMasterStep, CloseStep, ClosingDraft, LongRepairDraft, LongRepairStep, OrderDraft, OrderStep,
};
use crate::bot::view::html::shorten_text;
use crate::bot::view::names;
use crate::bot::view::text::{Texts, format_money, html_text, plain_text};
use crate::bot::view::visits::{day_text, visit_text};
use crate::domain::ids::OrderId;
use crate::domain::long_repair::{MAX_PROMISED_DAYS, PromiseWarning, PromisedDateError, promise_warning};
use crate::domain::money::{AmountError, Kopecks, MAX_AMOUNT};
use crate::domain::phone::readable_phone;
use crate::domain::status::OrderAction;
use crate::domain::text::{DESCRIPTION_MIN, TextError};

/// The most of a present answer, in UTF-16 units.
const PRESENT_ANSWER: usize = 1000;

/// Returns the question of a step with its number. The caller adds the card to confirm. `description_max` is the configured
/// limit, in characters.
pub(crate) fn order_step(texts: &Texts, step: OrderStep, description_max: usize) -> String {
    let question = match step {
        OrderStep::Equipment => html_text!(texts, "order-ask-equipment"),
        OrderStep::Description => {
            html_text!(texts, "order-ask-description", min = DESCRIPTION_MIN, max = description_max)
        }
        OrderStep::ClientName => html_text!(texts, "order-ask-client-name"),
        OrderStep::Address => html_text!(texts, "order-ask-address"),
        OrderStep::Phone => html_text!(texts, "order-ask-phone"),
        OrderStep::Notes => html_text!(texts, "order-ask-notes"),
        OrderStep::Time => html_text!(texts, "order-ask-time"),
        OrderStep::Confirmation => return order_confirmation(texts, true),
    };
    numbered_step(texts, step as usize, OrderStep::ALL.len(), &question)
}

/// Returns the last question of a new order; its buttons offer masters if there are some.
pub(crate) fn order_confirmation(texts: &Texts, has_no_masters: bool) -> String {
    let question = if has_no_masters {
        html_text!(texts, "order-ask-confirmation-alone")
    } else {
        html_text!(texts, "order-ask-confirmation")
    };
    numbered_step(texts, OrderStep::Confirmation as usize, OrderStep::ALL.len(), &question)
}

/// Returns the answer that a step has which is asked again.
pub(crate) fn present_answer(texts: &Texts, zone: Tz, draft: &OrderDraft) -> Option<String> {
    let not_set = || plain_text!(texts, "value-not-set");
    let answer = match draft.revisited? {
        OrderStep::Equipment => names::equipment_name(texts, &draft.equipment.as_ref()?.name),
        OrderStep::Description => draft.description.clone()?,
        OrderStep::Phone => readable_phone(draft.client_phone.as_deref()?),
        OrderStep::ClientName => draft.client_name.clone()?,
        OrderStep::Address => draft.client_address.clone()?,
        OrderStep::Notes => draft.notes.clone()?.unwrap_or_else(not_set),
        OrderStep::Time => {
            let words = draft.scheduled_time.clone()?;
            visit_text(texts, zone, draft.visit, words.as_deref()).unwrap_or_else(not_set)
        }
        OrderStep::Confirmation => return None,
    };
    Some(html_text!(texts, "order-present-answer", answer = shorten_text(&answer, PRESENT_ANSWER)))
}

/// Returns the question of a step with its number and the order's, and the prepayment that the total includes. Staff may skip
/// the amounts.
pub(crate) fn close_step(texts: &Texts, draft: &ClosingDraft, by_staff: bool) -> String {
    let step = draft.step();
    let question = match step {
        CloseStep::Total if by_staff => html_text!(texts, "close-ask-total-staff"),
        CloseStep::Total => html_text!(texts, "close-ask-total"),
        CloseStep::Materials => html_text!(texts, "close-ask-materials"),
        CloseStep::Review => html_text!(texts, "close-ask-review"),
        CloseStep::OutOfCity => html_text!(texts, "close-ask-out-of-city"),
        CloseStep::Check => html_text!(texts, "close-check"),
    };
    let title = html_text!(texts, "close-title", id = draft.order);
    let (index, total) = draft.position(step);
    let question = numbered_step(texts, index, total, &question);
    let paid_before = draft.paid_before.filter(|_| step == CloseStep::Total);
    let paid_before = paid_before.map(|paid| format_money(texts, paid));
    let paid_before = paid_before.map(|paid| html_text!(texts, "close-paid-before", amount = paid));
    [Some(title), Some(question), paid_before].into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// Returns the question of a step with its number and the order's, and what is unusual about the day that was chosen.
pub(crate) fn long_repair_step(texts: &Texts, draft: &LongRepairDraft, today: NaiveDate) -> String {
    let step = draft.step();
    let question = match step {
        LongRepairStep::Date => html_text!(texts, "long-repair-ask-date"),
        LongRepairStep::Parts => html_text!(texts, "long-repair-ask-parts"),
        LongRepairStep::Prepayment => {
            let question = html_text!(texts, "long-repair-ask-prepayment");
            match draft.paid_before.map(|paid| format_money(texts, paid)) {
                Some(paid) => format!("{}\n{question}", html_text!(texts, "long-repair-paid", amount = paid)),
                None => question,
            }
        }
    };
    let mut lines = vec![html_text!(texts, "long-repair-title", id = draft.order)];
    if let Some(promised) = draft.promised.or(draft.former_promise) {
        lines.push(html_text!(texts, "long-repair-promised", date = day_text(texts, promised)));
        // One step behind the day.
        let warning = promise_warning(promised, today).filter(|_| step == LongRepairStep::Parts);
        lines.extend(warning.map(|warning| match warning {
            PromiseWarning::Weekend => html_text!(texts, "long-repair-weekend"),
            PromiseWarning::FarAhead => html_text!(texts, "long-repair-far-ahead"),
        }));
    }
    lines.push(numbered_step(texts, step as usize, LongRepairStep::ALL.len(), &question));
    lines.join("\n")
}

pub(crate) fn promised_date_error(texts: &Texts, error: PromisedDateError) -> String {
    match error {
        PromisedDateError::TooEarly => html_text!(texts, "error-promised-too-early"),
        PromisedDateError::TooLate => html_text!(texts, "error-promised-too-late", days = MAX_PROMISED_DAYS),
    }
}

/// Returns the question when the visit is to be, with when it is to be so far.
pub(crate) fn visit_question(texts: &Texts, order: OrderId, present: Option<&str>) -> String {
    let title = html_text!(texts, "reschedule-ask", id = order);
    match present {
        Some(visit) => format!("{title}\n{}", html_text!(texts, "reschedule-present", visit = visit)),
        None => title,
    }
}

/// Returns the question why an action is taken, which staff may take in the master's place.
pub(crate) fn reason_question(
    texts: &Texts,
    action: OrderAction,
    order: OrderId,
    for_master: bool,
) -> String {
    match action {
        OrderAction::Decline if for_master => html_text!(texts, "decline-ask-reason-for-master", id = order),
        OrderAction::Decline => html_text!(texts, "decline-ask-reason", id = order),
        OrderAction::HandBack if for_master => {
            html_text!(texts, "hand-back-ask-reason-for-master", id = order)
        }
        OrderAction::HandBack => html_text!(texts, "hand-back-ask-reason", id = order),
        OrderAction::ClientDecline => html_text!(texts, "client-decline-ask-reason", id = order),
        _ => html_text!(texts, "refuse-ask-reason", id = order),
    }
}

pub(crate) fn add_master_step(texts: &Texts, step: AddMasterStep) -> String {
    let question = match step {
        AddMasterStep::Person => html_text!(texts, "add-master-ask-person"),
        AddMasterStep::Phone => html_text!(texts, "add-master-ask-phone"),
        AddMasterStep::Specialization => html_text!(texts, "add-master-ask-specialization"),
        AddMasterStep::Confirmation => html_text!(texts, "add-master-ask-confirmation"),
    };
    let title = html_text!(texts, "add-master-title");
    let step = numbered_step(texts, step as usize, AddMasterStep::ALL.len(), &question);
    format!("{title}\n{step}")
}

pub(crate) fn text_error(texts: &Texts, error: TextError) -> String {
    match error {
        TextError::Empty => html_text!(texts, "error-empty"),
        TextError::TooShort { min, actual } => {
            html_text!(texts, "error-too-short", min = min, actual = actual)
        }
        TextError::TooLong { max, actual } => {
            html_text!(texts, "error-too-long", max = max, actual = actual)
        }
        TextError::NeedsLetter => html_text!(texts, "error-needs-letter"),
        TextError::IsPhone => html_text!(texts, "error-is-phone"),
    }
}

pub(crate) fn phone_error(texts: &Texts) -> String {
    html_text!(texts, "error-phone")
}

pub(crate) fn amount_error(texts: &Texts, error: AmountError) -> String {
    match error {
        AmountError::NotANumber => html_text!(texts, "error-amount-not-a-number"),
        AmountError::TooManyDecimals => html_text!(texts, "error-amount-decimals"),
        AmountError::TooLarge => {
            html_text!(texts, "error-amount-too-large", max = format_money(texts, MAX_AMOUNT))
        }
        AmountError::Ambiguous => html_text!(texts, "error-amount-ambiguous"),
        AmountError::Negative => html_text!(texts, "error-amount-negative"),
    }
}

/// Tells that the materials cost more than the total.
pub(crate) fn materials_exceed(texts: &Texts, materials: Kopecks, total: Kopecks) -> String {
    let (materials, total) = (format_money(texts, materials), format_money(texts, total));
    html_text!(texts, "error-materials-exceed", materials = materials, total = total)
}

fn numbered_step(texts: &Texts, index: usize, total: usize, question: &str) -> String {
    let header = html_text!(texts, "step-header", step = index + 1, total = total);
    format!("{header}\n{question}")
}
