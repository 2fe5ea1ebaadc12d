//! The callback grammar: the old bot's payloads, the new ones, and any other text.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::fields::CallbackError;
use super::*;
use crate::bot::dialogue::ReportSubject;
use crate::domain::access::AccessDecision;
use crate::domain::equipment::FIRST_TYPES;
use crate::domain::ids::{AccessRequestId, HandOverId, SearchId};
use crate::domain::notice::NoticeKind;
use crate::domain::order_change::{CorrectedField, OrderField};
use crate::domain::period::{PeriodPreset, ReportPeriod};
use crate::domain::rates::RateField;
use crate::domain::role::Role;
use crate::domain::visibility::AddressRule;
use crate::report::ReportKind;

const EXTREME_IDS: [i64; 6] = [i64::MIN, -1, 0, 1, 9_007_199_254_740_991, i64::MAX];

const ORDER: OrderId = OrderId(7);
const NONCE: Option<DialogueNonce> = Some(DialogueNonce(17));
const PERSON: TelegramId = TelegramId(1_234_567_890);

const fn step(step: MasterStep, source: ButtonSource) -> Callback {
    Callback::Step { step, order: ORDER, source }
}

/// The payloads of the old bot's buttons, literally, and what they mean.
const OLD_PAYLOADS: &[(&str, Callback)] = &[
    ("assign_master:7", Callback::AssignMaster(ORDER)),
    ("select_master_for_order:7:3", Callback::SelectMaster(ORDER, MasterId(3))),
    ("reassign_master:7", Callback::ReassignMaster(ORDER)),
    ("select_new_master_for_order:7:3", Callback::SelectNewMaster(ORDER, MasterId(3))),
    ("unassign_master:7", Callback::UnassignMaster(ORDER)),
    ("view_order:7", Callback::ViewOrder(ORDER)),
    ("view_order_master:7", Callback::ViewOrderMaster(ORDER)),
    ("filter_orders:all", Callback::FilterOrders(OrderFilter::All)),
    ("filter_orders:NEW", Callback::FilterOrders(OrderFilter::Status(OrderStatus::New))),
    ("filter_orders:ASSIGNED", Callback::FilterOrders(OrderFilter::Status(OrderStatus::Assigned))),
    ("filter_orders:ACCEPTED", Callback::FilterOrders(OrderFilter::Status(OrderStatus::Accepted))),
    ("filter_orders:ONSITE", Callback::FilterOrders(OrderFilter::Status(OrderStatus::OnSite))),
    ("filter_orders:DR", Callback::FilterOrders(OrderFilter::Status(OrderStatus::LongRepair))),
    ("filter_orders:CLOSED", Callback::FilterOrders(OrderFilter::Status(OrderStatus::Closed))),
    ("filter_orders:REFUSED", Callback::FilterOrders(OrderFilter::Status(OrderStatus::Refused))),
    ("back_to_orders", Callback::BackToOrders),
    ("close_order:7", Callback::CloseOrder(ORDER)),
    ("refuse_order:7", Callback::RefuseOrder(ORDER)),
    ("accept_order:7", step(MasterStep::Accept, ButtonSource::OwnChat)),
    ("refuse_order_master:7", step(MasterStep::Decline, ButtonSource::OwnChat)),
    ("onsite_order:7", step(MasterStep::ArriveOnSite, ButtonSource::OwnChat)),
    ("complete_order:7", step(MasterStep::Complete, ButtonSource::OwnChat)),
    ("dr_order:7", step(MasterStep::LongRepair, ButtonSource::OwnChat)),
    ("group_accept_order:7", step(MasterStep::Accept, ButtonSource::Assignment)),
    ("group_refuse_order:7", step(MasterStep::Decline, ButtonSource::Assignment)),
    ("group_onsite_order:7", step(MasterStep::ArriveOnSite, ButtonSource::Assignment)),
    ("group_complete_order:7", step(MasterStep::Complete, ButtonSource::Assignment)),
    ("group_dr_order:7", step(MasterStep::LongRepair, ButtonSource::Assignment)),
    ("reschedule_order:7", Callback::RescheduleOrder(ORDER, ButtonSource::OwnChat)),
    ("group_reschedule_order:7", Callback::RescheduleOrder(ORDER, ButtonSource::Assignment)),
    ("client_waiting:7", Callback::ClientWaiting(ORDER)),
    ("refuse_order_complete:7", step(MasterStep::ClientDecline, ButtonSource::OwnChat)),
    ("admin_accept_order:7", step(MasterStep::Accept, ButtonSource::StaffCard)),
    ("admin_refuse_order:7", step(MasterStep::Decline, ButtonSource::StaffCard)),
    ("admin_onsite_order:7", step(MasterStep::ArriveOnSite, ButtonSource::StaffCard)),
    ("admin_dr_order:7", step(MasterStep::LongRepair, ButtonSource::StaffCard)),
    ("admin_complete_order:7", step(MasterStep::Complete, ButtonSource::StaffCard)),
    ("edit_order:7", Callback::Order(OrderButton::Edit(ORDER))),
    ("restore_order:7", Callback::Order(OrderButton::Restore(ORDER))),
    ("list_all_masters", Callback::ListAllMasters),
    ("list_pending_masters", Callback::ListPendingMasters),
    ("add_master", Callback::AddMaster),
    ("confirm_add_master", Callback::ConfirmAddMaster(None)),
    ("back_to_masters", Callback::BackToMasters),
    ("manage_master:1234567890", Callback::Master(MasterCommand::Manage, PERSON)),
    ("approve_master:1234567890", Callback::Master(MasterCommand::Approve, PERSON)),
    ("reject_master:1234567890", Callback::Master(MasterCommand::Reject, PERSON)),
    ("activate_master:1234567890", Callback::Master(MasterCommand::Activate, PERSON)),
    ("deactivate_master:1234567890", Callback::Master(MasterCommand::Deactivate, PERSON)),
    ("set_work_chat:1234567890", Callback::Master(MasterCommand::SetWorkChat, PERSON)),
    ("fire_master:1234567890", Callback::Master(MasterCommand::AskDismissal, PERSON)),
    ("add_senior_role:1234567890", Callback::Master(MasterCommand::MakeSenior, PERSON)),
    ("remove_senior_role:1234567890", Callback::Master(MasterCommand::RemoveSenior, PERSON)),
    ("master_stats:1234567890", Callback::Master(MasterCommand::Stats, PERSON)),
    ("report_masters", Callback::Report(ReportButton::Old(OldReport::Masters))),
    ("report_statuses", Callback::Report(ReportButton::Old(OldReport::Statuses))),
    ("report_equipment", Callback::Report(ReportButton::Old(OldReport::Equipment))),
    ("report_period", Callback::Report(ReportButton::Old(OldReport::Period))),
    ("period_today", Callback::Report(ReportButton::OldPeriod(OldPeriod::Today))),
    ("period_yesterday", Callback::Report(ReportButton::OldPeriod(OldPeriod::Yesterday))),
    ("period_week", Callback::Report(ReportButton::OldPeriod(OldPeriod::Week))),
    ("period_month", Callback::Report(ReportButton::OldPeriod(OldPeriod::Month))),
    ("period_year", Callback::Report(ReportButton::OldPeriod(OldPeriod::Year))),
    ("back_to_reports", Callback::Report(ReportButton::Menu)),
    ("download_masters_excel", Callback::Report(ReportButton::OldDownload(OldDownload::Masters))),
    ("download_statuses_excel", Callback::Report(ReportButton::OldDownload(OldDownload::Statuses))),
    ("download_equipment_excel", Callback::Report(ReportButton::OldDownload(OldDownload::Equipment))),
    ("download_period_excel:today", Callback::Report(ReportButton::OldPeriodDownload(OldPeriod::Today))),
    (
        "download_period_excel:yesterday",
        Callback::Report(ReportButton::OldPeriodDownload(OldPeriod::Yesterday)),
    ),
    ("download_period_excel:week", Callback::Report(ReportButton::OldPeriodDownload(OldPeriod::Week))),
    ("download_period_excel:month", Callback::Report(ReportButton::OldPeriodDownload(OldPeriod::Month))),
    ("download_period_excel:year", Callback::Report(ReportButton::OldPeriodDownload(OldPeriod::Year))),
    ("report_daily_master_summary", Callback::Report(ReportButton::OldSummary(OldSummary::Daily))),
    ("report_weekly_master_summary", Callback::Report(ReportButton::OldSummary(OldSummary::Weekly))),
    ("report_monthly_master_summary", Callback::Report(ReportButton::OldSummary(OldSummary::Monthly))),
    ("report_active_orders_excel", Callback::Report(ReportButton::OldActive)),
    ("master_report_excel:1234567890", Callback::Master(MasterCommand::OldReport, PERSON)),
    ("cancel", Callback::Cancel(None)),
    ("no_orders", Callback::NoOrders),
    ("current_page", Callback::CurrentPage),
];

