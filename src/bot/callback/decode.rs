//! Parses callback data.

use super::fields::{Base36Id, CallbackError, CallbackField, CallbackFields};
use super::places::ListPlace;
use super::{
    AccessButton, ButtonSource, Callback, EquipmentCommand, MasterCommand, MasterStep, NoticeButton,
    OldDownload, OldPeriod, OldReport, OldSummary, OrderButton, PageNumber, PeopleButton, RatesButton,
    ReportButton, ReportForm, SettlementButton,
};
use crate::bot::dialogue::VisitSlot;
use crate::domain::ids::OrderId;

impl Callback {
    /// Parses callback data as it came from Telegram.
    pub(crate) fn parse(data: &str) -> Result<Self, CallbackError> {
        let mut fields = CallbackFields::new(data);
        let callback = match fields.verb {
            "continue_dialogue" => Self::ContinueDialogue(fields.optional_field()?),
            "dialog_keep" => Self::DialogKeep(fields.next_field()?, fields.optional_field()?),
            "confirm_order" => Self::ConfirmOrder(fields.optional_field()?),
            "review" => Self::Review(fields.next_field()?, fields.optional_field()?),
            "out_of_city" => Self::OutOfCity(fields.next_field()?, fields.optional_field()?),
            "close_as_refusal" => Self::CloseAsRefusal(fields.optional_field()?),
            "promised" => Self::PromisedDate(fields.next_field()?, fields.optional_field()?),
            "visit_slot" => {
                let slot = VisitSlot {
                    day: fields.next_field()?,
                    from: fields.next_field()?,
                    until: fields.next_field()?,
                };
                Self::VisitSlot(slot, fields.optional_field()?)
            }
            "language" => Self::Language(fields.next_field()?),
            "dialog_back" => Self::DialogBack(fields.next_field()?, fields.optional_field()?),
            "dialog_skip" => Self::DialogSkip(fields.next_field()?, fields.optional_field()?),
            "dialog_confirm" => Self::DialogConfirm(fields.optional_field()?),
            "cancel" => Self::Cancel(fields.optional_field()?),
            "list" => Self::ShowList(fields.place()?),
            "pick_day" => match fields.place()? {
                ListPlace::Orders(filter, PageNumber::FIRST) => Self::PickDay(filter),
                other => return Err(fields.malformed_place(other)),
            },
            "pick_master" => match fields.place()? {
                ListPlace::Orders(filter, page) => Self::PickMaster(filter, page),
                other => return Err(fields.malformed_place(other)),
            },
            "open" => {
                let order: Base36Id = fields.next_field()?;
                Self::OpenFrom(OrderId(order.0), fields.place()?)
            }
            "search_new_order" => Self::SearchNewOrder(fields.next_field()?),
            "search_new" => Self::SearchNew,
            "no_orders" => Self::NoOrders,
            "current_page" => Self::CurrentPage,
            _ => match Self::parse_draft(&mut fields)? {
                Some(callback) => callback,
                None => match Self::parse_order(&mut fields)? {
                    Some(callback) => callback,
                    None => Self::parse_master(&mut fields)?,
                },
            },
        };
        fields.expect_end()?;
        Ok(callback)
    }

    /// Parses a button of the new-order dialogue, of the types of equipment, or of the rates.
    fn parse_draft(fields: &mut CallbackFields<'_>) -> Result<Option<Self>, CallbackError> {
        Ok(Some(match fields.verb {
            "equipment" => Self::OldEquipment(fields.next_field()?),
            "equipment_type" => Self::Equipment(fields.next_field()?, fields.optional_field()?),
            "take_client" => Self::TakeClient(fields.next_field()?, fields.optional_field()?),
            "draft_field" => Self::DraftField(fields.next_field()?, fields.optional_field()?),
            "draft_masters" => Self::DraftMasters(fields.next_field()?, fields.optional_field()?),
            "create_assigned" => Self::CreateAssigned(fields.next_field()?, fields.optional_field()?),
            "settings" => Self::ShowSettings,
            "address_from" => Self::AddressFrom(fields.next_field()?),
            "equipment_types" => Self::EquipmentTypes,
            "add_equipment" => Self::AddEquipment,
            "rates" => Self::Rates(RatesButton::Show(fields.next_field()?)),
            "rate_types" => Self::Rates(RatesButton::ListTypes),
            "change_rate" => Self::Rates(RatesButton::Change(fields.next_field()?, fields.next_field()?)),
            "reset_rates" => Self::Rates(RatesButton::Reset(fields.next_field()?)),
            verb => match EquipmentCommand::ALL.into_iter().find(|command| command.verb() == verb) {
                Some(command) => Self::EquipmentType(command, fields.next_field()?),
                None => return Ok(None),
            },
        }))
    }

