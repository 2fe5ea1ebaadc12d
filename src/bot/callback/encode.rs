//! Writes callback data.

use std::fmt::Display;

use super::money_buttons::ALL_TYPES;
use super::people_buttons::ALL_USERS;
use super::places::base36;
use super::{
    AccessButton, ButtonSource, Callback, ListPlace, MAX_BYTES, NoticeButton, OrderButton, PageNumber,
    PeopleButton, RatesButton, ReportButton, ReportSpan, SettlementButton,
};
use crate::bot::dialogue::{DialogueNonce, ReportSubject};
use crate::domain::ids::{EquipmentTypeId, MasterId, OrderId};
use crate::domain::role::Role;

/// A date in callback data.
pub(super) const DATE_FORMAT: &str = "%Y%m%d";
/// What tells a master from the kinds of reports.
pub(super) const MASTER_SUBJECT: char = '@';

impl Callback {
    /// Returns its verb, which says what the button does but not to which order or user.
    pub(crate) fn verb(self) -> String {
        let mut data = self.encode();
        data.truncate(data.find(':').unwrap_or(data.len()));
        data
    }

    /// Returns the callback data of a button, at most [`MAX_BYTES`] bytes. [`Callback::parse`] reads it back as the same
    /// value.
    pub(crate) fn encode(self) -> String {
        match self {
            Self::OldEquipment(name) => with_field("equipment", name),
            Self::Equipment(kind, nonce) => with_nonce(&with_field("equipment_type", kind), nonce),
            Self::TakeClient(order, nonce) => with_nonce(&with_field("take_client", order), nonce),
            Self::DraftField(step, nonce) => with_nonce(&with_field("draft_field", step), nonce),
            Self::DraftMasters(page, nonce) => with_nonce(&with_field("draft_masters", page.0), nonce),
            Self::CreateAssigned(master, nonce) => with_nonce(&with_field("create_assigned", master), nonce),
            Self::ShowSettings => "settings".to_owned(),
            Self::AddressFrom(rule) => with_field("address_from", rule.as_str()),
            Self::EquipmentTypes => "equipment_types".to_owned(),
            Self::AddEquipment => "add_equipment".to_owned(),
            Self::EquipmentType(command, kind) => with_field(command.verb(), kind),
            Self::OpenOrder(order) => with_field("open_order", order),
            Self::AssignMaster(order) => with_field("assign_master", order),
            Self::AssignPage(order, page) => with_fields("assign_page", order, page.0),
            Self::SelectMaster(order, master) => {
                with_ids("select_master_for_order", "assign_to", order, master)
            }
            Self::ReassignMaster(order) => with_field("reassign_master", order),
            Self::HandOverOrder(order) => with_field("hand_over_order", order),
            Self::HandOverPage(order, page) => with_fields("hand_over_page", order, page.0),
            Self::HandOverTo(order, master) => with_fields("hand_over_to", order, master),
            Self::ReassignPage(order, page) => with_fields("reassign_page", order, page.0),
            Self::SelectNewMaster(order, master) => {
                with_ids("select_new_master_for_order", "reassign_to", order, master)
            }
            Self::UnassignMaster(order) => with_field("unassign_master", order),
            Self::ViewOrder(order) => with_field("view_order", order),
            Self::ViewOrderMaster(order) => with_field("view_order_master", order),
            Self::FilterOrders(filter) => with_field("filter_orders", filter.as_str()),
            Self::OrdersPage(filter, page) => with_fields("orders_page", filter.as_str(), page.0),
            Self::MyOrdersPage(page) => with_field("my_orders_page", page.0),
            Self::CloseOrder(order) => with_field("close_order", order),
            Self::RefuseOrder(order) => with_field("refuse_order", order),
            // The staff's card has the same button as the master's.
            Self::RescheduleOrder(order, ButtonSource::Assignment) => {
                with_field("group_reschedule_order", order)
            }
            Self::RescheduleOrder(order, _) => with_field("reschedule_order", order),
            Self::ClientWaiting(order) => with_field("client_waiting", order),
            Self::MoreActions(order) => with_field("more", order),
            Self::ReopenOrder(order) => with_field("reopen_order", order),
            Self::Order(button) => button.encode(),
            Self::Access(button) => button.encode(),
            Self::Notice(button) => button.encode(),
            Self::Rates(button) => button.encode(),
            Self::Settlement(button) => button.encode(),
            Self::People(button) => button.encode(),
            Self::Step { step, order, source } => with_field(step.verb(source), order),
            Self::MastersPage(filter, page) => with_fields("masters_page", filter.as_str(), page.0),
            Self::Master(command, person) => with_field(command.verb(), person),
            Self::WorkGroup(person, chat) => with_fields("work_group", person, chat),
            Self::Report(button) => button.encode(),
            Self::Review(true, nonce) => with_nonce("review:yes", nonce),
            Self::Review(false, nonce) => with_nonce("review:no", nonce),
            Self::OutOfCity(answer, nonce) => with_nonce(&with_field("out_of_city", yes_no(answer)), nonce),
            Self::CloseAsRefusal(nonce) => with_nonce("close_as_refusal", nonce),
            Self::PromisedDate(day, nonce) => {
                with_nonce(&with_field("promised", day.format(DATE_FORMAT)), nonce)
            }
            Self::VisitSlot(slot, nonce) => {
                let day = slot.day.format(DATE_FORMAT);
                with_nonce(&format!("visit_slot:{day}:{}:{}", slot.from, slot.until), nonce)
            }
            Self::Language(locale) => with_field("language", locale.as_str()),
            Self::BackToOrders => "back_to_orders".to_owned(),
            Self::ListAllMasters => "list_all_masters".to_owned(),
            Self::ListPendingMasters => "list_pending_masters".to_owned(),
            Self::AddMaster => "add_master".to_owned(),
            Self::ConfirmAddMaster(nonce) => with_nonce("confirm_add_master", nonce),
            Self::BackToMasters => "back_to_masters".to_owned(),
            Self::ConfirmOrder(nonce) => with_nonce("confirm_order", nonce),
            Self::DialogBack(step, nonce) => with_nonce(&with_field("dialog_back", step), nonce),
            Self::DialogSkip(step, nonce) => with_nonce(&with_field("dialog_skip", step), nonce),
            Self::DialogKeep(step, nonce) => with_nonce(&with_field("dialog_keep", step), nonce),
            Self::ContinueDialogue(nonce) => with_nonce("continue_dialogue", nonce),
            Self::DialogConfirm(nonce) => with_nonce("dialog_confirm", nonce),
            Self::Cancel(nonce) => with_nonce("cancel", nonce),
            Self::PickDay(filter) => {
                with_field("pick_day", ListPlace::Orders(filter, PageNumber::FIRST).encode())
            }
            Self::PickMaster(filter, page) => {
                with_field("pick_master", ListPlace::Orders(filter, page).encode())
            }
            Self::ShowList(place) => with_field("list", place.encode()),
            Self::OpenFrom(order, place) => with_fields("open", base36(order.0), place.encode()),
            Self::Client(order) => with_field("client", order),
            Self::OpenClient(order) => with_field("open_client", order),
            Self::SearchNew => "search_new".to_owned(),
            Self::SearchNewOrder(search) => with_field("search_new_order", search),
            Self::SearchViewOrder(order) => with_field("search_view_order", order),
            Self::NoOrders => "no_orders".to_owned(),
            Self::CurrentPage => "current_page".to_owned(),
        }
    }
}

