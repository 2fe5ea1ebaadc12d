//! The buttons for what one can do with an order besides its steps.

use super::PageNumber;
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
