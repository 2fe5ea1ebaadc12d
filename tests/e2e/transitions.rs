//! Every cell of the status table: each status, each action, each kind of person, by real presses of the callback data
//! that are on people's phones.

use botctl::testing::domain::OrderStatus;
use rstest::rstest;

use crate::database_rows::insert_order;
use crate::texts::{key, stands, text};
use crate::world::{
    ADMIN, Backend, ChatUser, DISPATCHER, MASTER, OTHER_MASTER, STRANGER, Toast, World, staffed,
};

/// What people want to do with an order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Deed {
    Assign,
    Reassign,
    TakeOff,
    Accept,
    Decline,
    OnSite,
    LongRepair,
    HandBack,
    Close,
    ClientDecline,
    Refuse,
    Reopen,
}

use Deed::{
    Accept, Assign, ClientDecline, Close, Decline, HandBack, LongRepair, OnSite, Reassign, Refuse, Reopen,
    TakeOff,
};

const DEEDS: [Deed; 12] = [
    Assign,
    Reassign,
    TakeOff,
    Accept,
    Decline,
    OnSite,
    LongRepair,
    HandBack,
    Close,
    ClientDecline,
    Refuse,
    Reopen,
];
const PEOPLE: [i64; 5] = [ADMIN, DISPATCHER, MASTER, OTHER_MASTER, STRANGER];

/// The table of the status machine, as the rules state it: from, to, who (s = staff, m = the assigned master), what.
const TABLE: [(OrderStatus, OrderStatus, &str, Deed); 29] = [
    (OrderStatus::New, OrderStatus::Assigned, "s", Assign),
    (OrderStatus::Assigned, OrderStatus::Assigned, "s", Reassign),
    (OrderStatus::Accepted, OrderStatus::Assigned, "s", Reassign),
    (OrderStatus::OnSite, OrderStatus::Assigned, "s", Reassign),
    (OrderStatus::LongRepair, OrderStatus::Assigned, "s", Reassign),
    (OrderStatus::Assigned, OrderStatus::New, "s", TakeOff),
    (OrderStatus::Accepted, OrderStatus::New, "s", TakeOff),
    (OrderStatus::OnSite, OrderStatus::New, "s", TakeOff),
    (OrderStatus::LongRepair, OrderStatus::New, "s", TakeOff),
    (OrderStatus::Assigned, OrderStatus::Accepted, "sm", Accept),
    (OrderStatus::Assigned, OrderStatus::New, "sm", Decline),
    (OrderStatus::Accepted, OrderStatus::New, "sm", HandBack),
    (OrderStatus::OnSite, OrderStatus::Refused, "sm", ClientDecline),
    (OrderStatus::LongRepair, OrderStatus::Refused, "sm", ClientDecline),
    (OrderStatus::Accepted, OrderStatus::OnSite, "sm", OnSite),
    (OrderStatus::LongRepair, OrderStatus::OnSite, "sm", OnSite),
    (OrderStatus::Accepted, OrderStatus::LongRepair, "sm", LongRepair),
    (OrderStatus::OnSite, OrderStatus::LongRepair, "sm", LongRepair),
    (OrderStatus::OnSite, OrderStatus::Closed, "sm", Close),
    (OrderStatus::LongRepair, OrderStatus::Closed, "sm", Close),
    (OrderStatus::New, OrderStatus::Closed, "s", Close),
    (OrderStatus::Assigned, OrderStatus::Closed, "s", Close),
    (OrderStatus::Accepted, OrderStatus::Closed, "s", Close),
    (OrderStatus::New, OrderStatus::Refused, "s", Refuse),
    (OrderStatus::Assigned, OrderStatus::Refused, "s", Refuse),
    (OrderStatus::Accepted, OrderStatus::Refused, "s", Refuse),
    (OrderStatus::OnSite, OrderStatus::Refused, "s", Refuse),
    (OrderStatus::LongRepair, OrderStatus::Refused, "s", Refuse),
    (OrderStatus::Refused, OrderStatus::New, "s", Reopen),
];

/// `s` for staff, `m` for the master who has the order (a refused or new one has none).
fn letter(person: i64, status: OrderStatus) -> &'static str {
    match person {
        ADMIN | DISPATCHER => "s",
        MASTER if !matches!(status, OrderStatus::New | OrderStatus::Refused) => "m",
        _ => "-",
    }
}

fn target(from: OrderStatus, deed: Deed, letter: &str) -> Option<OrderStatus> {
    TABLE.iter().find(|row| row.0 == from && row.3 == deed && row.2.contains(letter)).map(|row| row.1)
}

