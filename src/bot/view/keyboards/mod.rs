//! Keyboards: reply keyboards with the labels of the wire, and inline keyboards with typed callback data.
//!
//! The status machine decides which buttons an order has. A button is only an offer: the use case checks the right again.

mod access;
mod days;
mod dialogue;
mod equipment;
mod lists;
mod masters;
mod menu;
mod new_order;
mod order_changes;
mod orders;
mod parts;
mod people;
mod rates;
mod reports;
mod settlement;

pub(crate) use self::access::{ask_access, decide_access, take_message};
pub(crate) use self::days::{own_day, staff_day};
pub(crate) use self::dialogue::{
    QuestionId, closing_check, confirm_add_master, continue_dialogue, group_picker, materials_choice,
    out_of_city_choice, promised_dates, review_choice, step_buttons, visit_slots,
};
pub(crate) use self::equipment::{equipment_list, manage_equipment};
pub(crate) use self::lists::{
    client_orders, day_choice, found_orders, master_filter, order_list, own_closed_list, own_order_list,
    with_way_back,
};
pub(crate) use self::masters::{
    confirm_dismissal, day_off_choice, day_off_set, group_master_choice, link_again, link_own_group,
    manage_master, master_list, masters_menu, open_master, orders_to_hand_over,
};
pub(crate) use self::menu::{main_menu, notice_switches, settings_choice};
pub(crate) use self::new_order::{add_known_client, confirm_order, draft_step, equipment_choice};
pub(crate) use self::order_changes::{
    comment_pages, confirm_deletion, correct_master_choice, corrections, edit_fields, edit_question, edited,
    history_pages, keep_or_cancel, keep_value, restore_order, view_master_order, with_master_extras,
    with_staff_extras,
};
pub(crate) use self::orders::{
    AssignmentKind, master_card, master_choice, open_order, open_order_data, order_created, order_filters,
    order_freed, staff_card, staff_card_more, view_master_order_data, view_order,
};
pub(crate) use self::people::{found_users, user_card, user_list};
pub(crate) use self::rates::{rate_fields, rate_types};
pub(crate) use self::reports::{active_orders, own_statistics, report_page, reports_menu};
pub(crate) use self::settlement::{
    answer_hand_over, balance, cash_amount, hand_over_notice, open_balance, settlement_overview, statement,
};

#[cfg(test)]
mod tests;
