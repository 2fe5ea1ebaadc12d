//! Finds the handler of an update.
//!
//! A press means its button. A command or a label means itself, also in the middle of a dialogue. Everything else
//! answers the open dialogue, if there is one. In a group the bot reacts only to presses, commands and the answers of
//! an open dialogue.

use super::callback::{AccessButton, Callback, ListPlace, MasterListFilter, OrderButton, PageNumber};
use super::commands::BotCommand;
use super::context::{HandlerResult, UpdateContext};
use super::dialogue::{Dialogue, DialogueAnswer, EditDraft};
use super::handlers::{
    access, add_master, assignment, client, closing, comments, common, correction, day_plan, deletion,
    edit_order, equipment, long_repair, masters, my_orders, new_order, notice_settings, order_history,
    orders, pasted_order, question, reasons, repeat_visit, reschedule, search, stranger_messages, work_group,
};
use super::incoming::{AnonymousAction, ButtonPress, IncomingEvent, IncomingUpdate, MessageDetails};
use super::labels::Label;
use super::reply::Reply;
use super::view::keyboards::AssignmentKind;
use super::view::refusals;
use super::view::text::plain_text;
use crate::db::dialogues::DialogueKey;
use crate::db::order_messages::OrderMessageKind;
use crate::db::{self, AnyConnection, dialogues, masters as master_rows, order_messages};
use crate::domain::input::normalize_line;
use crate::domain::order_change::OrderField;
use crate::domain::search::is_digits;
use crate::domain::status::OrderAction;
use crate::logging::write::LogContext;
use crate::service;

/// Longer texts are no labels, in bytes.
const MAX_LABEL: usize = 100;

/// Whether this is a message between members of a group, which the bot ignores without registering its sender. Most
/// messages of a group are, so the check is cheap.
pub(super) fn is_group_chatter(tx: &mut AnyConnection, input: &IncomingUpdate) -> db::Result<bool> {
    let may_be_for_bot = match &input.event {
        IncomingEvent::Press(_) | IncomingEvent::BotAdded { .. } => true,
        IncomingEvent::Text(text) => text.contains('/') && normalize_line(text).starts_with('/'),
        IncomingEvent::Answer(_) => false,
    };
    if may_be_for_bot || !input.chat.is_group() || replies_to_order(tx, input)? || is_key_of_group(tx, input)?
    {
        return Ok(false);
    }
    let key = DialogueKey { place: input.place(), user: input.sender.telegram_id };
    Ok(dialogues::find_dialogue(tx, key)?.is_none())
}

/// Whether a master of the group typed or pressed a key of the menu there.
fn is_key_of_group(tx: &mut AnyConnection, input: &IncomingUpdate) -> db::Result<bool> {
    let IncomingEvent::Text(text) = &input.event else { return Ok(false) };
    if text.len() > MAX_LABEL || !Label::from_message(text).is_some_and(Label::is_for_groups) {
        return Ok(false);
    }
    let master = master_rows::find_master_of_user(tx, input.sender.telegram_id)?;
    Ok(master.is_some_and(|master| master.sees_orders() && master.chat() == input.chat))
}

/// Whether it is a reply to a message about an order.
fn replies_to_order(tx: &mut AnyConnection, input: &IncomingUpdate) -> db::Result<bool> {
    match input.message.as_ref().and_then(MessageDetails::replied_message) {
        Some(message) => Ok(order_messages::find_order_in_chat(tx, input.chat, message)?.is_some()),
        None => Ok(false),
    }
}

/// Whether an action in the name of a chat is for the bot: a press, a command or a reply to the bot.
pub(super) fn is_for_bot(action: &AnonymousAction, username: &str) -> bool {
    let command = action.text.as_deref().and_then(|text| BotCommand::parse(text, username));
    let replies_to_bot = action.replies_to.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(username));
    let is_command =
        command.is_some_and(|command| !matches!(command, BotCommand::OtherBot | BotCommand::Unknown));
    action.query.is_some() || replies_to_bot || is_command
}

/// Runs the handler of an event and notes in [`UpdateContext::action`] what it was.
pub(super) fn route_event(ctx: &mut UpdateContext<'_>, event: IncomingEvent) -> HandlerResult {
    if is_comment(ctx, &event)
        && let Some(reply) = comments::take_reply(ctx, &event)?
    {
        ctx.action = "comment".into();
        return Ok(reply);
    }
    match event {
        IncomingEvent::Press(press) => on_button(ctx, &press),
        IncomingEvent::Text(text) => on_text(ctx, text),
        IncomingEvent::BotAdded { title } => {
            ctx.action = "bot_added".into();
            work_group::offer_group(ctx, &title)
        }
        // A caption is no label and no command, except to cancel.
        IncomingEvent::Answer(DialogueAnswer::Text(caption)) if is_cancelling(ctx, &caption) => {
            on_text(ctx, caption)
        }
        IncomingEvent::Answer(answer) => on_answer(ctx, &answer),
    }
}