fn has_right(deed: Deed, letter: &str) -> bool {
    TABLE.iter().any(|row| row.3 == deed && row.2.contains(letter))
}

/// The callback data, from the master's own chat or from the assignment message by turns.
fn data(world: &World, deed: Deed, order: i64, by_staff: bool) -> String {
    let masters = || (world.master_id(MASTER), world.master_id(OTHER_MASTER));
    let of_master = |own: &str, group: &str| format!("{}:{order}", if order % 2 == 0 { own } else { group });
    match deed {
        Assign => format!("select_master_for_order:{order}:{}", masters().0),
        Reassign => format!("select_new_master_for_order:{order}:{}", masters().1),
        TakeOff => format!("unassign_master:{order}"),
        Accept => of_master("accept_order", "group_accept_order"),
        Decline => of_master("refuse_order_master", "group_refuse_order"),
        OnSite => of_master("onsite_order", "group_onsite_order"),
        LongRepair => of_master("dr_order", "group_dr_order"),
        HandBack => of_master("hand_back_order", "group_hand_back_order"),
        ClientDecline => of_master("refuse_order_complete", "group_refuse_order_complete"),
        Close if by_staff => format!("close_order:{order}"),
        Close => of_master("complete_order", "group_complete_order"),
        Refuse => format!("refuse_order:{order}"),
        Reopen => format!("reopen_order:{order}"),
    }
}

/// Presses, and answers what is asked then.
fn does(world: &World, player: ChatUser<'_>, deed: Deed, order: i64) -> Toast {
    let toast = player.presses_old(&data(world, deed, order, matches!(player.id, ADMIN | DISPATCHER)));
    if toast.text.is_empty() && world.dialogues() > 0 {
        match deed {
            Close => drop(player.says("900").says("100").says("да").says("да")),
            Decline | Refuse => drop(player.says(key::SKIP)),
            HandBack | ClientDecline => drop(player.says("передумал")),
            LongRepair => drop(player.promises_a_day()),
            _ => {}
        }
    }
    toast
}

#[rstest]
fn every_role_can_make_exactly_the_transitions_of_the_table(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.db(|conn| {
        // Each order 1, 2, 3 … in the order of the loops below.
        let master =
            botctl::testing::db::find_master_of_user(conn, botctl::testing::domain::TelegramId(MASTER))
                .unwrap()
                .unwrap()
                .id;
        diesel::Connection::transaction::<_, diesel::result::Error, _>(conn, |conn| {
            for status in OrderStatus::ALL {
                for _ in 0..DEEDS.len() * PEOPLE.len() {
                    insert_order(conn, status, master);
                }
            }
            Ok(())
        })
        .unwrap();
    });
    let mut orders = world.orders().into_iter();
    let (mut taken, mut refused) = (0, 0);
    for from in OrderStatus::ALL {
        for deed in DEEDS {
            for person in PEOPLE {
                let order = orders.next().unwrap();
                let case = format!("{from} {deed:?} by {person}");
                let (row, history) = (world.order(order), world.history(order));
                assert_eq!(row.status, from, "{case}");
                let toast = does(&world, world.player(person), deed, order);
                let letter = letter(person, from);
                match target(from, deed, letter) {
                    Some(to) => {
                        taken += 1;
                        assert_eq!(world.status(order), to, "{case}: {toast:?}");
                        let now = world.history(order);
                        assert_eq!(now.len(), history.len() + 1, "{case}");
                        let last = now.last().unwrap();
                        let expected = (Some(from.as_str()), to.as_str(), Some(person));
                        assert_eq!((last.0.as_deref(), last.1.as_str(), last.2), expected, "{case}");
                    }
                    None => {
                        refused += 1;
                        assert_eq!(world.order(order), row, "{case}: a refused step changed the order");
                        assert_eq!(world.history(order), history, "{case}: a refused step has a history");
                        if has_right(deed, letter) {
                            assert!(
                                toast.text.contains(&stands(from)),
                                "{case} does not name the status: {toast:?}"
                            );
                        } else {
                            assert!(toast.turns_away(order), "{case}: {toast:?}");
                            assert!(
                                person != STRANGER || toast.text == text("refusal-no-right"),
                                "{case}: {toast:?}"
                            );
                        }
                    }
                }
            }
        }
    }
    // 29 cells for each of two members of staff, 11 for the master.
    assert_eq!((taken, refused), (2 * 29 + 11, 420 - 69));
    assert_eq!(world.dialogues(), 0);
}