impl OrderButton {
    fn encode(self) -> String {
        match self {
            Self::Edit(order) => with_field("edit_order", order),
            Self::EditField(order, field) => with_fields("edit_field", order, field.as_str()),
            Self::Comment(order) => with_field("comment_order", order),
            Self::ShowComments(order, page) => with_fields("order_comments", order, page.0),
            Self::ShowHistory(order, page) => with_fields("order_history", order, page.0),
            Self::Delete(order) => with_field("delete_order", order),
            Self::Restore(order) => with_field("restore_order", order),
            Self::Repeat(order) => with_field("repeat_order", order),
            Self::Correct(order) => with_field("correct_order", order),
            Self::CorrectField(order, field) => with_fields("correct_field", order, field.as_str()),
            Self::CorrectReview(order, answer) => with_fields("correct_review", order, yes_no(answer)),
            Self::CorrectMasters(order, page) => with_fields("correct_masters", order, page.0),
            Self::CorrectMaster(order, master) => with_fields("correct_master", order, master),
        }
    }
}

impl PeopleButton {
    fn encode(self) -> String {
        match self {
            Self::List(role, page) => with_fields("users", role.map_or(ALL_USERS, Role::as_str), page.0),
            Self::Show(user) => with_field("user", user),
            Self::Grant(user, role) => with_fields("grant_role", user, role.as_str()),
            Self::Revoke(user, role) => with_fields("revoke_role", user, role.as_str()),
            Self::MakeMaster(user) => with_field("make_master", user),
            Self::Find => "find_user".to_owned(),
            Self::Found(search, page) => with_fields("found_users", search, page.0),
            Self::DayOff(user, choice) => with_fields("day_off", user, choice.as_str()),
            Self::OwnDayOff => "own_day_off".to_owned(),
        }
    }
}