/// The table and one payload for each kind of equipment.
fn old_payloads() -> Vec<(String, Callback)> {
    let equipment = FIRST_TYPES.map(|(name, _)| (format!("equipment:{name}"), Callback::OldEquipment(name)));
    OLD_PAYLOADS.iter().map(|(data, callback)| ((*data).to_owned(), *callback)).chain(equipment).collect()
}

fn every_place(id: i64, other: i64, page: PageNumber) -> Vec<ListPlace> {
    let day = chrono::NaiveDate::from_ymd_opt(2199, 12, 31).unwrap();
    let filter = |status, day, master| OrderListFilter { status, day, master };
    vec![
        ListPlace::Orders(filter(None, None, None), page),
        ListPlace::Orders(filter(Some(OrderStatus::Assigned), Some(day), Some(MasterId(other))), page),
        ListPlace::Orders(filter(None, Some(day), None), page),
        ListPlace::Orders(filter(None, None, Some(MasterId(other))), page),
        ListPlace::Search(SearchId(id), page),
        ListPlace::Client(OrderId(id), page),
        ListPlace::MyOrders(page),
        ListPlace::MyClosed(page),
        ListPlace::MyDay,
        ListPlace::Day(day),
    ]
}

fn every_settlement_button(
    master: MasterId,
    hand_over: HandOverId,
    page: PageNumber,
) -> [SettlementButton; 9] {
    let day = NaiveDate::from_ymd_opt(2026, 2, 28).unwrap();
    let days = ReportSpan::Days(ReportPeriod { from: day, to: day });
    [
        SettlementButton::Overview(page),
        SettlementButton::Balance(master),
        SettlementButton::OwnBalance,
        SettlementButton::TakeCash(master),
        SettlementButton::Confirm(hand_over),
        SettlementButton::Dispute(hand_over),
        SettlementButton::Reverse(hand_over),
        SettlementButton::Statement(master, days),
        SettlementButton::StatementFile(master, days),
    ]
}

