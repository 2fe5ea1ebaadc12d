//! The keyboards of the dialogues' questions.

use chrono::NaiveDate;
use teloxide::types::{
    ButtonRequest, InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, KeyboardButtonRequestChat,
    KeyboardMarkup, RequestId,
};

use super::parts::{ButtonRows, in_rows_of, inline_button, reply_keyboard};
use crate::bot::callback::Callback;
use crate::bot::dialogue::{
    CloseStep, CorrectionDraft, DeletionDraft, Dialogue, DialogueNonce, EditDraft, OrderQuestion,
    RescheduleDraft, VisitSlot,
};
use crate::bot::labels::Label;
use crate::bot::view::text::{Texts, plain_text};
use crate::bot::view::visits::day_text;

/// Telegram returns this id with a group picked on [`group_picker`]'s keyboard.
const GROUP_REQUEST: RequestId = RequestId(1);

/// Identifies a question of a dialogue; returned with the press.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QuestionId {
    /// Counted from 1.
    pub(crate) step: u8,
    pub(crate) nonce: Option<DialogueNonce>,
}

pub(crate) fn step_buttons(
    texts: &Texts,
    id: QuestionId,
    can_go_back: bool,
    can_skip: bool,
) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new(inline_step_rows(texts, id, can_go_back, can_skip))
}

pub(crate) fn confirm_add_master(texts: &Texts, id: QuestionId) -> InlineKeyboardMarkup {
    let text = Label::Confirm.text(texts.locale()).to_owned();
    confirm_step(texts, id, text, Callback::ConfirmAddMaster(id.nonce))
}

/// Returns the buttons under the question for the materials.
pub(crate) fn materials_choice(texts: &Texts, id: QuestionId) -> InlineKeyboardMarkup {
    let none =
        inline_button(plain_text!(texts, "button-no-materials"), Callback::DialogSkip(id.step, id.nonce));
    let mut rows = vec![vec![none]];
    rows.extend(inline_step_rows(texts, id, true, false));
    InlineKeyboardMarkup::new(rows)
}

pub(crate) fn review_choice(texts: &Texts, id: QuestionId) -> InlineKeyboardMarkup {
    let mut rows = vec![vec![
        inline_button(plain_text!(texts, "button-review-yes"), Callback::Review(true, id.nonce)),
        inline_button(plain_text!(texts, "button-review-no"), Callback::Review(false, id.nonce)),
    ]];
    rows.extend(inline_step_rows(texts, id, true, false));
    InlineKeyboardMarkup::new(rows)
}

pub(crate) fn out_of_city_choice(texts: &Texts, id: QuestionId) -> InlineKeyboardMarkup {
    let answer = |text, answer| inline_button(text, Callback::OutOfCity(answer, id.nonce));
    let mut rows = vec![vec![
        answer(plain_text!(texts, "button-out-of-city"), true),
        answer(plain_text!(texts, "button-in-city"), false),
    ]];
    rows.extend(inline_step_rows(texts, id, true, false));
    InlineKeyboardMarkup::new(rows)
}

/// Returns the buttons under the split of a closing: to save it, to refuse the order instead, and to change each answer.
pub(crate) fn closing_check(
    texts: &Texts,
    id: QuestionId,
    asks_out_of_city: bool,
    may_be_refusal: bool,
) -> InlineKeyboardMarkup {
    let save = inline_button(plain_text!(texts, "button-close-order-now"), Callback::DialogConfirm(id.nonce));
    let mut rows = vec![vec![save]];
    if may_be_refusal {
        let refusal = plain_text!(texts, "button-close-as-refusal");
        rows.push(vec![inline_button(refusal, Callback::CloseAsRefusal(id.nonce))]);
    }
    let change = |step: CloseStep, text| inline_button(text, Callback::DraftField(step.number(), id.nonce));
    let mut changes = vec![
        change(CloseStep::Total, plain_text!(texts, "button-change-total")),
        change(CloseStep::Materials, plain_text!(texts, "button-change-materials")),
        change(CloseStep::Review, plain_text!(texts, "button-change-review")),
    ];
    if asks_out_of_city {
        changes.push(change(CloseStep::OutOfCity, plain_text!(texts, "button-change-out-of-city")));
    }
    rows.extend(in_rows_of(2, changes));
    rows.extend(inline_step_rows(texts, id, true, false));
    InlineKeyboardMarkup::new(rows)
}

/// Returns the days to promise, each with how many days it is ahead.
pub(crate) fn promised_dates(
    texts: &Texts,
    id: QuestionId,
    days: &[(i64, NaiveDate)],
    former: Option<NaiveDate>,
) -> InlineKeyboardMarkup {
    let buttons = days.iter().map(|(ahead, day)| {
        let date = day_text(texts, *day);
        let text = match ahead {
            1 => plain_text!(texts, "button-tomorrow", date = date),
            7 => plain_text!(texts, "button-in-a-week", date = date),
            14 => plain_text!(texts, "button-in-two-weeks", date = date),
            ahead => plain_text!(texts, "button-in-days", count = *ahead, date = date),
        };
        inline_button(text, Callback::PromisedDate(*day, id.nonce))
    });
    let mut rows = in_rows_of(1, buttons);
    let keep = |day| inline_button(plain_text!(texts, "button-keep"), Callback::PromisedDate(day, id.nonce));
    rows.extend(former.map(|day| vec![keep(day)]));
    rows.extend(inline_step_rows(texts, id, false, false));
    InlineKeyboardMarkup::new(rows)
}

