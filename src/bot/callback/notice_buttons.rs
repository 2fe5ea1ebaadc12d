//! The buttons of the settings that switch kinds of notices off and on.

use crate::domain::notice::NoticeKind;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum NoticeButton {
    /// `notices`: show the kinds.
    ShowKinds,
    /// `notice:KIND:yes`: send notices of this kind from now on; with `no`, send none.
    Switch(NoticeKind, bool),
}