fn every_user_button(user: TelegramId, page: PageNumber) -> Vec<PeopleButton> {
    let mut all = vec![
        PeopleButton::List(None, page),
        PeopleButton::Show(user),
        PeopleButton::MakeMaster(user),
        PeopleButton::Find,
        PeopleButton::OwnDayOff,
    ];
    for role in Role::ALL {
        all.extend([
            PeopleButton::List(Some(role), page),
            PeopleButton::Grant(user, role),
            PeopleButton::Revoke(user, role),
        ]);
    }
    all.extend(DayOffChoice::ALL.map(|choice| PeopleButton::DayOff(user, choice)));
    all
}

fn every_order_button(order: OrderId, master: MasterId, page: PageNumber) -> Vec<OrderButton> {
    let mut all = vec![
        OrderButton::Edit(order),
        OrderButton::Comment(order),
        OrderButton::ShowComments(order, page),
        OrderButton::ShowHistory(order, page),
        OrderButton::Delete(order),
        OrderButton::Restore(order),
        OrderButton::Repeat(order),
        OrderButton::Correct(order),
        OrderButton::CorrectReview(order, true),
        OrderButton::CorrectReview(order, false),
        OrderButton::CorrectMasters(order, page),
        OrderButton::CorrectMaster(order, master),
    ];
    all.extend(OrderField::ALL.map(|field| OrderButton::EditField(order, field)));
    all.extend(CorrectedField::ALL.map(|field| OrderButton::CorrectField(order, field)));
    all
}

fn every_people_button(id: i64, other: i64) -> Vec<Callback> {
    let decided = |decision| Callback::Access(AccessButton::Decide(decision, AccessRequestId(other)));
    let mut all = vec![
        Callback::Access(AccessButton::Ask),
        Callback::Access(AccessButton::TakeMessage(id)),
        Callback::Notice(NoticeButton::ShowKinds),
    ];
    all.extend(AccessDecision::ALL.map(decided));
    all.extend(AddressRule::ALL.map(Callback::AddressFrom));
    for is_on in [true, false] {
        all.extend(NoticeKind::ALL.map(|kind| Callback::Notice(NoticeButton::Switch(kind, is_on))));
        all.push(Callback::Notice(NoticeButton::Dashboard(is_on)));
    }
    all
}

