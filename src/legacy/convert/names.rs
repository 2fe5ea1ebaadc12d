//! Roles, statuses, flags and deletion marks.

use super::super::value::LegacyValue;
use super::parsed::ParsedValue;
use super::time::parse_time;
use crate::domain::answer::parse_yes_no;
use crate::domain::role::{Role, RoleSet};
use crate::domain::status::OrderStatus;

#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(in super::super) struct ParsedRoles {
    pub(in super::super) roles: RoleSet,
    /// Whether it has `SENIOR_MASTER`, a later version's name of a role that exists here.
    pub(in super::super) has_senior_master: bool,
    pub(in super::super) unknown: Vec<String>,
}

pub(in super::super) fn parse_roles(text: &str) -> ParsedRoles {
    let mut list = ParsedRoles::default();
    for name in text.split([',', ';']).map(str::trim).filter(|name| !name.is_empty()) {
        if let Ok(role) = name.parse::<Role>() {
            list.roles.grant(role);
        } else if name.eq_ignore_ascii_case("SENIOR_MASTER") {
            list.has_senior_master = true;
            list.roles.grant(Role::Master);
        } else {
            list.unknown.push(name.to_owned());
        }
    }
    list
}

/// Returns the status that a name means in any spelling, including synonyms of later versions.
pub(in super::super) fn parse_status(text: &str) -> Option<OrderStatus> {
    let name = text.trim().to_uppercase().replace(['-', ' '], "_");
    Some(match name.as_str() {
        "NEW" | "CREATED" | "OPEN" | "PENDING" => OrderStatus::New,
        "ASSIGNED" => OrderStatus::Assigned,
        "ACCEPTED" | "CONFIRMED" => OrderStatus::Accepted,
        "ONSITE" | "ON_SITE" | "IN_PROGRESS" | "IN_WORK" => OrderStatus::OnSite,
        "DR" | "LONG_REPAIR" => OrderStatus::LongRepair,
        "CLOSED" | "COMPLETED" | "DONE" | "FINISHED" => OrderStatus::Closed,
        "REFUSED" | "REJECTED" | "DECLINED" | "CANCELLED" | "CANCELED" => OrderStatus::Refused,
        _ => return None,
    })
}

/// Parses a yes or no; `None` for NULL and an empty text.
pub(in super::super) fn parse_flag(value: &LegacyValue) -> ParsedValue<Option<bool>> {
    match value {
        LegacyValue::Null => ParsedValue::Exact(None),
        LegacyValue::Int(0) => ParsedValue::Exact(Some(false)),
        LegacyValue::Int(1) => ParsedValue::Exact(Some(true)),
        other => {
            let text = other.as_text().unwrap_or_default();
            match text.trim().to_ascii_lowercase().as_str() {
                "" => ParsedValue::Repaired(None),
                "0" | "false" | "f" | "n" => ParsedValue::Repaired(Some(false)),
                "1" | "true" | "t" | "y" => ParsedValue::Repaired(Some(true)),
                word => match parse_yes_no(word) {
                    Some(answer) => ParsedValue::Repaired(Some(answer)),
                    None => ParsedValue::Unreadable,
                },
            }
        }
    }
}

/// Whether a deletion flag is set: yes, a number other than 0, or a time. An unreadable flag deletes nothing.
pub(in super::super) fn is_deleted(mark: &LegacyValue) -> bool {
    match parse_flag(mark) {
        ParsedValue::Unreadable => mark
            .as_integer()
            .map_or_else(|| parse_time(mark) != ParsedValue::Unreadable, |number| number != 0),
        flag => flag.known().flatten().unwrap_or(false),
    }
}

/// Whether a deletion time is set, in any form: everything but no, empty, or a time of zeros.
pub(in super::super) fn is_deleted_at(mark: &LegacyValue) -> bool {
    match parse_flag(mark) {
        ParsedValue::Unreadable => {
            let text = mark.as_text().unwrap_or_default().trim().to_lowercase();
            let is_zero =
                text.chars().all(|c| c.is_ascii_punctuation() || c.is_whitespace() || c == '0' || c == 't');
            !is_zero && !["none", "null", "nan", "nat"].contains(&text.as_str())
        }
        flag => flag.known().flatten().unwrap_or(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> LegacyValue {
        LegacyValue::Text(text.to_owned())
    }

    #[test]
    fn roles_statuses_and_flags_parse() {
        let list = parse_roles("SENIOR_MASTER, ADMIN,ACCOUNTANT,,MASTER");
        assert_eq!(list.roles.to_string(), "ADMIN,MASTER");
        assert!(list.has_senior_master);
        assert_eq!(list.unknown, ["ACCOUNTANT"]);
        assert_eq!(parse_roles("").roles, RoleSet::none());
        for known in OrderStatus::ALL {
            assert_eq!(parse_status(known.as_str()), Some(known));
        }
        assert_eq!(parse_status(" on-site "), Some(OrderStatus::OnSite));
        assert_eq!(parse_status("canceled"), Some(OrderStatus::Refused));
        assert_eq!(parse_status("RESCHEDULED"), None);
        assert_eq!(parse_flag(&text("True")), ParsedValue::Repaired(Some(true)));
        assert_eq!(parse_flag(&text("Да")), ParsedValue::Repaired(Some(true)));
        assert_eq!(parse_flag(&LegacyValue::Int(7)), ParsedValue::Unreadable);
        assert_eq!(parse_flag(&text("")), ParsedValue::Repaired(None));
    }

    #[test]
    fn deletion_marks_parse() {
        for no in ["", " ", "0", "0.0", "f", "F", "no", "n", "False", "нет", "none", "NULL", "NaT"] {
            assert!(!is_deleted(&text(no)) && !is_deleted_at(&text(no)), "{no:?}");
        }
        for yes in ["1", "t", "yes", "Y", "TRUE", "да", "2025-11-20 10:00:00", "20.11.2025"] {
            assert!(is_deleted(&text(yes)) && is_deleted_at(&text(yes)), "{yes:?}");
        }
        for (value, mark, at) in [
            (LegacyValue::Null, false, false),
            (LegacyValue::Int(0), false, false),
            (LegacyValue::Real(0.0), false, false),
            (LegacyValue::Int(-1), true, true),
            (LegacyValue::Real(1.0), true, true),
            (LegacyValue::Int(1_760_264_042), true, true),
            (text("0000-00-00 00:00:00"), false, false),
            (text("some day in May"), false, true),
            (text("?"), false, false),
        ] {
            assert_eq!((is_deleted(&value), is_deleted_at(&value)), (mark, at), "{value:?}");
        }
    }
}
