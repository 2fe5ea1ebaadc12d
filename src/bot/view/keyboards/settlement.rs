//! The keyboards of what masters owe.

use teloxide::types::{InlineKeyboardButton, InlineKeyboardMarkup};

use super::dialogue::{QuestionId, inline_step_rows};
use super::parts::{in_rows_of, inline_button, page_row};
use crate::bot::callback::{Callback, PageNumber, ReportSpan, SettlementButton};
use crate::bot::view::html::shorten_text;
use crate::bot::view::paging::Paging;
use crate::bot::view::reports::preset_name;
use crate::bot::view::text::{Texts, format_money, plain_text};
use crate::domain::hand_over::{HandOver, HandOverState};
use crate::domain::ids::{HandOverId, MasterId};
use crate::domain::money::Kopecks;
use crate::domain::period::PeriodPreset;
use crate::service::settlement::{BalanceLine, MasterBalance};

/// The periods of statements.
const PERIODS: [PeriodPreset; 6] = [
    PeriodPreset::ThisWeek,
    PeriodPreset::LastWeek,
    PeriodPreset::ThisMonth,
    PeriodPreset::LastMonth,
    PeriodPreset::ThisYear,
    PeriodPreset::All,
];
/// The most of a name on one of two buttons in a row, in UTF-16 units.
const BUTTON_NAME: usize = 20;
/// How many hand-overs a balance offers to take back.
const MAX_REVERSALS: usize = 20;

fn settlement_button(text: String, button: SettlementButton) -> InlineKeyboardButton {
    inline_button(text, Callback::Settlement(button))
}

/// Returns the masters of a page of the overview.
pub(crate) fn settlement_overview(
    texts: &Texts,
    lines: &[BalanceLine],
    paging: Paging,
) -> InlineKeyboardMarkup {
    let masters = paging.slice(lines).iter().map(|line| {
        let name = shorten_text(&line.master.name, BUTTON_NAME);
        settlement_button(name, SettlementButton::Balance(line.master.id))
    });
    let mut rows = in_rows_of(2, masters);
    rows.extend(page_row(paging, |page| Callback::Settlement(SettlementButton::Overview(page))));
    let back = plain_text!(texts, "button-masters-back");
    rows.push(vec![inline_button(back, Callback::BackToMasters)]);
    InlineKeyboardMarkup::new(rows)
}

/// Returns what can be done with a balance: staff take cash and hand-overs back, and all see the statement.
pub(crate) fn balance(texts: &Texts, seen: &MasterBalance, by_staff: bool) -> InlineKeyboardMarkup {
    let id = seen.master.id;
    let mut rows = Vec::new();
    if by_staff {
        let take = plain_text!(texts, "button-take-cash");
        rows.push(vec![settlement_button(take, SettlementButton::TakeCash(id))]);
        rows.extend(
            seen.unsettled.iter().take(MAX_REVERSALS).map(|waits| vec![reverse_button(texts, waits)]),
        );
    }
    let span = ReportSpan::Preset(PeriodPreset::ThisMonth);
    let statement = plain_text!(texts, "button-statement");
    rows.push(vec![settlement_button(statement, SettlementButton::Statement(id, span))]);
    if by_staff {
        rows.push(vec![overview_button(texts)]);
    }
    InlineKeyboardMarkup::new(rows)
}

fn reverse_button(texts: &Texts, hand_over: &HandOver) -> InlineKeyboardButton {
    let amount = format_money(texts, hand_over.amount);
    let text = plain_text!(texts, "button-reverse-hand-over", id = hand_over.id.to_string(), amount = amount);
    settlement_button(text, SettlementButton::Reverse(hand_over.id))
}

fn overview_button(texts: &Texts) -> InlineKeyboardButton {
    let text = plain_text!(texts, "button-settlement");
    settlement_button(text, SettlementButton::Overview(PageNumber::FIRST))
}

/// Returns the button that opens a balance.
pub(crate) fn open_balance(texts: &Texts, master: MasterId) -> InlineKeyboardMarkup {
    let text = plain_text!(texts, "button-open-balance");
    InlineKeyboardMarkup::new([[settlement_button(text, SettlementButton::Balance(master))]])
}

/// Returns the button for all that is owed, below the question for the amount.
pub(crate) fn cash_amount(texts: &Texts, id: QuestionId, balance: Kopecks) -> InlineKeyboardMarkup {
    let mut rows = Vec::new();
    if balance > Kopecks::ZERO {
        let all = plain_text!(texts, "button-whole-balance", amount = format_money(texts, balance));
        rows.push(vec![inline_button(all, Callback::DialogConfirm(id.nonce))]);
    }
    rows.extend(inline_step_rows(texts, id, false, false));
    InlineKeyboardMarkup::new(rows)
}

/// Returns the master's answers to a hand-over.
pub(crate) fn answer_hand_over(texts: &Texts, id: HandOverId) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new([[
        settlement_button(plain_text!(texts, "button-confirm-hand-over"), SettlementButton::Confirm(id)),
        settlement_button(plain_text!(texts, "button-dispute-hand-over"), SettlementButton::Dispute(id)),
    ]])
}

/// Returns what staff can do about a step of a hand-over.
pub(crate) fn hand_over_notice(texts: &Texts, hand_over: &HandOver) -> InlineKeyboardMarkup {
    let mut keyboard = open_balance(texts, hand_over.master);
    if hand_over.state == HandOverState::Disputed {
        keyboard.inline_keyboard.insert(0, vec![reverse_button(texts, hand_over)]);
    }
    keyboard
}

/// Returns the periods of a statement, its workbook, and the way back.
pub(crate) fn statement(
    texts: &Texts,
    master: MasterId,
    span: ReportSpan,
    by_staff: bool,
) -> InlineKeyboardMarkup {
    let file = plain_text!(texts, "button-report-workbook");
    let file = settlement_button(file, SettlementButton::StatementFile(master, span));
    let mut rows = vec![vec![file]];
    let periods = PERIODS.map(|preset| {
        let name = preset_name(texts, preset);
        let is_chosen = span == ReportSpan::Preset(preset);
        let name = if is_chosen { format!("✔ {name}") } else { name };
        settlement_button(name, SettlementButton::Statement(master, ReportSpan::Preset(preset)))
    });
    rows.extend(in_rows_of(2, periods));
    let back = if by_staff { SettlementButton::Balance(master) } else { SettlementButton::OwnBalance };
    rows.push(vec![settlement_button(plain_text!(texts, "button-open-balance"), back)]);
    InlineKeyboardMarkup::new(rows)
}
