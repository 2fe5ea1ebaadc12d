//! What can be changed in an order besides its status.

use serde::{Deserialize, Serialize};

/// A field of an open order that staff edit.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OrderField {
    Equipment,
    Description,
    ClientName,
    Address,
    Phone,
    Notes,
}

impl OrderField {
    /// In the order of the buttons.
    pub(crate) const ALL: [Self; 6] =
        [Self::Equipment, Self::Description, Self::ClientName, Self::Address, Self::Phone, Self::Notes];

    /// Returns its name in `order_changes` and in callback data.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Equipment => "equipment",
            Self::Description => "description",
            Self::ClientName => "client_name",
            Self::Address => "address",
            Self::Phone => "phone",
            Self::Notes => "notes",
        }
    }
}

/// What admins correct in a closed order.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CorrectedField {
    Total,
    Materials,
    Review,
    /// The master of record.
    Master,
}

impl CorrectedField {
    /// In the order of the buttons.
    pub(crate) const ALL: [Self; 4] = [Self::Total, Self::Materials, Self::Review, Self::Master];

    /// Returns its name in `order_changes` and in callback data.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Materials => "materials",
            Self::Review => "review",
            Self::Master => "master",
        }
    }
}

/// The name of a deletion in `order_changes`; its new value is the reason.
pub(crate) const DELETED: &str = "deleted";
/// The name of a restoration in `order_changes`.
pub(crate) const RESTORED: &str = "restored";
/// The name of a link to a repeat visit in `order_changes`; its new value is the number of the new order.
pub(crate) const REPEATED: &str = "repeated";