fn every_report_button(master: MasterId, page: PageNumber) -> Vec<ReportButton> {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let days = ReportPeriod::new(day("2026-02-28"), day("2199-12-31")).unwrap();
    let spans = PeriodPreset::EVERY.map(ReportSpan::Preset).into_iter().chain([ReportSpan::Days(days)]);
    let subjects =
        ReportKind::ALL.map(ReportSubject::Kind).into_iter().chain([ReportSubject::Master(master)]);
    let subjects: Vec<_> = subjects.collect();
    let mut all = vec![ReportButton::Menu, ReportButton::Active, ReportButton::OldActive];
    for span in spans {
        all.extend(subjects.iter().map(|subject| ReportButton::Show(*subject, span, page)));
        for form in ReportForm::ALL {
            all.extend(subjects.iter().map(|subject| ReportButton::File(form, *subject, span)));
        }
    }
    all.extend(subjects.into_iter().map(ReportButton::AskDates));
    all.extend(OldReport::ALL.map(ReportButton::Old));
    all.extend(OldPeriod::ALL.map(ReportButton::OldPeriod));
    all.extend(OldPeriod::ALL.map(ReportButton::OldPeriodDownload));
    all.extend(OldDownload::ALL.map(ReportButton::OldDownload));
    all.extend(OldSummary::ALL.map(ReportButton::OldSummary));
    all
}

/// Every callback, with the given ids in it.
fn every_callback(id: i64, other: i64, page: u32) -> Vec<Callback> {
    let (order, master, person, page) = (OrderId(id), MasterId(other), TelegramId(id), PageNumber(page));
    let filters: Vec<OrderFilter> = std::iter::once(OrderFilter::All)
        .chain(OrderStatus::ALL.into_iter().map(OrderFilter::Status))
        .collect();
    let mut all = vec![
        Callback::AssignMaster(order),
        Callback::AssignPage(order, page),
        Callback::SelectMaster(order, master),
        Callback::ReassignMaster(order),
        Callback::ReassignPage(order, page),
        Callback::SelectNewMaster(order, master),
        Callback::HandOverOrder(order),
        Callback::HandOverPage(order, page),
        Callback::HandOverTo(order, master),
        Callback::UnassignMaster(order),
        Callback::ViewOrder(order),
        Callback::ViewOrderMaster(order),
        Callback::OpenOrder(order),
        Callback::MyOrdersPage(page),
        Callback::BackToOrders,
        Callback::CloseOrder(order),
        Callback::RefuseOrder(order),
        Callback::MoreActions(order),
        Callback::RescheduleOrder(order, ButtonSource::OwnChat),
        Callback::RescheduleOrder(order, ButtonSource::Assignment),
        Callback::ClientWaiting(order),
        Callback::ReopenOrder(order),
        Callback::ListAllMasters,
        Callback::ListPendingMasters,
        Callback::MastersPage(MasterListFilter::All, page),
        Callback::MastersPage(MasterListFilter::Pending, page),
        Callback::WorkGroup(person, ChatId(other.min(-1))),
        Callback::AddMaster,
        Callback::ShowSettings,
        Callback::EquipmentTypes,
        Callback::AddEquipment,
        Callback::BackToMasters,
        Callback::NoOrders,
        Callback::CurrentPage,
        Callback::Client(order),
        Callback::OpenClient(order),
        Callback::SearchNew,
        Callback::SearchViewOrder(order),
    ];
    for place in every_place(id, other, page) {
        all.extend([Callback::ShowList(place), Callback::OpenFrom(order, place)]);
        if let ListPlace::Orders(filter, page) = place {
            all.extend([Callback::PickDay(filter), Callback::PickMaster(filter, page)]);
        }
    }
    all.extend(every_order_button(order, master, page).into_iter().map(Callback::Order));
    all.extend(every_user_button(person, page).into_iter().map(Callback::People));
    for nonce in [None, Some(DialogueNonce(id))] {
        all.extend([
            Callback::ConfirmAddMaster(nonce),
            Callback::ConfirmOrder(nonce),
            Callback::Equipment(EquipmentTypeId(other), nonce),
            Callback::TakeClient(order, nonce),
            Callback::DraftField(u8::MAX, nonce),
            Callback::DraftMasters(page, nonce),
            Callback::CreateAssigned(master, nonce),
            Callback::DialogKeep(u8::MAX, nonce),
            Callback::ContinueDialogue(nonce),
            Callback::Review(true, nonce),
            Callback::Review(false, nonce),
            Callback::OutOfCity(true, nonce),
            Callback::OutOfCity(false, nonce),
            Callback::CloseAsRefusal(nonce),
            Callback::PromisedDate(NaiveDate::from_ymd_opt(2026, 2, 28).unwrap(), nonce),
            Callback::VisitSlot(
                VisitSlot { day: NaiveDate::from_ymd_opt(2026, 2, 28).unwrap(), from: 9, until: 12 },
                nonce,
            ),
            Callback::DialogBack(u8::MAX, nonce),
            Callback::DialogSkip(0, nonce),
            Callback::DialogConfirm(nonce),
            Callback::Cancel(nonce),
        ]);
    }
    all.extend(every_people_button(id, other));
    all.extend(every_settlement_button(master, HandOverId(id), page).into_iter().map(Callback::Settlement));
    for kind in [None, Some(EquipmentTypeId(id))] {
        all.push(Callback::Rates(RatesButton::Show(kind)));
        all.push(Callback::Rates(RatesButton::Reset(kind)));
        all.extend(RateField::ALL.map(|field| Callback::Rates(RatesButton::Change(kind, field))));
    }
    all.push(Callback::Rates(RatesButton::ListTypes));
    all.extend(FIRST_TYPES.map(|(name, _)| Callback::OldEquipment(name)));
    all.extend(EquipmentCommand::ALL.map(|command| Callback::EquipmentType(command, EquipmentTypeId(id))));
    all.extend(Locale::ALL.map(Callback::Language));
    all.extend(every_report_button(master, page).into_iter().map(Callback::Report));
    all.extend(MasterCommand::ALL.map(|command| Callback::Master(command, person)));
    for filter in filters {
        all.push(Callback::FilterOrders(filter));
        all.push(Callback::OrdersPage(filter, page));
    }
    for source in ButtonSource::ALL {
        all.extend(MasterStep::ALL.map(|step| Callback::Step { step, order, source }));
    }
    all
}