/// Returns windows of today and tomorrow, two in a row.
pub(crate) fn visit_slots(
    texts: &Texts,
    id: QuestionId,
    today: NaiveDate,
    slots: &[VisitSlot],
) -> InlineKeyboardMarkup {
    let button = |slot: &VisitSlot| {
        let hours = format!("{}–{}", slot.from, slot.until);
        let text = if slot.day == today {
            plain_text!(texts, "button-today-hours", hours = hours)
        } else {
            plain_text!(texts, "button-tomorrow-hours", hours = hours)
        };
        inline_button(text, Callback::VisitSlot(*slot, id.nonce))
    };
    let (now, later): (Vec<_>, Vec<_>) = slots.iter().partition(|slot| slot.day == today);
    let mut rows = in_rows_of(2, now.into_iter().map(button));
    rows.extend(in_rows_of(2, later.into_iter().map(button)));
    rows.extend(inline_step_rows(texts, id, false, false));
    InlineKeyboardMarkup::new(rows)
}

/// Returns the keys to pick a work group with: Telegram lets a group be picked only on a reply keyboard. Skipping means
/// the private chat.
pub(crate) fn group_picker(texts: &Texts) -> KeyboardMarkup {
    let request = KeyboardButtonRequestChat::new(GROUP_REQUEST, false).bot_is_member(true).request_title();
    let pick = KeyboardButton::new(plain_text!(texts, "button-pick-group"))
        .request(ButtonRequest::RequestChat(request));
    let mut keyboard = reply_keyboard(texts, step_rows(false, true));
    keyboard.keyboard.insert(0, vec![pick]);
    keyboard
}

/// Returns the button that continues a dialogue which the user left.
pub(crate) fn continue_dialogue(texts: &Texts, dialogue: &Dialogue) -> InlineKeyboardButton {
    let text = match dialogue {
        Dialogue::NewOrder(_) => plain_text!(texts, "continue-new-order"),
        Dialogue::Close(draft) => plain_text!(texts, "continue-closing", id = draft.order),
        Dialogue::Decline(draft)
        | Dialogue::HandBack(draft)
        | Dialogue::ClientDecline(draft)
        | Dialogue::Refuse(draft) => plain_text!(texts, "continue-reason", id = draft.order),
        Dialogue::LongRepair(draft) => plain_text!(texts, "continue-long-repair", id = draft.order),
        Dialogue::EditOrder(EditDraft { order, .. })
        | Dialogue::Reschedule(RescheduleDraft { order, .. })
        | Dialogue::CorrectOrder(CorrectionDraft { order, .. })
        | Dialogue::DeleteOrder(DeletionDraft { order, .. })
        | Dialogue::Comment(OrderQuestion { order, .. })
        | Dialogue::RepeatOrder(OrderQuestion { order, .. }) => {
            plain_text!(texts, "continue-order", id = *order)
        }
        Dialogue::AddMaster(_) => plain_text!(texts, "continue-add-master"),
        Dialogue::ChangeRate(_) => plain_text!(texts, "continue-rate"),
        Dialogue::EquipmentName(_) => plain_text!(texts, "continue-equipment-name"),
        Dialogue::TakeCash(_) => plain_text!(texts, "continue-take-cash"),
        Dialogue::DisputeHandOver(_) => plain_text!(texts, "continue-dispute"),
        Dialogue::DayOff(_) => plain_text!(texts, "continue-day-off"),
        Dialogue::Search | Dialogue::FindUser | Dialogue::ReportDates(_) | Dialogue::WorkChat { .. } => {
            plain_text!(texts, "continue-work-group")
        }
    };
    inline_button(text, Callback::ContinueDialogue(dialogue.nonce()))
}

fn confirm_step(texts: &Texts, id: QuestionId, text: String, callback: Callback) -> InlineKeyboardMarkup {
    let mut rows = vec![vec![inline_button(text, callback)]];
    rows.extend(inline_step_rows(texts, id, true, false));
    InlineKeyboardMarkup::new(rows)
}

fn step_rows(can_go_back: bool, can_skip: bool) -> Vec<Vec<Label>> {
    let mut first = Vec::new();
    if can_go_back {
        first.push(Label::Back);
    }
    if can_skip {
        first.push(Label::Skip);
    }
    let mut rows = vec![first, vec![Label::Cancel]];
    rows.retain(|row| !row.is_empty());
    rows
}

pub(super) fn inline_step_rows(
    texts: &Texts,
    QuestionId { step, nonce }: QuestionId,
    can_go_back: bool,
    can_skip: bool,
) -> ButtonRows {
    let step_button = |label: Label| {
        let callback = match label {
            Label::Back => Callback::DialogBack(step, nonce),
            Label::Skip => Callback::DialogSkip(step, nonce),
            _ => Callback::Cancel(nonce),
        };
        inline_button(label.text(texts.locale()), callback)
    };
    let rows = step_rows(can_go_back, can_skip);
    rows.into_iter().map(|row| row.into_iter().map(step_button).collect()).collect()
}