/// Whether a reply is what a user wants to say, and no command or label.
fn is_comment(ctx: &UpdateContext<'_>, event: &IncomingEvent) -> bool {
    ctx.message.replied_message().is_some()
        && !ctx.is_edit
        && match event {
            IncomingEvent::Text(text) => {
                Label::from_message(text).is_none()
                    && BotCommand::parse(text, &ctx.settings.username).is_none()
            }
            IncomingEvent::Answer(DialogueAnswer::Text(caption)) => !is_cancelling(ctx, caption),
            IncomingEvent::Answer(answer) => matches!(answer, DialogueAnswer::OtherContent),
            IncomingEvent::Press(_) | IncomingEvent::BotAdded { .. } => false,
        }
}

fn is_cancelling(ctx: &UpdateContext<'_>, text: &str) -> bool {
    Label::from_message(text) == Some(Label::Cancel)
        || BotCommand::parse(text, &ctx.settings.username) == Some(BotCommand::Cancel)
}

/// Handles a command, a label or any other text.
fn on_text(ctx: &mut UpdateContext<'_>, text: String) -> HandlerResult {
    if let Some(command) = BotCommand::parse(&text, &ctx.settings.username) {
        ctx.action = command.name().into();
        return on_command(ctx, command);
    }
    match Label::from_message(&text) {
        Some(Label::Cancel) => {
            ctx.action = Label::Cancel.name().into();
            Ok(common::cancel_dialogue(ctx))
        }
        Some(Label::Skip) => on_answer(ctx, &DialogueAnswer::Skip),
        Some(Label::Back) => on_answer(ctx, &DialogueAnswer::Back),
        Some(Label::Confirm) => on_answer(ctx, &DialogueAnswer::Confirm),
        Some(label)
            if ctx.chat.is_group()
                && label.is_for_groups()
                && service::masters::is_own_group(ctx.tx, &ctx.user, ctx.chat)? =>
        {
            ctx.action = format!("menu:{}", label.name()).into();
            open_group_section(ctx, label)
        }
        // Only private chats have the rest of the menu.
        Some(Label::Search) if !ctx.chat.is_group() => {
            ctx.action = "menu:search".into();
            Ok(search::ask_query(ctx))
        }
        Some(Label::Today) if !ctx.chat.is_group() => {
            ctx.action = "menu:today".into();
            day_plan::answer_today(ctx)
        }
        Some(label) if !ctx.chat.is_group() => {
            ctx.action = format!("menu:{}", label.name()).into();
            let reply = open_section(ctx, label)?;
            Ok(common::leave_dialogue(ctx, reply))
        }
        _ => on_answer(ctx, &DialogueAnswer::Text(text)),
    }
}

fn on_command(ctx: &mut UpdateContext<'_>, command: BotCommand) -> HandlerResult {
    match command {
        BotCommand::Start => Ok(common::answer_start(ctx)),
        BotCommand::Help => Ok(common::answer_help(ctx)),
        BotCommand::Cancel => Ok(common::cancel_dialogue(ctx)),
        BotCommand::Find(typed) if typed.is_empty() && !ctx.chat.is_group() => Ok(search::ask_query(ctx)),
        BotCommand::Find(typed) => search::find_orders(ctx, &typed),
        BotCommand::Today => day_plan::answer_today(ctx),
        BotCommand::Order(number) => orders::show_by_number(ctx, number),
        BotCommand::Unknown => Ok(common::unknown_command(ctx, false)),
        BotCommand::UnknownHere => Ok(common::unknown_command(ctx, true)),
        BotCommand::OtherBot => Ok(Reply::none()),
    }
}

/// Opens a section of a master's menu in their work group.
fn open_group_section(ctx: &mut UpdateContext<'_>, label: Label) -> HandlerResult {
    match label {
        Label::MyOrders => my_orders::list_orders(ctx, PageNumber::FIRST),
        _ => day_plan::show_own_day(ctx),
    }
}

