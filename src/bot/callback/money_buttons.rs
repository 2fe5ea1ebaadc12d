//! The buttons about rates and settlement.

use super::{PageNumber, ReportSpan};
use crate::domain::ids::{EquipmentTypeId, HandOverId, MasterId};
use crate::domain::rates::RateField;

/// What administrators can do with the rates. Without a type they are those of all types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum RatesButton {
    /// `rates:TYPE`, `rates:all`: show them.
    Show(Option<EquipmentTypeId>),
    /// `rate_types`: show the types.
    ListTypes,
    /// `change_rate:TYPE:FIELD`: ask for another value.
    Change(Option<EquipmentTypeId>, RateField),
    /// `reset_rates:TYPE`: make the default rates hold again.
    Reset(Option<EquipmentTypeId>),
}

/// Stands for all types of equipment.
pub(super) const ALL_TYPES: &str = "all";

/// What is owed, and the cash that was handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum SettlementButton {
    /// `settlement:PAGE`: who owes what.
    Overview(PageNumber),
    /// `balance:MASTER`: what one master owes, and why.
    Balance(MasterId),
    /// `own_balance`: the same for the master.
    OwnBalance,
    /// `take_cash:MASTER`: ask how much the master gave.
    TakeCash(MasterId),
    /// `confirm_hand_over:HAND_OVER`: the master gave this.
    Confirm(HandOverId),
    /// `dispute_hand_over:HAND_OVER`: the master did not.
    Dispute(HandOverId),
    /// `reverse_hand_over:HAND_OVER`: staff take it back.
    Reverse(HandOverId),
    /// `statement:MASTER:SPAN`: the entries of a period.
    Statement(MasterId, ReportSpan),
    /// `statement_workbook:MASTER:SPAN`: the same as a file.
    StatementFile(MasterId, ReportSpan),
}