#[test]
fn every_payload_of_the_old_bot_decodes_and_encodes_back_to_itself() {
    for (data, callback) in old_payloads() {
        assert_eq!(Callback::parse(&data), Ok(callback), "{data}");
        assert_eq!(callback.encode(), data);
    }
}

#[test]
fn buttons_for_parts_of_the_history_open_it() {
    for part in ["full", "status", "changes", "audit"] {
        let history = Callback::Order(OrderButton::ShowHistory(ORDER, PageNumber::FIRST));
        assert_eq!(Callback::parse(&format!("history_{part}:7")), Ok(history));
    }
}

#[test]
fn new_buttons_use_the_same_grammar() {
    for (data, callback) in [
        ("reopen_order:7", Callback::ReopenOrder(OrderId(7))),
        ("more:7", Callback::MoreActions(OrderId(7))),
        (
            "orders_page:DR:12",
            Callback::OrdersPage(OrderFilter::Status(OrderStatus::LongRepair), PageNumber(12)),
        ),
        ("my_orders_page:2", Callback::MyOrdersPage(PageNumber(2))),
        ("assign_page:7:2", Callback::AssignPage(OrderId(7), PageNumber(2))),
        ("reassign_page:7:2", Callback::ReassignPage(OrderId(7), PageNumber(2))),
        ("masters_page:pending:1", Callback::MastersPage(MasterListFilter::Pending, PageNumber::FIRST)),
        ("work_group:1234567890:-1001234", Callback::WorkGroup(PERSON, ChatId(-1_001_234))),
        (
            "promised:20261205:17",
            Callback::PromisedDate(NaiveDate::from_ymd_opt(2026, 12, 5).unwrap(), NONCE),
        ),
        ("review:yes:17", Callback::Review(true, NONCE)),
        ("review:no", Callback::Review(false, None)),
        ("out_of_city:no:17", Callback::OutOfCity(false, NONCE)),
        ("close_as_refusal:17", Callback::CloseAsRefusal(NONCE)),
        ("language:en", Callback::Language(Locale::En)),
        ("confirm_order:17", Callback::ConfirmOrder(NONCE)),
        ("confirm_add_master:17", Callback::ConfirmAddMaster(NONCE)),
        ("equipment_type:4:17", Callback::Equipment(EquipmentTypeId(4), NONCE)),
        ("take_client:7:17", Callback::TakeClient(OrderId(7), NONCE)),
        ("draft_field:3:17", Callback::DraftField(3, NONCE)),
        ("draft_masters:2:17", Callback::DraftMasters(PageNumber(2), NONCE)),
        ("create_assigned:3:17", Callback::CreateAssigned(MasterId(3), NONCE)),
        ("users:all:1", Callback::People(PeopleButton::List(None, PageNumber::FIRST))),
        ("found_users:35:2", Callback::People(PeopleButton::Found(SearchId(35), PageNumber(2)))),
        ("users:UNKNOWN:2", Callback::People(PeopleButton::List(Some(Role::Unknown), PageNumber(2)))),
        ("revoke_role:1234567890:ADMIN", Callback::People(PeopleButton::Revoke(PERSON, Role::Admin))),
        ("day_off:1234567890:monday", Callback::People(PeopleButton::DayOff(PERSON, DayOffChoice::Monday))),
        ("hand_over_to:7:3", Callback::HandOverTo(ORDER, MasterId(3))),
        ("hide_equipment:4", Callback::EquipmentType(EquipmentCommand::Hide, EquipmentTypeId(4))),
        ("open_order:7", Callback::OpenOrder(OrderId(7))),
        ("dialog_keep:3:17", Callback::DialogKeep(3, NONCE)),
        ("continue_dialogue:17", Callback::ContinueDialogue(NONCE)),
        ("dialog_back:3", Callback::DialogBack(3, None)),
        ("dialog_back:3:17", Callback::DialogBack(3, NONCE)),
        ("dialog_skip:6:17", Callback::DialogSkip(6, NONCE)),
        ("dialog_confirm:17", Callback::DialogConfirm(NONCE)),
        ("cancel:17", Callback::Cancel(NONCE)),
        ("client:7", Callback::Client(ORDER)),
        ("open_client:7", Callback::OpenClient(ORDER)),
        ("ask_access", Callback::Access(AccessButton::Ask)),
        (
            "access:master:7",
            Callback::Access(AccessButton::Decide(AccessDecision::Master, AccessRequestId(7))),
        ),
        ("message_to_order:7", Callback::Access(AccessButton::TakeMessage(7))),
        ("notices", Callback::Notice(NoticeButton::ShowKinds)),
        ("dashboard:yes", Callback::Notice(NoticeButton::Dashboard(true))),
        ("notice:created:no", Callback::Notice(NoticeButton::Switch(NoticeKind::Created, false))),
        (
            "report:types:last-month:2",
            Callback::Report(ReportButton::Show(
                ReportSubject::Kind(ReportKind::Types),
                ReportSpan::Preset(PeriodPreset::LastMonth),
                PageNumber(2),
            )),
        ),
        ("report_dates:@3", Callback::Report(ReportButton::AskDates(ReportSubject::Master(MasterId(3))))),
        ("search_new", Callback::SearchNew),
        ("search_new_order:35", Callback::SearchNewOrder(SearchId(35))),
        ("settings", Callback::ShowSettings),
        ("address_from:assigned", Callback::AddressFrom(AddressRule::FromAssigned)),
        ("search_view_order:7", Callback::SearchViewOrder(ORDER)),
        ("list:s:z:2", Callback::ShowList(ListPlace::Search(SearchId(35), PageNumber(2)))),
        (
            "open:5k:o:NEW:fuy4:3:1",
            Callback::OpenFrom(
                OrderId(200),
                ListPlace::Orders(
                    OrderListFilter {
                        status: Some(OrderStatus::New),
                        day: chrono::NaiveDate::from_ymd_opt(2026, 11, 28),
                        master: Some(MasterId(3)),
                    },
                    PageNumber::FIRST,
                ),
            ),
        ),
    ] {
        assert_eq!(Callback::parse(data), Ok(callback));
        assert_eq!(callback.encode(), data);
    }
}