/// Opens a section of the main menu.
fn open_section(ctx: &mut UpdateContext<'_>, label: Label) -> HandlerResult {
    let roles = ctx.user.roles;
    let is_open = match label {
        Label::AllOrders | Label::CreateOrder | Label::Masters | Label::Reports => roles.is_staff(),
        Label::Users => roles.is_admin(),
        Label::MyOrders | Label::MyStatistics => roles.is_master(),
        _ => true,
    };
    if !is_open {
        return Ok(common::refuse_section(ctx));
    }
    match label {
        Label::AllOrders => orders::show_overview(ctx),
        Label::CreateOrder => new_order::begin_dialogue(ctx),
        Label::Masters => masters::show_menu(ctx),
        Label::MyOrders => my_orders::list_orders(ctx, PageNumber::FIRST),
        Label::Settings => Ok(common::show_settings(ctx)),
        // Its key stays on the phone of a user who got a role since.
        Label::Information if !roles.is_unknown() => Ok(common::answer_help(ctx)),
        Label::Information => Ok(common::show_information(ctx)),
        Label::Contact => Ok(common::show_contact(ctx)),
        Label::AskAccess => access::ask_access(ctx),
        Label::Reports | Label::Users | Label::MyStatistics => Ok(common::section_unavailable(ctx, label)),
        // Buttons of dialogues; `on_text` handles them.
        Label::Cancel | Label::Skip | Label::Confirm | Label::Back | Label::Search | Label::Today => {
            Ok(common::unknown_text(ctx))
        }
    }
}

/// Handles an answer to the open dialogue, if there is one.
fn on_answer(ctx: &mut UpdateContext<'_>, answer: &DialogueAnswer) -> HandlerResult {
    // The action of a press is its button.
    if !ctx.is_press {
        ctx.action = match &ctx.dialogue {
            Some(dialogue) => format!("{}:{}", dialogue.name(), dialogue.step_number()).into(),
            None => answer.name().into(),
        };
    }
    match ctx.dialogue.clone() {
        Some(dialogue) if is_between_members(ctx, &dialogue, answer) => Ok(Reply::none()),
        Some(dialogue) => continue_dialogue(ctx, dialogue, answer),
        None if ctx.is_press => Ok(ctx.stale_button_alert()),
        // The user is told that the dialogue is over.
        None if ctx.chat.is_group() || ctx.has_lost_dialogue => Ok(Reply::none()),
        // It was on its way when the question was withdrawn.
        None if ctx.has_ended_dialogue => Ok(common::no_question(ctx)),
        None => match answer {
            answer if is_message(answer) && ctx.user.roles.is_unknown() && !ctx.is_edit => {
                stranger_messages::relay_message(ctx, answer)
            }
            DialogueAnswer::OtherContent => Ok(common::unsupported_content(ctx)),
            DialogueAnswer::Skip | DialogueAnswer::Back | DialogueAnswer::Confirm => {
                Ok(common::no_question(ctx))
            }
            DialogueAnswer::Text(text) if is_digits(text) => search::find_orders(ctx, text),
            answer => {
                if let Some(draft) = pasted_order::begin_draft(ctx, answer)? {
                    return Ok(draft);
                }
                let found = match answer {
                    DialogueAnswer::Text(text) if !ctx.is_edit => search::find_mentioned(ctx, text)?,
                    _ => None,
                };
                Ok(found.unwrap_or_else(|| common::unknown_text(ctx)))
            }
        },
    }
}

/// Whether an answer is what a user wrote or sent, and no key of a dialogue.
fn is_message(answer: &DialogueAnswer) -> bool {
    matches!(
        answer,
        DialogueAnswer::Text(_)
            | DialogueAnswer::Forwarded { .. }
            | DialogueAnswer::Contact { .. }
            | DialogueAnswer::OtherContent
    )
}

/// Whether a message is probably not the answer to the bot's question but was said to the other members of a group: it
/// neither replies to the bot nor is an amount, a yes or a no where one is asked for.
fn is_between_members(ctx: &UpdateContext<'_>, dialogue: &Dialogue, answer: &DialogueAnswer) -> bool {
    if !ctx.chat.is_group() || ctx.is_press || ctx.replies_to_bot() {
        return false;
    }
    match answer {
        DialogueAnswer::Skip | DialogueAnswer::Back | DialogueAnswer::Confirm => false,
        answer => !answer.text().is_some_and(|text| dialogue.recognizes(text)),
    }
}

fn continue_dialogue(
    ctx: &mut UpdateContext<'_>,
    dialogue: Dialogue,
    answer: &DialogueAnswer,
) -> HandlerResult {
    match dialogue {
        Dialogue::NewOrder(draft) => new_order::answer_step(ctx, draft, answer),
        Dialogue::Close(draft) => closing::answer_step(ctx, draft, answer),
        Dialogue::Decline(draft) => reasons::answer_step(ctx, OrderAction::Decline, draft, answer),
        Dialogue::HandBack(draft) => reasons::answer_step(ctx, OrderAction::HandBack, draft, answer),
        Dialogue::ClientDecline(draft) => {
            reasons::answer_step(ctx, OrderAction::ClientDecline, draft, answer)
        }
        Dialogue::Refuse(draft) => reasons::answer_step(ctx, OrderAction::Refuse, draft, answer),
        Dialogue::LongRepair(draft) => long_repair::answer_step(ctx, draft, answer),
        Dialogue::Reschedule(draft) => reschedule::answer_step(ctx, draft, answer),
        Dialogue::EquipmentName(draft) => equipment::answer_step(ctx, draft, answer),
        Dialogue::AddMaster(draft) => add_master::answer_step(ctx, draft, answer),
        Dialogue::Search => search::answer_step(ctx, answer),
        Dialogue::EditOrder(draft) => edit_order::answer_step(ctx, draft, answer),
        Dialogue::Comment(draft) => comments::answer_step(ctx, draft, answer),
        Dialogue::DeleteOrder(draft) => deletion::answer_step(ctx, draft, answer),
        Dialogue::RepeatOrder(draft) => repeat_visit::answer_step(ctx, draft, answer),
        Dialogue::CorrectOrder(draft) => correction::answer_step(ctx, draft, answer),
        Dialogue::WorkChat { master } => work_group::answer_step(ctx, master, answer),
    }
}

