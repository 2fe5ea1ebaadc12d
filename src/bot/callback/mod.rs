//! Typed callback data: the one place that knows how a pressed inline button is written on the wire.
//!
//! The grammar is `verb` or `verb:field` or `verb:field:field`. Buttons stay in chats for years, so a verb that was ever
//! sent keeps its meaning; new buttons get new verbs. What a press does belongs to the handlers.

mod access_buttons;
mod decode;
mod encode;
mod fields;
mod money_buttons;
mod notice_buttons;
mod order_buttons;
mod people_buttons;
mod places;
mod report_buttons;

use chrono::NaiveDate;

pub(crate) use self::access_buttons::AccessButton;
pub(crate) use self::money_buttons::{RatesButton, SettlementButton};
pub(crate) use self::notice_buttons::NoticeButton;
pub(crate) use self::order_buttons::OrderButton;
pub(crate) use self::people_buttons::{DayOffChoice, MasterCommand, PeopleButton};
pub(crate) use self::places::{ListPlace, OrderListFilter, PageNumber};
pub(crate) use self::report_buttons::{
    OldDownload, OldPeriod, OldReport, OldSummary, ReportButton, ReportForm, ReportSpan,
};
use super::dialogue::{DialogueNonce, VisitSlot};
use crate::domain::ids::{ChatId, EquipmentTypeId, MasterId, OrderId, SearchId, TelegramId};
use crate::domain::locale::Locale;
use crate::domain::status::{OrderAction, OrderStatus};
use crate::domain::visibility::AddressRule;

/// The most bytes that callback data may have (Telegram Bot API: `InlineKeyboardButton.callback_data`).
pub(super) const MAX_BYTES: usize = 64;