    fn parse_order(fields: &mut CallbackFields<'_>) -> Result<Option<Self>, CallbackError> {
        Ok(Some(match fields.verb {
            "assign_master" => Self::AssignMaster(fields.next_field()?),
            "assign_page" => Self::AssignPage(fields.next_field()?, fields.next_field()?),
            "select_master_for_order" | "assign_to" => {
                Self::SelectMaster(fields.next_field()?, fields.next_field()?)
            }
            "reassign_master" => Self::ReassignMaster(fields.next_field()?),
            "reassign_page" => Self::ReassignPage(fields.next_field()?, fields.next_field()?),
            "select_new_master_for_order" | "reassign_to" => {
                Self::SelectNewMaster(fields.next_field()?, fields.next_field()?)
            }
            "hand_over_order" => Self::HandOverOrder(fields.next_field()?),
            "hand_over_page" => Self::HandOverPage(fields.next_field()?, fields.next_field()?),
            "hand_over_to" => Self::HandOverTo(fields.next_field()?, fields.next_field()?),
            "unassign_master" => Self::UnassignMaster(fields.next_field()?),
            "view_order" => Self::ViewOrder(fields.next_field()?),
            "open_order" => Self::OpenOrder(fields.next_field()?),
            "view_order_master" => Self::ViewOrderMaster(fields.next_field()?),
            "filter_orders" => Self::FilterOrders(fields.next_field()?),
            "orders_page" => Self::OrdersPage(fields.next_field()?, fields.next_field()?),
            "my_orders_page" => Self::MyOrdersPage(fields.next_field()?),
            "back_to_orders" => Self::BackToOrders,
            "close_order" => Self::CloseOrder(fields.next_field()?),
            "refuse_order" => Self::RefuseOrder(fields.next_field()?),
            "reschedule_order" => Self::RescheduleOrder(fields.next_field()?, ButtonSource::OwnChat),
            "group_reschedule_order" => Self::RescheduleOrder(fields.next_field()?, ButtonSource::Assignment),
            "client_waiting" => Self::ClientWaiting(fields.next_field()?),
            "more" => Self::MoreActions(fields.next_field()?),
            "client" => Self::Client(fields.next_field()?),
            "open_client" => Self::OpenClient(fields.next_field()?),
            "search_view_order" => Self::SearchViewOrder(fields.next_field()?),
            "reopen_order" => Self::ReopenOrder(fields.next_field()?),
            verb => {
                if let Some(button) = OrderButton::parse(fields)? {
                    return Ok(Some(Self::Order(button)));
                }
                if let Some(button) = AccessButton::parse(fields)? {
                    return Ok(Some(Self::Access(button)));
                }
                if let Some(button) = NoticeButton::parse(fields)? {
                    return Ok(Some(Self::Notice(button)));
                }
                let found = ButtonSource::ALL.into_iter().find_map(|source| {
                    let step = MasterStep::ALL.into_iter().find(|step| step.verb(source) == verb)?;
                    Some((step, source))
                });
                let Some((step, source)) = found else { return Ok(None) };
                Self::Step { step, order: fields.next_field()?, source }
            }
        }))
    }

    fn parse_master(fields: &mut CallbackFields<'_>) -> Result<Self, CallbackError> {
        Ok(match fields.verb {
            "list_all_masters" => Self::ListAllMasters,
            "list_pending_masters" => Self::ListPendingMasters,
            "masters_page" => Self::MastersPage(fields.next_field()?, fields.next_field()?),
            "add_master" => Self::AddMaster,
            "confirm_add_master" => Self::ConfirmAddMaster(fields.optional_field()?),
            "back_to_masters" => Self::BackToMasters,
            "work_group" => Self::WorkGroup(fields.next_field()?, fields.next_field()?),
            verb => {
                if let Some(button) = SettlementButton::parse(fields)? {
                    return Ok(Self::Settlement(button));
                }
                if let Some(button) = PeopleButton::parse(fields)? {
                    return Ok(Self::People(button));
                }
                if let Some(button) = ReportButton::parse(fields)? {
                    return Ok(Self::Report(button));
                }
                let command = MasterCommand::ALL
                    .into_iter()
                    .find(|command| command.verb() == verb)
                    .ok_or_else(|| CallbackError::UnknownVerb(verb.to_owned()))?;
                Self::Master(command, fields.next_field()?)
            }
        })
    }
}

impl OrderButton {
    /// Returns `None` for a verb of other buttons.
    fn parse(fields: &mut CallbackFields<'_>) -> Result<Option<Self>, CallbackError> {
        Ok(Some(match fields.verb {
            "edit_order" => Self::Edit(fields.next_field()?),
            "edit_field" => Self::EditField(fields.next_field()?, fields.next_field()?),
            "comment_order" => Self::Comment(fields.next_field()?),
            "order_comments" => Self::ShowComments(fields.next_field()?, fields.next_field()?),
            "order_history" => Self::ShowHistory(fields.next_field()?, fields.next_field()?),
            "history_full" | "history_status" | "history_changes" | "history_audit" => {
                Self::ShowHistory(fields.next_field()?, PageNumber::FIRST)
            }
            "delete_order" => Self::Delete(fields.next_field()?),
            "restore_order" => Self::Restore(fields.next_field()?),
            "repeat_order" => Self::Repeat(fields.next_field()?),
            "correct_order" => Self::Correct(fields.next_field()?),
            "correct_field" => Self::CorrectField(fields.next_field()?, fields.next_field()?),
            "correct_review" => Self::CorrectReview(fields.next_field()?, fields.next_field()?),
            "correct_masters" => Self::CorrectMasters(fields.next_field()?, fields.next_field()?),
            "correct_master" => Self::CorrectMaster(fields.next_field()?, fields.next_field()?),
            _ => return Ok(None),
        }))
    }
}