fn on_button(ctx: &mut UpdateContext<'_>, press: &ButtonPress) -> HandlerResult {
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
        Callback::Report(_)
        | Callback::Period(_)
        | Callback::BackToReports
        | Callback::Download(_)
        | Callback::DownloadPeriod(_) => Ok(common::section_unavailable(ctx, Label::Reports)),
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
            (DialogueAnswer::Field(step), is_new_order && nonce == present, None)
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
    use AssignmentKind::{Assign, Reassign};
    match callback {
        Callback::AssignMaster(order) => assignment::choose_master(ctx, order, Assign, PageNumber::FIRST),
        Callback::AssignPage(order, page) => assignment::choose_master(ctx, order, Assign, page),
        Callback::SelectMaster(order, master) => assignment::assign_master(ctx, order, Assign, master),
        Callback::ReassignMaster(order) => assignment::choose_master(ctx, order, Reassign, PageNumber::FIRST),
        Callback::ReassignPage(order, page) => assignment::choose_master(ctx, order, Reassign, page),
        Callback::SelectNewMaster(order, master) => assignment::assign_master(ctx, order, Reassign, master),
        Callback::UnassignMaster(order) => orders::unassign_master(ctx, order),
        Callback::ViewOrder(order) | Callback::SearchViewOrder(order) => {
            orders::show_order(ctx, order, OrderMessageKind::Staff)
        }
        Callback::EquipmentTypes => equipment::show_list(ctx),
        Callback::AddEquipment => equipment::ask_name(ctx, None),
        Callback::EquipmentType(command, kind) => equipment::run_command(ctx, command, kind),
        Callback::OpenOrder(order) => orders::open_order(ctx, order),
        Callback::ViewOrderMaster(order) => orders::show_order(ctx, order, OrderMessageKind::Master),
        Callback::FilterOrders(filter) => orders::list_by_status(ctx, filter, PageNumber::FIRST),
        Callback::OrdersPage(filter, page) => orders::list_by_status(ctx, filter, page),
        Callback::MyOrdersPage(page) => my_orders::list_orders(ctx, page),
        Callback::PickDay(filter) => Ok(orders::pick_day(ctx, filter)),
        Callback::PickMaster(filter, page) => orders::pick_master(ctx, filter, page),
        Callback::Client(order) => client::show_orders(ctx, order, PageNumber::FIRST),
        Callback::OpenClient(order) => client::open_orders(ctx, order),
        Callback::ShowList(place) => show_list(ctx, place),
        Callback::OpenFrom(order, place) => orders::show_order_from(ctx, order, place),
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
        Callback::ListAllMasters => masters::list_masters(ctx, MasterListFilter::All, PageNumber::FIRST),
        Callback::ListPendingMasters => {
            masters::list_masters(ctx, MasterListFilter::Pending, PageNumber::FIRST)
        }
        Callback::MastersPage(filter, page) => masters::list_masters(ctx, filter, page),
        Callback::AddMaster => add_master::begin_dialogue(ctx),
        Callback::BackToMasters => masters::show_menu(ctx),
        Callback::Master(command, id) => masters::run_command(ctx, command, id),
        Callback::WorkGroup(master, group) => work_group::link_group(ctx, master, group),
        // Handled by `on_button` and `answer_of_button`.
        Callback::NoOrders
        | Callback::CurrentPage
        | Callback::Cancel(_)
        | Callback::Language(_)
        | Callback::Report(_)
        | Callback::Period(_)
        | Callback::BackToReports
        | Callback::Download(_)
        | Callback::DownloadPeriod(_)
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
        | Callback::PromisedDate(..)
        | Callback::VisitSlot(..)
        | Callback::DialogConfirm(_)
        | Callback::DialogBack(..)
        | Callback::DialogSkip(..) => Ok(ctx.stale_button_alert()),
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

#[cfg(test)]
#[path = "router_tests.rs"]
mod tests;
