//! The steps of the dialogues: their numbers, their questions, and what is wrong with an answer. HTML.
//!
//! Where a dialogue goes next is the dialogue's business; here is only how a step is asked for.

use crate::bot::view::text::{Texts, money, say};
use crate::domain::ids::OrderId;
use crate::domain::money::{AmountError, Kopecks, MAX_AMOUNT};
use crate::domain::text::{DESCRIPTION_MIN, TextError};

/// A step of the new-order dialogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrderStep {
    /// What is to be repaired.
    Equipment,
    /// What is wrong.
    Description,
    /// The client's name.
    ClientName,
    /// Where to go.
    Address,
    /// The client's phone number.
    Phone,
    /// Anything else; can be skipped.
    Notes,
    /// When to come; can be skipped.
    Time,
    /// The card to confirm.
    Confirmation,
}

impl OrderStep {
    /// Every step, in order.
    pub const ALL: [Self; 8] = [
        Self::Equipment,
        Self::Description,
        Self::ClientName,
        Self::Address,
        Self::Phone,
        Self::Notes,
        Self::Time,
        Self::Confirmation,
    ];

    /// Whether the step may be left empty.
    #[must_use]
    pub fn can_be_skipped(self) -> bool {
        matches!(self, Self::Notes | Self::Time)
    }
}

/// A step of the closing dialogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CloseStep {
    /// What the client paid.
    Total,
    /// What the materials cost.
    Materials,
    /// Whether there is a review.
    Review,
}

impl CloseStep {
    /// Every step, in order.
    pub const ALL: [Self; 3] = [Self::Total, Self::Materials, Self::Review];
}

/// A step of the dialogue that adds a master.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AddMasterStep {
    /// Who it is.
    Person,
    /// Their phone number.
    Phone,
    /// What they repair.
    Specialization,
    /// The summary to confirm.
    Confirmation,
}

impl AddMasterStep {
    /// Every step, in order.
    pub const ALL: [Self; 4] = [Self::Person, Self::Phone, Self::Specialization, Self::Confirmation];
}

/// The question of a step of the new-order dialogue, with its number. The confirmation's card is added by
/// [`super::cards::draft`]. `description_max` is the configured limit, in characters.
#[must_use]
pub fn order_step(texts: &Texts, step: OrderStep, description_max: usize) -> String {
    let question = match step {
        OrderStep::Equipment => say!(texts, "order-ask-equipment"),
        OrderStep::Description => {
            say!(texts, "order-ask-description", min = DESCRIPTION_MIN, max = description_max)
        }
        OrderStep::ClientName => say!(texts, "order-ask-client-name"),
        OrderStep::Address => say!(texts, "order-ask-address"),
        OrderStep::Phone => say!(texts, "order-ask-phone"),
        OrderStep::Notes => say!(texts, "order-ask-notes"),
        OrderStep::Time => say!(texts, "order-ask-time"),
        OrderStep::Confirmation => say!(texts, "order-ask-confirmation"),
    };
    numbered(texts, step as usize, OrderStep::ALL.len(), &question)
}

/// The question of a step of the closing dialogue, with its number and the order's. Staff may skip the amounts.
#[must_use]
pub fn close_step(texts: &Texts, step: CloseStep, order: OrderId, by_staff: bool) -> String {
    let question = match step {
        CloseStep::Total if by_staff => say!(texts, "close-ask-total-staff"),
        CloseStep::Total => say!(texts, "close-ask-total"),
        CloseStep::Materials => say!(texts, "close-ask-materials"),
        CloseStep::Review => say!(texts, "close-ask-review"),
    };
    let title = say!(texts, "close-title", id = order);
    let step = numbered(texts, step as usize, CloseStep::ALL.len(), &question);
    format!("{title}\n{step}")
}

/// The question of a step of the dialogue that adds a master, with its number.
#[must_use]
pub fn add_master_step(texts: &Texts, step: AddMasterStep) -> String {
    let question = match step {
        AddMasterStep::Person => say!(texts, "add-master-ask-person"),
        AddMasterStep::Phone => say!(texts, "add-master-ask-phone"),
        AddMasterStep::Specialization => say!(texts, "add-master-ask-specialization"),
        AddMasterStep::Confirmation => say!(texts, "add-master-ask-confirmation"),
    };
    let title = say!(texts, "add-master-title");
    let step = numbered(texts, step as usize, AddMasterStep::ALL.len(), &question);
    format!("{title}\n{step}")
}

/// What is wrong with a text.
#[must_use]
pub fn text_error(texts: &Texts, error: TextError) -> String {
    match error {
        TextError::Empty => say!(texts, "error-empty"),
        TextError::TooShort { min, actual } => {
            say!(texts, "error-too-short", min = min, actual = actual)
        }
        TextError::TooLong { max, actual } => {
            say!(texts, "error-too-long", max = max, actual = actual)
        }
        TextError::NeedsLetter => say!(texts, "error-needs-letter"),
        TextError::NeedsDigit => say!(texts, "error-needs-digit"),
    }
}

/// What is wrong with a phone number.
#[must_use]
pub fn phone_error(texts: &Texts) -> String {
    say!(texts, "error-phone")
}

/// What is wrong with an amount.
#[must_use]
pub fn amount_error(texts: &Texts, error: AmountError) -> String {
    match error {
        AmountError::NotANumber => say!(texts, "error-amount-not-a-number"),
        AmountError::TooManyDecimals => say!(texts, "error-amount-decimals"),
        AmountError::TooLarge => {
            say!(texts, "error-amount-too-large", max = money(texts, MAX_AMOUNT))
        }
        AmountError::Negative => say!(texts, "error-amount-negative"),
    }
}

/// Materials that cost more than the total.
#[must_use]
pub fn materials_exceed(texts: &Texts, materials: Kopecks, total: Kopecks) -> String {
    let (materials, total) = (money(texts, materials), money(texts, total));
    say!(texts, "error-materials-exceed", materials = materials, total = total)
}

fn numbered(texts: &Texts, index: usize, total: usize, question: &str) -> String {
    let header = say!(texts, "step-header", step = index + 1, total = total);
    format!("{header}\n{question}")
}
