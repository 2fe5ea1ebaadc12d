//! How an old value was understood.

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in super::super) enum ParsedValue<T> {
    Exact(T),
    /// It took an interpretation that the report mentions.
    Repaired(T),
    /// There is a value, but its meaning is unknown.
    Unreadable,
}

impl<T> ParsedValue<T> {
    /// Returns the value, exact or repaired.
    pub(in super::super) fn known(self) -> Option<T> {
        match self {
            Self::Exact(value) | Self::Repaired(value) => Some(value),
            Self::Unreadable => None,
        }
    }
}
