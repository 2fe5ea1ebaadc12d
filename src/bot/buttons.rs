//! Finds the handler of a pressed button: the answer to a dialogue that it stands for, or a list or a card.

use super::answers::on_answer;
use super::callback::{
    AccessButton, Callback, ListPlace, MasterCommand, MasterListFilter, OrderButton, PageNumber,
    PeopleButton, SettlementButton,
};
use super::context::{HandlerResult, UpdateContext};
use super::dialogue::{Dialogue, DialogueAnswer, EditDraft};
use super::handlers::{
    access, add_master, assignment, balances, client, closing, comments, common, company_settings,
    correction, day_off, day_plan, deletion, dismissal, edit_order, equipment, hand_overs, masters,
    my_orders, new_order, notice_settings, order_history, orders, people, question, rates, reasons,
    repeat_visit, reports, reschedule, search, settlement, statement, stranger_messages, work_group,
};
use super::incoming::ButtonPress;
use super::reply::Reply;
use super::view::keyboards::AssignmentKind;
use super::view::refusals;
use super::view::text::plain_text;
use crate::db::order_messages::OrderMessageKind;
use crate::domain::ids::TelegramId;
use crate::domain::order_change::OrderField;
use crate::domain::status::OrderAction;
use crate::logging::write::LogContext;
use crate::service;

/// Handles a press.
pub(super) fn on_button(ctx: &mut UpdateContext<'_>, press: &ButtonPress) -> HandlerResult {
    let callback = match Callback::parse(&press.data) {
        Ok(callback) => callback,
        Err(error) => {
            ctx.action = "unknown_button".into();
            let update = LogContext::current().update;
            let (user, chat) = (ctx.user.telegram_id.0, ctx.chat.0);
            tracing::info!(update, user, chat, %error, "unknown button");
            return Ok(Reply::none().with_toast(refusals::malformed_button(ctx.texts)));
        }
    };
    ctx.action = callback.verb().into();
    if ctx.chat.is_group() && !is_for_groups(callback) {
        return Ok(Reply::none().with_alert(plain_text!(ctx.texts, "error-private-chat-only")));
    }
    if ctx.chat.is_group()
        && is_own_list(callback)
        && !service::masters::is_own_group(ctx.tx, &ctx.user, ctx.chat)?
    {
        return Ok(ctx.stale_button_alert());
    }
    if callback.nonce().is_some() || matches!(callback, Callback::ContinueDialogue(_)) {
        ctx.resume_dialogue(callback.nonce());
    }
    match callback {
        Callback::NoOrders | Callback::CurrentPage => Ok(Reply::none()),
        Callback::Cancel(nonce) => Ok(common::cancel_by_button(ctx, nonce)),
        Callback::Language(locale) => common::choose_language(ctx, locale),
        callback => match answer_of_button(ctx, callback) {
            Some(Ok(answer)) => on_answer(ctx, &answer),
            Some(Err(alert)) => Ok(alert),
            None => on_screen_button(ctx, callback),
        },
    }
}

/// Whether a button shows the orders of the user who presses it, as their master.
fn is_own_list(callback: Callback) -> bool {
    let is_own = |place| matches!(place, ListPlace::MyOrders(_) | ListPlace::MyClosed(_) | ListPlace::MyDay);
    match callback {
        Callback::MyOrdersPage(_) => true,
        Callback::ShowList(place) | Callback::OpenFrom(_, place) => is_own(place),
        _ => false,
    }
}

/// Whether a button works in a group. All members can see what the bot shows, so only buttons about the orders of the
/// group's master do.
fn is_for_groups(callback: Callback) -> bool {
    is_own_list(callback)
        || matches!(
            callback,
            Callback::Step { .. }
                | Callback::ViewOrder(_)
                | Callback::ViewOrderMaster(_)
                | Callback::Order(OrderButton::Comment(_) | OrderButton::ShowComments(..))
                | Callback::Review(..)
                | Callback::OutOfCity(..)
                | Callback::CloseAsRefusal(_)
                | Callback::DraftField(..)
                | Callback::PromisedDate(..)
                | Callback::RescheduleOrder(..)
                | Callback::VisitSlot(..)
                | Callback::DialogBack(..)
                | Callback::DialogSkip(..)
                | Callback::DialogConfirm(_)
                | Callback::Cancel(_)
                | Callback::NoOrders
                | Callback::CurrentPage
        )
}