/// What a pressed inline button means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Callback {
    /// `equipment:NAME`: the type of a new order, by the old bot and earlier versions.
    OldEquipment(&'static str),
    /// `equipment_type:TYPE:NONCE`: the type of a new order.
    Equipment(EquipmentTypeId, Option<DialogueNonce>),
    /// `take_client:ORDER:NONCE`: the client of a new order is that of this order.
    TakeClient(OrderId, Option<DialogueNonce>),
    /// `draft_field:STEP:NONCE`: correct the answer to this step of a new order or of a closing.
    DraftField(u8, Option<DialogueNonce>),
    /// `draft_masters:PAGE:NONCE`: another page of the masters to whom a new order can be assigned.
    DraftMasters(PageNumber, Option<DialogueNonce>),
    /// `create_assigned:MASTER:NONCE`: create the order and assign it to this master.
    CreateAssigned(MasterId, Option<DialogueNonce>),

    /// `assign_master:ORDER`: show the masters to choose from.
    AssignMaster(OrderId),
    /// `assign_page:ORDER:PAGE`: another page of the masters to choose from.
    AssignPage(OrderId, PageNumber),
    /// `select_master_for_order:ORDER:MASTER`: assign the order to this master.
    SelectMaster(OrderId, MasterId),
    /// `reassign_master:ORDER`: show the masters to choose a replacement from.
    ReassignMaster(OrderId),
    /// `hand_over_order:ORDER`: the same for an order of a master who is to be dismissed.
    HandOverOrder(OrderId),
    /// `hand_over_page:ORDER:PAGE`: another page of the replacements.
    HandOverPage(OrderId, PageNumber),
    /// `hand_over_to:ORDER:MASTER`: reassign it and go on with the other orders.
    HandOverTo(OrderId, MasterId),
    /// `reassign_page:ORDER:PAGE`: another page of the replacements.
    ReassignPage(OrderId, PageNumber),
    /// `select_new_master_for_order:ORDER:MASTER`: reassign the order to this master.
    SelectNewMaster(OrderId, MasterId),
    /// `unassign_master:ORDER`.
    UnassignMaster(OrderId),
    /// `view_order:ORDER`: the card for staff.
    ViewOrder(OrderId),
    /// `open_order:ORDER`: the same in a new message.
    OpenOrder(OrderId),
    /// `view_order_master:ORDER`: the card for the master.
    ViewOrderMaster(OrderId),
    /// `filter_orders:STATUS` or `filter_orders:all`: the first page of a list.
    FilterOrders(OrderFilter),
    /// `orders_page:FILTER:PAGE`: a page of a list.
    OrdersPage(OrderFilter, PageNumber),
    /// `my_orders_page:PAGE`: a page of the master's own list.
    MyOrdersPage(PageNumber),
    /// `back_to_orders`: the list of all orders.
    BackToOrders,
    /// `close_order:ORDER`, for staff.
    CloseOrder(OrderId),
    /// `refuse_order:ORDER`, for staff.
    RefuseOrder(OrderId),
    /// `reschedule_order:ORDER`, `group_reschedule_order:ORDER`: ask for another time of the visit.
    RescheduleOrder(OrderId, ButtonSource),
    /// `client_waiting:ORDER`: tell the master at once.
    ClientWaiting(OrderId),
    /// `more:ORDER`: the buttons that the card for staff does not show at first.
    MoreActions(OrderId),
    /// `reopen_order:ORDER`: a refused order becomes new again.
    ReopenOrder(OrderId),
    /// A master's step: `accept_order:ORDER`, `group_accept_order:ORDER`…
    Step { step: MasterStep, order: OrderId, source: ButtonSource },

    /// What one can do with an order besides its steps.
    Order(OrderButton),

    /// What is about users without a role.
    Access(AccessButton),
    /// Which notices a member of staff gets.
    Notice(NoticeButton),

    /// `list_all_masters`.
    ListAllMasters,
    /// `list_pending_masters`.
    ListPendingMasters,
    /// `masters_page:all:PAGE`, `masters_page:pending:PAGE`.
    MastersPage(MasterListFilter, PageNumber),
    /// `add_master`: begin the dialogue.
    AddMaster,
    /// `confirm_add_master:NONCE`: its last step. The old bot's has no nonce.
    ConfirmAddMaster(Option<DialogueNonce>),
    /// `back_to_masters`: the section's first screen.
    BackToMasters,
    /// `manage_master:TELEGRAM_ID` and the other buttons of one master.
    Master(MasterCommand, TelegramId),
    /// `work_group:TELEGRAM_ID:CHAT_ID`: link the group to which the bot was added to this master.
    WorkGroup(TelegramId, ChatId),

    /// What one can do with users.
    People(PeopleButton),

    /// What is about the reports.
    Report(ReportButton),

    /// `settings`: the way back to them.
    ShowSettings,
    /// `address_from:assigned`, `address_from:accepted`: from when on masters see the client's name and address.
    AddressFrom(AddressRule),
    /// The rates in the settings.
    Rates(RatesButton),
    /// What masters owe.
    Settlement(SettlementButton),
    /// `equipment_types`: the types of equipment in the settings.
    EquipmentTypes,
    /// `add_equipment`: ask for the name of a new type.
    AddEquipment,
    /// `manage_equipment:TYPE` and the other buttons of one type.
    EquipmentType(EquipmentCommand, EquipmentTypeId),

    /// `confirm_order:NONCE`: the last step of the new-order dialogue.
    ConfirmOrder(Option<DialogueNonce>),
    /// `review:yes:NONCE`, `review:no:NONCE`: an answer of the closing dialogue.
    Review(bool, Option<DialogueNonce>),
    /// `out_of_city:yes:NONCE`, `out_of_city:no:NONCE`: another answer of the closing dialogue.
    OutOfCity(bool, Option<DialogueNonce>),
    /// `close_as_refusal:NONCE`: nothing was repaired, the client refused.
    CloseAsRefusal(Option<DialogueNonce>),
    /// `promised:YYYYMMDD:NONCE`: the day by which a long repair is to end.
    PromisedDate(NaiveDate, Option<DialogueNonce>),
    /// `visit_slot:YYYYMMDD:HOUR:HOUR:NONCE`: a window for a visit that is moved.
    VisitSlot(VisitSlot, Option<DialogueNonce>),
    /// `language:ru`, `language:en`.
    Language(Locale),
    /// `dialog_back:STEP:NONCE`: one step back from this step, counted from 1. The number tells a button of a past step
    /// (a second tap, an old question) from one of the present step, the nonce one dialogue from another.
    DialogBack(u8, Option<DialogueNonce>),
    /// `dialog_skip:STEP:NONCE`: leave this step empty.
    DialogSkip(u8, Option<DialogueNonce>),
    /// `dialog_keep:STEP:NONCE`: keep the answer that this step has.
    DialogKeep(u8, Option<DialogueNonce>),
    /// `continue_dialogue:NONCE`: ask the present question again.
    ContinueDialogue(Option<DialogueNonce>),
    /// `dialog_confirm:NONCE`.
    DialogConfirm(Option<DialogueNonce>),
    /// `cancel:NONCE`: cancel the dialogue. The old bot's has no nonce.
    Cancel(Option<DialogueNonce>),
    /// `list:PLACE`: a page of a list.
    ShowList(ListPlace),
    /// `pick_day:PLACE`: the days by which a list can be filtered.
    PickDay(OrderListFilter),
    /// `pick_master:PLACE`: a page of the masters by whom a list can be filtered.
    PickMaster(OrderListFilter, PageNumber),
    /// `open:ORDER:PLACE`: the card in place of a list, with the way back to it.
    OpenFrom(OrderId, ListPlace),
    /// `client:ORDER`: all orders of this order's client.
    Client(OrderId),
    /// `open_client:ORDER`: the same in a new message.
    OpenClient(OrderId),
    /// `search_new`: ask what to search for.
    SearchNew,
    /// `search_new_order:SEARCH`: a new order with the phone that was searched for.
    SearchNewOrder(SearchId),
    /// `search_view_order:ORDER`: the card, from a search of the old bot.
    SearchViewOrder(OrderId),
    /// `no_orders`: a button that only shows that a list is empty.
    NoOrders,
    /// `current_page`: a button that only shows the page number.
    CurrentPage,
}

