//! The buttons of the settings that switch kinds of notices off and on, and the message that shows the day.

use crate::domain::notice::NoticeKind;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum NoticeButton {
    /// `notices`: show the kinds.
    ShowKinds,
    /// `notice:KIND:yes`: send notices of this kind from now on; with `no`, send none.
    Switch(NoticeKind, bool),
    /// `dashboard:yes`: show the present day in a pinned message; with `no`, no longer.
    Dashboard(bool),
}