/// Returns the answer to a dialogue that a button stands for; the error answers a button of a past step or dialogue.
fn answer_of_button(ctx: &UpdateContext<'_>, callback: Callback) -> Option<Result<DialogueAnswer, Reply>> {
    let dialogue = ctx.dialogue.as_ref();
    let present = dialogue.and_then(Dialogue::nonce);
    let is_new_order = matches!(dialogue, Some(Dialogue::NewOrder(_)));
    let is_editing =
        matches!(dialogue, Some(Dialogue::EditOrder(EditDraft { field: OrderField::Equipment, .. })));
    let is_closing = matches!(dialogue, Some(Dialogue::Close(_)));
    let is_long_repair = matches!(dialogue, Some(Dialogue::LongRepair(_)));
    let is_rescheduling = matches!(dialogue, Some(Dialogue::Reschedule(_)));
    let is_adding = matches!(dialogue, Some(Dialogue::AddMaster(_)));
    // The old bot's buttons of two kinds have no nonce and belong to the open dialogue.
    let (answer, is_current, step) = match callback {
        Callback::OldEquipment(name) => {
            (DialogueAnswer::OldEquipment(name), is_new_order || is_editing, None)
        }
        Callback::Equipment(kind, nonce) => {
            (DialogueAnswer::Equipment(kind), (is_new_order || is_editing) && nonce == present, None)
        }
        Callback::TakeClient(order, nonce) => {
            (DialogueAnswer::TakeClient(order), is_new_order && nonce == present, None)
        }
        Callback::DraftField(step, nonce) => {
            (DialogueAnswer::Field(step), (is_new_order || is_closing) && nonce == present, None)
        }
        Callback::DraftMasters(page, nonce) => {
            (DialogueAnswer::Masters(page), is_new_order && nonce == present, None)
        }
        Callback::CreateAssigned(master, nonce) => {
            (DialogueAnswer::CreateAssigned(master), is_new_order && nonce == present, None)
        }
        Callback::ConfirmAddMaster(nonce) => {
            (DialogueAnswer::Confirm, is_adding && (nonce.is_none() || nonce == present), None)
        }
        Callback::ConfirmOrder(nonce) => (DialogueAnswer::Confirm, is_new_order && nonce == present, None),
        Callback::Review(review, nonce) => {
            (DialogueAnswer::Review(review), is_closing && nonce == present, None)
        }
        Callback::OutOfCity(answer, nonce) => {
            (DialogueAnswer::OutOfCity(answer), is_closing && nonce == present, None)
        }
        Callback::CloseAsRefusal(nonce) => {
            (DialogueAnswer::ClientRefusal, is_closing && nonce == present, None)
        }
        Callback::PromisedDate(day, nonce) => {
            (DialogueAnswer::Date(day), is_long_repair && nonce == present, None)
        }
        Callback::VisitSlot(slot, nonce) => {
            (DialogueAnswer::Slot(slot), is_rescheduling && nonce == present, None)
        }
        Callback::DialogConfirm(nonce) => (DialogueAnswer::Confirm, nonce == present, None),
        Callback::DialogBack(step, nonce) => (DialogueAnswer::Back, nonce == present, Some(step)),
        Callback::DialogKeep(step, nonce) => (DialogueAnswer::Keep, nonce == present, Some(step)),
        Callback::ContinueDialogue(nonce) => (DialogueAnswer::Repeat, nonce == present, None),
        Callback::DialogSkip(step, nonce) => (DialogueAnswer::Skip, nonce == present, Some(step)),
        _ => return None,
    };
    let is_past_step = step.is_some() && dialogue.is_some() && step != dialogue.map(Dialogue::step_number);
    Some(if !is_current {
        Err(ctx.stale_button_alert())
    } else if is_past_step {
        Err(question::passed_step_alert(ctx))
    } else {
        Ok(answer)
    })
}