impl Callback {
    /// Returns the nonce of the dialogue to which the button belongs.
    pub(crate) fn nonce(self) -> Option<DialogueNonce> {
        match self {
            Self::Equipment(_, nonce)
            | Self::TakeClient(_, nonce)
            | Self::DraftField(_, nonce)
            | Self::DraftMasters(_, nonce)
            | Self::CreateAssigned(_, nonce)
            | Self::ConfirmOrder(nonce)
            | Self::ConfirmAddMaster(nonce)
            | Self::Review(_, nonce)
            | Self::OutOfCity(_, nonce)
            | Self::CloseAsRefusal(nonce)
            | Self::PromisedDate(_, nonce)
            | Self::DialogBack(_, nonce)
            | Self::DialogSkip(_, nonce)
            | Self::DialogKeep(_, nonce)
            | Self::DialogConfirm(nonce)
            | Self::ContinueDialogue(nonce)
            | Self::Cancel(nonce) => nonce,
            _ => None,
        }
    }
}

/// Which orders a staff list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum OrderFilter {
    All,
    Status(OrderStatus),
}

impl OrderFilter {
    fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Status(status) => status.as_str(),
        }
    }
}

/// Which masters a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum MasterListFilter {
    All,
    /// Masters who wait for approval.
    Pending,
}

impl MasterListFilter {
    const ALL: [Self; 2] = [Self::All, Self::Pending];

    fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Pending => "pending",
        }
    }
}

/// A button of a master under one of their orders. Staff have the same ones, for the master.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum MasterStep {
    Accept,
    Decline,
    /// For the first time, or again after a long repair.
    ArriveOnSite,
    LongRepair,
    /// Begins the closing dialogue.
    Complete,
    /// Gives an accepted order back.
    HandBack,
    /// Reports that the client declined.
    ClientDecline,
}

