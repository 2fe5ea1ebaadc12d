//! The buttons about rates.

use crate::domain::ids::EquipmentTypeId;
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