/// Handles a button of a list or a card.
fn on_screen_button(ctx: &mut UpdateContext<'_>, callback: Callback) -> HandlerResult {
    use AssignmentKind::{Assign, HandOver, Reassign};
    match callback {
        Callback::AssignMaster(order) => assignment::choose_master(ctx, order, Assign, PageNumber::FIRST),
        Callback::AssignPage(order, page) => assignment::choose_master(ctx, order, Assign, page),
        Callback::SelectMaster(order, master) => assignment::assign_master(ctx, order, Assign, master),
        Callback::ReassignMaster(order) => assignment::choose_master(ctx, order, Reassign, PageNumber::FIRST),
        Callback::ReassignPage(order, page) => assignment::choose_master(ctx, order, Reassign, page),
        Callback::SelectNewMaster(order, master) => assignment::assign_master(ctx, order, Reassign, master),
        Callback::HandOverOrder(order) => assignment::choose_master(ctx, order, HandOver, PageNumber::FIRST),
        Callback::HandOverPage(order, page) => assignment::choose_master(ctx, order, HandOver, page),
        Callback::HandOverTo(order, master) => assignment::assign_master(ctx, order, HandOver, master),
        Callback::People(button) => on_people_button(ctx, button),
        Callback::UnassignMaster(order) => orders::unassign_master(ctx, order),
        Callback::ViewOrder(order) | Callback::SearchViewOrder(order) => {
            orders::show_order(ctx, order, OrderMessageKind::Staff)
        }
        Callback::ShowSettings => common::show_settings(ctx),
        Callback::AddressFrom(rule) => company_settings::change_address_rule(ctx, rule),
        Callback::Rates(button) => rates::on_button(ctx, button),
        Callback::Settlement(button) => on_settlement_button(ctx, button),
        Callback::EquipmentTypes => equipment::show_list(ctx),
        Callback::AddEquipment => equipment::ask_name(ctx, None),
        Callback::EquipmentType(command, kind) => equipment::run_command(ctx, command, kind),
        Callback::OpenOrder(order) => orders::open_order(ctx, order),
        Callback::ViewOrderMaster(order) => orders::open_own_order(ctx, order),
        Callback::FilterOrders(filter) => orders::list_by_status(ctx, filter, PageNumber::FIRST),
        Callback::OrdersPage(filter, page) => orders::list_by_status(ctx, filter, page),
        Callback::MyOrdersPage(page) => my_orders::list_orders(ctx, page),
        Callback::PickDay(filter) => Ok(orders::pick_day(ctx, filter)),
        Callback::PickMaster(filter, page) => orders::pick_master(ctx, filter, page),
        Callback::Client(order) => client::show_orders(ctx, order, PageNumber::FIRST),
        Callback::OpenClient(order) => client::open_orders(ctx, order),
        Callback::ShowList(place) => show_list(ctx, place),
        Callback::OpenFrom(order, place) => orders::show_order_from(ctx, order, place),
        Callback::SearchNewOrder(id) => new_order::begin_with_searched(ctx, id),
        Callback::SearchNew => Ok(search::ask_query(ctx)),
        Callback::BackToOrders => orders::show_overview(ctx),
        Callback::CloseOrder(order) => closing::begin_dialogue(ctx, order, OrderMessageKind::Staff),
        Callback::RefuseOrder(order) => reasons::begin_dialogue(ctx, OrderAction::Refuse, order),
        Callback::ReopenOrder(order) => orders::reopen_order(ctx, order),
        Callback::RescheduleOrder(order, _) => reschedule::begin_dialogue(ctx, order),
        Callback::ClientWaiting(order) => reschedule::remind_of_client(ctx, order),
        Callback::MoreActions(order) => orders::show_more(ctx, order),
        Callback::Step { step, order, source } => my_orders::take_step(ctx, step, order, source),
        Callback::Order(button) => on_order_button(ctx, button),
        Callback::Access(button) => on_access_button(ctx, button),
        Callback::Notice(button) => notice_settings::run_command(ctx, button),
        Callback::Report(button) => reports::run_command(ctx, button),
        Callback::ListAllMasters => masters::list_masters(ctx, MasterListFilter::All, PageNumber::FIRST),
        Callback::ListPendingMasters => {
            masters::list_masters(ctx, MasterListFilter::Pending, PageNumber::FIRST)
        }
        Callback::MastersPage(filter, page) => masters::list_masters(ctx, filter, page),
        Callback::AddMaster => add_master::begin_dialogue(ctx),
        Callback::BackToMasters => masters::show_menu(ctx),
        Callback::Master(command, id) => on_master_button(ctx, command, id),
        Callback::WorkGroup(master, group) => work_group::link_group(ctx, master, group),
        // Handled by `on_button` and `answer_of_button`.
        Callback::NoOrders
        | Callback::CurrentPage
        | Callback::Cancel(_)
        | Callback::Language(_)
        | Callback::OldEquipment(_)
        | Callback::Equipment(..)
        | Callback::TakeClient(..)
        | Callback::DraftField(..)
        | Callback::DraftMasters(..)
        | Callback::CreateAssigned(..)
        | Callback::DialogKeep(..)
        | Callback::ContinueDialogue(_)
        | Callback::ConfirmOrder(_)
        | Callback::ConfirmAddMaster(_)
        | Callback::Review(..)
        | Callback::OutOfCity(..)
        | Callback::CloseAsRefusal(_)
        | Callback::PromisedDate(..)
        | Callback::VisitSlot(..)
        | Callback::DialogConfirm(_)
        | Callback::DialogBack(..)
        | Callback::DialogSkip(..) => Ok(ctx.stale_button_alert()),
    }
}

