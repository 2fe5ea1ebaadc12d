#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use crate::domain::role::Role;

/// The table of the status machine as the rules state it: from, to, who (s = staff, m = the
/// assigned master, sm = both), what. Written without looking at the code above.
const TABLE: &str = "
    NEW ASSIGNED s Assign
    ASSIGNED ASSIGNED s Reassign
    ACCEPTED ASSIGNED s Reassign
    ONSITE ASSIGNED s Reassign
    DR ASSIGNED s Reassign
    ASSIGNED NEW s TakeOff
    ACCEPTED NEW s TakeOff
    ONSITE NEW s TakeOff
    DR NEW s TakeOff
    ASSIGNED ACCEPTED sm Accept
    ASSIGNED NEW sm Decline
    ACCEPTED NEW sm HandBack
    ACCEPTED ONSITE sm ArriveOnSite
    DR ONSITE sm ArriveOnSite
    ACCEPTED DR sm StartLongRepair
    ONSITE DR sm StartLongRepair
    ONSITE REFUSED sm ClientDecline
    DR REFUSED sm ClientDecline
    ONSITE CLOSED m Close
    DR CLOSED m Close
    NEW CLOSED s Close
    ASSIGNED CLOSED s Close
    ACCEPTED CLOSED s Close
    ONSITE CLOSED s Close
    DR CLOSED s Close
    NEW REFUSED s Refuse
    ASSIGNED REFUSED s Refuse
    ACCEPTED REFUSED s Refuse
    ONSITE REFUSED s Refuse
    DR REFUSED s Refuse
    REFUSED NEW s Reopen
    NEW NEW s Reschedule
    ASSIGNED ASSIGNED sm Reschedule
    ACCEPTED ACCEPTED sm Reschedule
    ONSITE ONSITE sm Reschedule
    DR DR sm Reschedule
    ASSIGNED ASSIGNED s RemindOfClient
    ACCEPTED ACCEPTED s RemindOfClient
    ONSITE ONSITE s RemindOfClient
    DR DR s RemindOfClient";

/// Every kind of user and the letters of the table that apply to them.
fn actors() -> Vec<(OrderActor, &'static str)> {
    let mut all = Vec::new();
    for is_assigned_master in [false, true] {
        for bits in 0..8 {
            let roles: RoleSet = [Role::Admin, Role::Dispatcher, Role::Master]
                .into_iter()
                .enumerate()
                .filter_map(|(n, role)| (bits >> n & 1 == 1).then_some(role))
                .collect();
            let is_staff = bits & 3 != 0;
            let letters = match (is_staff, is_assigned_master) {
                (true, true) => "sm",
                (true, false) => "s",
                (false, true) => "m",
                (false, false) => "",
            };
            all.push((OrderActor { roles, is_assigned_master }, letters));
        }
    }
    all
}

/// (from, to, who, action) of each line of the table.
fn rows() -> Vec<(OrderStatus, OrderStatus, &'static str, String)> {
    let lines = TABLE.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let words: Vec<_> = line.split(' ').collect();
            (words[0].parse().unwrap(), words[1].parse().unwrap(), words[2], words[3].to_owned())
        })
        .collect()
}

#[test]
fn every_cell_of_status_action_and_actor_agrees_with_the_table() {
    let rows = rows();
    let mut allowed = 0;
    for (actor, letters) in actors() {
        for from in OrderStatus::ALL {
            for action in OrderAction::ALL {
                let name = format!("{action:?}");
                let mine = |who: &str| letters.chars().any(|letter| who.contains(letter));
                let has_right = rows.iter().any(|row| row.3 == name && mine(row.2));
                let row = rows.iter().find(|row| row.0 == from && row.3 == name && mine(row.2));
                let expected = match row {
                    _ if !has_right => Err(TransitionError::NotAllowed { action }),
                    None => Err(TransitionError::WrongStatus { present: from, action }),
                    Some(row) => Ok(row.1),
                };
                allowed += usize::from(expected.is_ok());
                assert_eq!(next_status(from, action, actor), expected, "{from} {action} {actor:?}");
            }
        }
    }
    // 38 cells of staff for 6 sets of roles, with and without the order; 15 of the master.
    assert_eq!(allowed, 2 * 6 * 38 + 2 * 15);
}

#[test]
fn a_closed_order_allows_no_action() {
    for (actor, _) in actors() {
        assert_eq!(allowed_actions(OrderStatus::Closed, actor).count(), 0);
    }
}

#[test]
fn buttons_are_exactly_what_a_transition_permits() {
    let master = OrderActor { roles: Role::Master.into(), is_assigned_master: true };
    let of = |status| allowed_actions(status, master).collect::<Vec<_>>();
    assert_eq!(
        of(OrderStatus::Assigned),
        [OrderAction::Accept, OrderAction::Decline, OrderAction::Reschedule]
    );
    assert_eq!(
        of(OrderStatus::Accepted),
        [
            OrderAction::ArriveOnSite,
            OrderAction::StartLongRepair,
            OrderAction::HandBack,
            OrderAction::Reschedule
        ]
    );
    assert_eq!(
        of(OrderStatus::OnSite),
        [
            OrderAction::StartLongRepair,
            OrderAction::Close,
            OrderAction::ClientDecline,
            OrderAction::Reschedule
        ]
    );
    assert!(of(OrderStatus::New).is_empty());
    let other = OrderActor::by_roles(Role::Master.into());
    assert_eq!(allowed_actions(OrderStatus::Assigned, other).count(), 0);
}

#[test]
fn names_survive_text_and_json() {
    for status in OrderStatus::ALL {
        assert_eq!(status.as_str().parse(), Ok(status));
        assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
    }
    assert_eq!("new".parse::<OrderStatus>(), Err(UnknownStatus("new".to_owned())));
    for action in OrderAction::ALL {
        assert_eq!(serde_json::to_value(action).unwrap(), action.name());
        assert_eq!(OrderAction::from_name(action.name()), Some(action));
    }
}

#[test]
fn an_order_is_open_until_closed_or_refused() {
    let open: Vec<_> =
        OrderStatus::ALL.into_iter().filter(|s| s.is_open()).map(OrderStatus::as_str).collect();
    assert_eq!(open, ["NEW", "ASSIGNED", "ACCEPTED", "ONSITE", "DR"]);
    let with_master: Vec<_> =
        OrderStatus::ALL.into_iter().filter(|s| s.has_master()).map(OrderStatus::as_str).collect();
    assert_eq!(with_master, ["ASSIGNED", "ACCEPTED", "ONSITE", "DR"]);
}