impl MasterStep {
    pub(crate) const ALL: [Self; 7] = [
        Self::Accept,
        Self::Decline,
        Self::ArriveOnSite,
        Self::LongRepair,
        Self::Complete,
        Self::HandBack,
        Self::ClientDecline,
    ];

    /// Returns the action of the status machine.
    pub(crate) fn action(self) -> OrderAction {
        match self {
            Self::Accept => OrderAction::Accept,
            Self::Decline => OrderAction::Decline,
            Self::ArriveOnSite => OrderAction::ArriveOnSite,
            Self::LongRepair => OrderAction::StartLongRepair,
            Self::Complete => OrderAction::Close,
            Self::HandBack => OrderAction::HandBack,
            Self::ClientDecline => OrderAction::ClientDecline,
        }
    }

    fn verb(self, source: ButtonSource) -> &'static str {
        match (source, self) {
            (ButtonSource::OwnChat, Self::Accept) => "accept_order",
            // `refuse_order` is the staff's button.
            (ButtonSource::OwnChat, Self::Decline) => "refuse_order_master",
            (ButtonSource::OwnChat, Self::ArriveOnSite) => "onsite_order",
            (ButtonSource::OwnChat, Self::LongRepair) => "dr_order",
            (ButtonSource::OwnChat, Self::Complete) => "complete_order",
            (ButtonSource::OwnChat, Self::HandBack) => "hand_back_order",
            (ButtonSource::OwnChat, Self::ClientDecline) => "refuse_order_complete",
            (ButtonSource::Assignment, Self::Accept) => "group_accept_order",
            (ButtonSource::Assignment, Self::Decline) => "group_refuse_order",
            (ButtonSource::Assignment, Self::ArriveOnSite) => "group_onsite_order",
            (ButtonSource::Assignment, Self::LongRepair) => "group_dr_order",
            (ButtonSource::Assignment, Self::Complete) => "group_complete_order",
            (ButtonSource::Assignment, Self::HandBack) => "group_hand_back_order",
            (ButtonSource::Assignment, Self::ClientDecline) => "group_refuse_order_complete",
            (ButtonSource::StaffCard, Self::Accept) => "admin_accept_order",
            (ButtonSource::StaffCard, Self::Decline) => "admin_refuse_order",
            (ButtonSource::StaffCard, Self::ArriveOnSite) => "admin_onsite_order",
            (ButtonSource::StaffCard, Self::LongRepair) => "admin_dr_order",
            (ButtonSource::StaffCard, Self::Complete) => "admin_complete_order",
            (ButtonSource::StaffCard, Self::HandBack) => "admin_hand_back_order",
            (ButtonSource::StaffCard, Self::ClientDecline) => "admin_refuse_order_complete",
        }
    }
}

/// The message under which a master's button is. Chats have all kinds, and each must be encoded as it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ButtonSource {
    /// The card in the master's own chat (`accept_order`).
    OwnChat,
    /// The assignment message, in a work group or a private chat (`group_accept_order`).
    Assignment,
    /// The card of staff, who act in the master's place (`admin_accept_order`).
    StaffCard,
}

impl ButtonSource {
    const ALL: [Self; 3] = [Self::OwnChat, Self::Assignment, Self::StaffCard];
}

/// The buttons of one type of equipment in the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum EquipmentCommand {
    /// Shows the type.
    Manage,
    /// Asks for another name.
    Rename,
    Hide,
    Show,
    Up,
    Down,
}

impl EquipmentCommand {
    const ALL: [Self; 6] = [Self::Manage, Self::Rename, Self::Hide, Self::Show, Self::Up, Self::Down];

    fn verb(self) -> &'static str {
        match self {
            Self::Manage => "manage_equipment",
            Self::Rename => "rename_equipment",
            Self::Hide => "hide_equipment",
            Self::Show => "show_equipment",
            Self::Up => "raise_equipment",
            Self::Down => "lower_equipment",
        }
    }
}

#[cfg(test)]
mod tests;