#[test]
fn every_callback_fits_into_64_bytes_and_round_trips_with_extreme_ids() {
    for id in EXTREME_IDS {
        for other in EXTREME_IDS {
            for callback in every_callback(id, other, u32::MAX) {
                let data = callback.encode();
                assert!(data.len() <= MAX_BYTES, "{data} has {} bytes", data.len());
                assert!(!data.is_empty());
                assert_eq!(Callback::parse(&data), Ok(callback), "{data}");
            }
        }
    }
}

#[test]
fn encoded_callbacks_are_distinct() {
    let all = every_callback(1, 2, 3);
    let mut written: Vec<String> = all.iter().map(|callback| callback.encode()).collect();
    written.sort();
    written.dedup();
    assert_eq!(written.len(), all.len());
}

#[test]
fn each_kind_of_malformed_data_has_its_error() {
    let error = |data: &str| Callback::parse(data).expect_err(data);
    assert_eq!(error(""), CallbackError::UnknownVerb(String::new()));
    assert_eq!(error("rm_rf:1"), CallbackError::UnknownVerb("rm_rf".into()));
    assert_eq!(error("rm_rf:1").to_string(), "unknown callback verb \"rm_rf\"");
    assert_eq!(error("Иван 9001234567").to_string(), "unknown callback verb of 15 characters");
    assert_eq!(
        error("view_order:Иван").to_string(),
        "callback \"view_order\" has a malformed field of 4 characters"
    );
    assert_eq!(error("VIEW_ORDER:1"), CallbackError::UnknownVerb("VIEW_ORDER".into()));
    assert_eq!(error("view_order"), CallbackError::MissingField { verb: "view_order".into(), position: 1 });
    assert_eq!(
        error("select_master_for_order:1"),
        CallbackError::MissingField { verb: "select_master_for_order".into(), position: 2 }
    );
    let not_a_nonce = CallbackError::MalformedField { verb: "cancel".into(), value: "now".into() };
    assert_eq!(error("cancel:now"), not_a_nonce);
    assert_eq!(error("cancel:1:2"), CallbackError::ExtraField { verb: "cancel".into(), value: "2".into() });
    assert_eq!(
        error("view_order:1:2"),
        CallbackError::ExtraField { verb: "view_order".into(), value: "2".into() }
    );
    for value in ["", " 1", "1 ", "+1", "007", "-0", "0x1", "1.0", "one", "٣", "1e3"] {
        assert_eq!(
            error(&format!("view_order:{value}")),
            CallbackError::MalformedField { verb: "view_order".into(), value: value.into() }
        );
    }
    for data in ["filter_orders:new", "filter_orders:OPEN", "equipment:?", "review:maybe", "language:de"] {
        assert!(matches!(error(data), CallbackError::MalformedField { .. }), "{data}");
    }
    for data in [
        "view_order:9223372036854775808",
        "view_order:-9223372036854775809",
        "my_orders_page:0",
        "dialog_skip:256",
        "work_group:1:5",
    ] {
        assert!(matches!(error(data), CallbackError::OutOfRange { .. }), "{data}");
    }
}

proptest! {
    #[test]
    fn any_text_parses_or_fails_and_parsed_data_encodes_back(data in "\\PC{0,80}") {
        if let Ok(callback) = Callback::parse(&data) {
            prop_assert_eq!(callback.encode(), data);
        }
    }

    #[test]
    fn any_change_of_a_known_payload_parses_or_fails(
        index in any::<prop::sample::Index>(), tail in "[:0-9a-z_-]{0,12}", cut in 0usize..64,
    ) {
        let payloads = old_payloads();
        let (data, _) = &payloads[index.index(payloads.len())];
        let head: String = data.chars().take(cut).collect();
        let changed = format!("{head}{tail}");
        if let Ok(callback) = Callback::parse(&changed) {
            prop_assert_eq!(callback.encode(), changed);
        }
    }

    #[test]
    fn any_ids_round_trip(order: i64, master: i64, page in 1u32..) {
        for callback in every_callback(order, master, page) {
            let data = callback.encode();
            prop_assert!(data.len() <= MAX_BYTES);
            prop_assert_eq!(Callback::parse(&data), Ok(callback));
        }
    }
}
