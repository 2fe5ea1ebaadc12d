//! The buttons of users and masters.

use super::PageNumber;
use crate::domain::ids::{SearchId, TelegramId};
use crate::domain::role::Role;

/// The buttons of one master's profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum MasterCommand {
    /// Shows the profile.
    Manage,
    Approve,
    Reject,
    Activate,
    Deactivate,
    /// Begins the work-group dialogue.
    SetWorkChat,
    /// Shows the report of the master.
    Stats,
    /// The same, from later versions of the old bot.
    OldReport,
    /// Asks whether to dismiss the master.
    AskDismissal,
    Dismiss,
    /// Shows the open orders, to give them to others.
    ShowOpenOrders,
    MakeSenior,
    RemoveSenior,
    /// Asks until when the master has a day off.
    AskDayOff,
}

impl MasterCommand {
    pub(super) const ALL: [Self; 14] = [
        Self::Manage,
        Self::Approve,
        Self::Reject,
        Self::Activate,
        Self::Deactivate,
        Self::SetWorkChat,
        Self::Stats,
        Self::OldReport,
        Self::AskDismissal,
        Self::Dismiss,
        Self::ShowOpenOrders,
        Self::MakeSenior,
        Self::RemoveSenior,
        Self::AskDayOff,
    ];

    pub(super) fn verb(self) -> &'static str {
        match self {
            Self::Manage => "manage_master",
            Self::Approve => "approve_master",
            Self::Reject => "reject_master",
            Self::Activate => "activate_master",
            Self::Deactivate => "deactivate_master",
            Self::SetWorkChat => "set_work_chat",
            Self::Stats => "master_stats",
            Self::OldReport => "master_report_excel",
            Self::AskDismissal => "fire_master",
            Self::Dismiss => "dismiss_master",
            Self::ShowOpenOrders => "master_open_orders",
            Self::MakeSenior => "add_senior_role",
            Self::RemoveSenior => "remove_senior_role",
            Self::AskDayOff => "ask_day_off",
        }
    }
}

/// The ends of a day off that buttons offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum DayOffChoice {
    /// The rest of today.
    Today,
    /// Today and tomorrow.
    Tomorrow,
    /// Until Monday begins.
    Monday,
    /// Today and the six days after it.
    Week,
    /// There is none any more.
    Over,
}

impl DayOffChoice {
    pub(super) const ALL: [Self; 5] = [Self::Today, Self::Tomorrow, Self::Monday, Self::Week, Self::Over];
    /// Those that begin one.
    pub(crate) const OFFERED: [Self; 4] = [Self::Today, Self::Tomorrow, Self::Monday, Self::Week];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Tomorrow => "tomorrow",
            Self::Monday => "monday",
            Self::Week => "week",
            Self::Over => "over",
        }
    }
}

/// What one can do with users besides masters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum PeopleButton {
    /// `users:all:PAGE`, `users:ROLE:PAGE`: a page of the users with a role; `None` for all.
    List(Option<Role>, PageNumber),
    /// `user:USER`.
    Show(TelegramId),
    /// `grant_role:USER:ROLE`.
    Grant(TelegramId, Role),
    /// `revoke_role:USER:ROLE`.
    Revoke(TelegramId, Role),
    /// `make_master:USER`: begin to add this user as a master.
    MakeMaster(TelegramId),
    /// `find_user`: ask whom to search for.
    Find,
    /// `found_users:SEARCH:PAGE`: a page of the users that were found.
    Found(SearchId, PageNumber),
    /// `day_off:USER:CHOICE`: until when this master has a day off.
    DayOff(TelegramId, DayOffChoice),
    /// `own_day_off`: ask the master themselves.
    OwnDayOff,
}

/// Stands for the users with any role.
pub(super) const ALL_USERS: &str = "all";
