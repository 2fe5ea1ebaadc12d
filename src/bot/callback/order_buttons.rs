//! The buttons for what one can do with an order besides its steps.

use super::PageNumber;
use super::encode::{with_field, with_fields};
use crate::domain::ids::{MasterId, OrderId};
use crate::domain::order_change::{CorrectedField, OrderField};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum OrderButton {
    /// `edit_order:ORDER`: show the fields that can be edited.
    Edit(OrderId),
    /// `edit_field:ORDER:FIELD`: ask for a new value.
    EditField(OrderId, OrderField),
    /// `comment_order:ORDER`: ask for a comment or files.
    Comment(OrderId),
    /// `order_comments:ORDER:PAGE`: send the comments and files.
    ShowComments(OrderId, PageNumber),
    /// `order_history:ORDER:PAGE`. Later versions of the old bot sent `history_full:ORDER` and three parts of it.
    ShowHistory(OrderId, PageNumber),
    /// `delete_order:ORDER`, for admins.
    Delete(OrderId),
    /// `restore_order:ORDER`, for admins.
    Restore(OrderId),
    /// `repeat_order:ORDER`: a new order for the same client.
    Repeat(OrderId),
    /// `correct_order:ORDER`: show what can be corrected in a closed order, for admins.
    Correct(OrderId),
    /// `correct_field:ORDER:FIELD`: ask for the right value.
    CorrectField(OrderId, CorrectedField),
    /// `correct_review:ORDER:yes`.
    CorrectReview(OrderId, bool),
    /// `correct_masters:ORDER:PAGE`: a page of the masters to choose from.
    CorrectMasters(OrderId, PageNumber),
    /// `correct_master:ORDER:MASTER`: the right master of record.
    CorrectMaster(OrderId, MasterId),
}

impl OrderButton {
    pub(super) fn encode(self) -> String {
        let yes_no = |answer| if answer { "yes" } else { "no" };
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