fn on_settlement_button(ctx: &mut UpdateContext<'_>, button: SettlementButton) -> HandlerResult {
    match button {
        SettlementButton::Overview(page) => balances::show_overview(ctx, page),
        SettlementButton::Balance(master) => balances::show_balance(ctx, master),
        SettlementButton::OwnBalance => balances::show_own_balance(ctx),
        SettlementButton::TakeCash(master) => settlement::begin_dialogue(ctx, master),
        SettlementButton::Confirm(id) => hand_overs::confirm(ctx, id),
        SettlementButton::Dispute(id) => hand_overs::begin_dispute(ctx, id),
        SettlementButton::Reverse(id) => hand_overs::reverse(ctx, id),
        SettlementButton::Statement(master, span) => statement::show_statement(ctx, master, span),
        SettlementButton::StatementFile(master, span) => statement::send_workbook(ctx, master, span),
    }
}

fn on_access_button(ctx: &mut UpdateContext<'_>, button: AccessButton) -> HandlerResult {
    match button {
        AccessButton::Ask => access::ask_access(ctx),
        AccessButton::Decide(decision, request) => access::decide_request(ctx, decision, request),
        AccessButton::TakeMessage(update) => stranger_messages::take_message(ctx, update),
    }
}

fn show_list(ctx: &mut UpdateContext<'_>, place: ListPlace) -> HandlerResult {
    match place {
        ListPlace::Search(id, page) => search::show_page(ctx, id, page),
        ListPlace::MyOrders(page) => my_orders::list_orders(ctx, page),
        ListPlace::MyClosed(page) => my_orders::list_closed_orders(ctx, page),
        ListPlace::MyDay => day_plan::show_own_day(ctx),
        ListPlace::Day(day) => day_plan::show_day(ctx, day),
        ListPlace::Client(order, page) => client::show_orders(ctx, order, page),
        ListPlace::Orders(filter, page) => orders::list_orders(ctx, filter, page),
    }
}

/// Handles a button of one master's profile.
fn on_master_button(ctx: &mut UpdateContext<'_>, command: MasterCommand, id: TelegramId) -> HandlerResult {
    match command {
        MasterCommand::AskDismissal => dismissal::ask_dismissal(ctx, id),
        MasterCommand::Dismiss => dismissal::dismiss_master(ctx, id),
        MasterCommand::ShowOpenOrders => dismissal::show_open_orders(ctx, id),
        MasterCommand::AskDayOff => day_off::begin_dialogue(ctx, id),
        MasterCommand::Stats => reports::show_master(ctx, id),
        MasterCommand::OldReport => reports::send_master_workbook(ctx, id),
        command => masters::run_command(ctx, command, id),
    }
}

/// Handles a button of the users section, or of a day off.
fn on_people_button(ctx: &mut UpdateContext<'_>, button: PeopleButton) -> HandlerResult {
    match button {
        PeopleButton::List(role, page) => people::list_users(ctx, role, page),
        PeopleButton::Show(user) => people::show_user(ctx, user),
        PeopleButton::Grant(user, role) => people::grant_role(ctx, user, role),
        PeopleButton::Revoke(user, role) => people::revoke_role(ctx, user, role),
        PeopleButton::MakeMaster(user) => add_master::begin_with_person(ctx, user),
        PeopleButton::Find => people::ask_query(ctx),
        PeopleButton::Found(search, page) => people::show_found(ctx, search, page),
        PeopleButton::DayOff(master, choice) => day_off::choose_end(ctx, master, choice),
        PeopleButton::OwnDayOff => day_off::begin_dialogue(ctx, ctx.user.telegram_id),
    }
}

/// Handles a button for what one can do with an order besides its steps.
fn on_order_button(ctx: &mut UpdateContext<'_>, button: OrderButton) -> HandlerResult {
    match button {
        OrderButton::Edit(order) => edit_order::show_fields(ctx, order),
        OrderButton::EditField(order, field) => edit_order::begin_dialogue(ctx, order, field),
        OrderButton::Comment(order) => comments::begin_dialogue(ctx, order),
        OrderButton::ShowComments(order, page) => comments::show_comments(ctx, order, page),
        OrderButton::ShowHistory(order, page) => order_history::show_history(ctx, order, page),
        OrderButton::Delete(order) => deletion::begin_dialogue(ctx, order),
        OrderButton::Restore(order) => deletion::restore_order(ctx, order),
        OrderButton::Repeat(order) => repeat_visit::begin_dialogue(ctx, order),
        OrderButton::Correct(order) => correction::show_menu(ctx, order),
        OrderButton::CorrectField(order, field) => correction::begin_dialogue(ctx, order, field),
        OrderButton::CorrectReview(order, answer) => correction::correct_review(ctx, order, answer),
        OrderButton::CorrectMasters(order, page) => correction::choose_master(ctx, order, page),
        OrderButton::CorrectMaster(order, master) => correction::correct_master(ctx, order, master),
    }
}