impl SettlementButton {
    /// Returns `None` for a verb of other buttons.
    fn parse(fields: &mut CallbackFields<'_>) -> Result<Option<Self>, CallbackError> {
        Ok(Some(match fields.verb {
            "settlement" => Self::Overview(fields.next_field()?),
            "balance" => Self::Balance(fields.next_field()?),
            "own_balance" => Self::OwnBalance,
            "take_cash" => Self::TakeCash(fields.next_field()?),
            "confirm_hand_over" => Self::Confirm(fields.next_field()?),
            "dispute_hand_over" => Self::Dispute(fields.next_field()?),
            "reverse_hand_over" => Self::Reverse(fields.next_field()?),
            "statement" => Self::Statement(fields.next_field()?, fields.next_field()?),
            "statement_workbook" => Self::StatementFile(fields.next_field()?, fields.next_field()?),
            _ => return Ok(None),
        }))
    }
}

impl PeopleButton {
    /// Returns `None` for a verb of other buttons.
    fn parse(fields: &mut CallbackFields<'_>) -> Result<Option<Self>, CallbackError> {
        Ok(Some(match fields.verb {
            "users" => Self::List(fields.next_field()?, fields.next_field()?),
            "user" => Self::Show(fields.next_field()?),
            "grant_role" => Self::Grant(fields.next_field()?, fields.next_field()?),
            "revoke_role" => Self::Revoke(fields.next_field()?, fields.next_field()?),
            "make_master" => Self::MakeMaster(fields.next_field()?),
            "find_user" => Self::Find,
            "found_users" => Self::Found(fields.next_field()?, fields.next_field()?),
            "day_off" => Self::DayOff(fields.next_field()?, fields.next_field()?),
            "own_day_off" => Self::OwnDayOff,
            _ => return Ok(None),
        }))
    }
}

impl AccessButton {
    /// Returns `None` for a verb of other buttons.
    fn parse(fields: &mut CallbackFields<'_>) -> Result<Option<Self>, CallbackError> {
        Ok(Some(match fields.verb {
            "ask_access" => Self::Ask,
            "access" => Self::Decide(fields.next_field()?, fields.next_field()?),
            "message_to_order" => Self::TakeMessage(fields.next_field()?),
            _ => return Ok(None),
        }))
    }
}

impl NoticeButton {
    /// Returns `None` for a verb of other buttons.
    fn parse(fields: &mut CallbackFields<'_>) -> Result<Option<Self>, CallbackError> {
        Ok(Some(match fields.verb {
            "notices" => Self::ShowKinds,
            "notice" => Self::Switch(fields.next_field()?, fields.next_field()?),
            "dashboard" => Self::Dashboard(fields.next_field()?),
            _ => return Ok(None),
        }))
    }
}

impl ReportButton {
    /// Returns `None` for a verb of other buttons.
    fn parse(fields: &mut CallbackFields<'_>) -> Result<Option<Self>, CallbackError> {
        Ok(Some(match fields.verb {
            "back_to_reports" => Self::Menu,
            "report" => Self::Show(fields.next_field()?, fields.next_field()?, fields.next_field()?),
            "report_dates" => Self::AskDates(fields.next_field()?),
            "report_active" => Self::Active,
            "report_active_orders_excel" => Self::OldActive,
            "download_period_excel" => Self::OldPeriodDownload(fields.next_field()?),
            verb => {
                if let Some(form) = ReportForm::ALL.into_iter().find(|form| form.verb() == verb) {
                    return Ok(Some(Self::File(form, fields.next_field()?, fields.next_field()?)));
                }
                let period = verb.strip_prefix("period_").map(OldPeriod::from_wire).and_then(Result::ok);
                let report = OldReport::ALL.into_iter().find(|report| report.verb() == verb);
                let download = OldDownload::ALL.into_iter().find(|download| download.verb() == verb);
                let summary = OldSummary::ALL.into_iter().find(|summary| summary.verb() == verb);
                let button = (period.map(Self::OldPeriod))
                    .or_else(|| report.map(Self::Old))
                    .or_else(|| download.map(Self::OldDownload))
                    .or_else(|| summary.map(Self::OldSummary));
                return Ok(button);
            }
        }))
    }
}