impl AccessButton {
    fn encode(self) -> String {
        match self {
            Self::Ask => "ask_access".to_owned(),
            Self::Decide(decision, request) => with_fields("access", decision.as_str(), request),
            Self::TakeMessage(update) => with_field("message_to_order", update),
        }
    }
}

impl RatesButton {
    fn encode(self) -> String {
        let type_text =
            |kind: Option<EquipmentTypeId>| kind.map_or_else(|| ALL_TYPES.to_owned(), |id| id.to_string());
        match self {
            Self::Show(kind) => with_field("rates", type_text(kind)),
            Self::ListTypes => "rate_types".to_owned(),
            Self::Change(kind, field) => with_fields("change_rate", type_text(kind), field.as_str()),
            Self::Reset(kind) => with_field("reset_rates", type_text(kind)),
        }
    }
}

impl SettlementButton {
    fn encode(self) -> String {
        match self {
            Self::Overview(page) => with_field("settlement", page.0),
            Self::Balance(master) => with_field("balance", master),
            Self::OwnBalance => "own_balance".to_owned(),
            Self::TakeCash(master) => with_field("take_cash", master),
            Self::Confirm(hand_over) => with_field("confirm_hand_over", hand_over),
            Self::Dispute(hand_over) => with_field("dispute_hand_over", hand_over),
            Self::Reverse(hand_over) => with_field("reverse_hand_over", hand_over),
            Self::Statement(master, span) => with_fields("statement", master, span.encode()),
            Self::StatementFile(master, span) => with_fields("statement_workbook", master, span.encode()),
        }
    }
}

impl NoticeButton {
    fn encode(self) -> String {
        match self {
            Self::ShowKinds => "notices".to_owned(),
            Self::Switch(kind, is_on) => with_fields("notice", kind.as_str(), yes_no(is_on)),
            Self::Dashboard(is_on) => with_field("dashboard", yes_no(is_on)),
        }
    }
}

impl ReportButton {
    fn encode(self) -> String {
        match self {
            Self::Menu => "back_to_reports".to_owned(),
            Self::Show(subject, span, page) => {
                with_fields("report", subject.encode(), format_args!("{}:{}", span.encode(), page.0))
            }
            Self::File(form, subject, span) => with_fields(form.verb(), subject.encode(), span.encode()),
            Self::AskDates(subject) => with_field("report_dates", subject.encode()),
            Self::Active => "report_active".to_owned(),
            Self::Old(report) => report.verb().to_owned(),
            Self::OldPeriod(period) => format!("period_{}", period.as_str()),
            Self::OldDownload(download) => download.verb().to_owned(),
            Self::OldPeriodDownload(period) => with_field("download_period_excel", period.as_str()),
            Self::OldSummary(summary) => summary.verb().to_owned(),
            Self::OldActive => "report_active_orders_excel".to_owned(),
        }
    }
}

impl ReportSubject {
    fn encode(self) -> String {
        match self {
            Self::Kind(kind) => kind.as_str().to_owned(),
            Self::Master(master) => format!("{MASTER_SUBJECT}{master}"),
        }
    }
}

impl ReportSpan {
    fn encode(self) -> String {
        match self {
            Self::Preset(preset) => preset.as_str().to_owned(),
            Self::Days(period) => {
                format!("{}-{}", period.from.format(DATE_FORMAT), period.to.format(DATE_FORMAT))
            }
        }
    }
}

fn yes_no(answer: bool) -> &'static str {
    if answer { "yes" } else { "no" }
}

fn with_field(verb: &str, field: impl Display) -> String {
    format!("{verb}:{field}")
}

fn with_fields(verb: &str, first: impl Display, second: impl Display) -> String {
    format!("{verb}:{first}:{second}")
}

/// Appends the nonce of the button's dialogue; a dialogue that an earlier version began has none.
fn with_nonce(data: &str, nonce: Option<DialogueNonce>) -> String {
    nonce.map_or_else(|| data.to_owned(), |nonce| with_field(data, nonce))
}

/// Uses the short alias where two long ids do not fit behind the old bot's verb.
fn with_ids(verb: &str, alias: &str, order: OrderId, master: MasterId) -> String {
    let data = with_fields(verb, order, master);
    if data.len() <= MAX_BYTES { data } else { with_fields(alias, order, master) }
}
