//! Two transactions at once on PostgreSQL, where they really run side by side.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{Connection, QueryableByName, RunQueryDsl};

use super::access::{self, AccessAnswer};
use super::masters::{MasterChange, change_master};
use super::operator::{self, RoleChangeError};
use super::{Refusal, orders};
use crate::db::dialogues::DialogueKey;
use crate::db::{self, AnyConnection, dialogue_questions, masters, time, users};
use crate::domain::access::AccessDecision;
use crate::domain::equipment::OrderEquipment;
use crate::domain::ids::{ChatId, OrderId, TelegramId};
use crate::domain::master::NewMaster;
use crate::domain::order::NewOrder;
use crate::domain::phone::Phone;
use crate::domain::role::{Role, RoleSet};
use crate::domain::status::OrderAction;
use crate::domain::user::{User, UserProfile};
use crate::migrate::testing::ScratchDatabase;

const ADMIN: TelegramId = TelegramId(1);
const MASTER: TelegramId = TelegramId(11);
const PATIENCE: Duration = Duration::from_secs(20);

/// A PostgreSQL database on which two transactions meet.
struct Scratch(ScratchDatabase);

impl Scratch {
    fn new() -> Option<Self> {
        ScratchDatabase::create().map(Self)
    }

    fn open(&self) -> AnyConnection {
        self.0.open()
    }

    /// Waits until somebody waits for a lock, or `is_over`.
    fn wait_for_a_waiter(&self, is_over: impl Fn() -> bool) {
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = BigInt)]
            count: i64,
        }
        const WAITING: &str = "SELECT count(*) AS count FROM pg_stat_activity \
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let AnyConnection::Pg(mut conn) = self.open() else { panic!("not PostgreSQL") };
        let begun = Instant::now();
        while !is_over() && diesel::sql_query(WAITING).get_result::<Count>(&mut conn).unwrap().count == 0 {
            assert!(begun.elapsed() < PATIENCE, "nobody waits");
        }
    }

    /// Replaces the master's roles and, before that is committed, begins `other`; both come to their end.
    fn while_roles_change(&self, other: impl FnOnce(&mut AnyConnection) + Send) {
        let mut first = self.open();
        std::thread::scope(|scope| {
            first
                .transaction::<_, db::Error, _>(|tx| {
                    users::update_user_roles(tx, MASTER, Role::Dispatcher.into())?;
                    let second = scope.spawn(move || other(&mut self.open()));
                    self.wait_for_a_waiter(|| second.is_finished());
                    Ok(())
                })
                .unwrap();
        });
    }
}

fn profile(id: TelegramId, name: &str) -> UserProfile {
    UserProfile { telegram_id: id, username: None, first_name: Some(name.to_owned()), last_name: None }
}

/// An admin, a master, and an order that the master has accepted.
fn staff(conn: &mut AnyConnection) -> (User, User, OrderId) {
    let now = time::now();
    let admin = users::register_user(conn, &profile(ADMIN, "Ann"), Role::Admin.into(), now).unwrap();
    let master = users::register_user(conn, &profile(MASTER, "Max"), Role::Master.into(), now).unwrap();
    let phone = Phone::from_stored("+79991112233".to_owned());
    let new = NewMaster { telegram_id: MASTER, phone, specialization: "ovens".to_owned() };
    let id = masters::insert_master(conn, &new, true, now).unwrap().unwrap();
    let new = NewOrder {
        equipment: OrderEquipment { id: None, name: "Oven".to_owned() },
        description: "does not heat at all".to_owned(),
        client_name: "Ivan Testov".to_owned(),
        client_address: "12 Sample Street".to_owned(),
        client_phone: "+79990001122".to_owned(),
        notes: None,
        scheduled_time: None,
        visit: None,
    };
    let order = orders::create_order(conn, &admin, &new, &[], now).unwrap().id;
    orders::assign_order(conn, &admin, order, OrderAction::Assign, id, now).unwrap();
    orders::advance_order(conn, &master, order, OrderAction::Accept, None, now).unwrap();
    (admin, master, order)
}

/// Does not wait for locks longer than a moment.
fn impatient(scratch: &Scratch) -> AnyConnection {
    let mut conn = scratch.open();
    conn.batch_execute("SET lock_timeout = '50ms'").unwrap();
    conn
}

#[test]
fn what_is_being_shown_to_a_master_cannot_be_taken_from_them_meanwhile() {
    let Some(scratch) = Scratch::new() else { return };
    let (mut first, mut second) = (scratch.open(), impatient(&scratch));
    let (admin, master, order) = staff(&mut first);
    let mut take_off = || {
        orders::advance_order(&mut second, &admin, order, OrderAction::TakeOff, None, time::now()).map(drop)
    };
    first
        .transaction::<_, db::Error, _>(|tx| {
            orders::view_order(tx, &master, order).unwrap();
            assert!(matches!(take_off(), Err(Refusal::Database(_))));
            Ok(())
        })
        .unwrap();
    take_off().unwrap();
}

#[test]
fn the_group_in_which_an_order_is_being_shown_stays_the_masters_meanwhile() {
    let Some(scratch) = Scratch::new() else { return };
    let (mut first, mut second) = (scratch.open(), impatient(&scratch));
    let (admin, master, order) = staff(&mut first);
    let group = MasterChange::WorkChat(Some(ChatId(-5).into()));
    let mut move_away = || change_master(&mut second, &admin, MASTER, group, time::now()).map(drop);
    first
        .transaction::<_, db::Error, _>(|tx| {
            orders::view_order(tx, &master, order).unwrap();
            assert!(matches!(move_away(), Err(Refusal::Database(_))));
            Ok(())
        })
        .unwrap();
    move_away().unwrap();
}

#[test]
fn roles_that_are_replaced_while_a_person_is_renamed_stay_replaced() {
    let Some(scratch) = Scratch::new() else { return };
    let mut conn = scratch.open();
    staff(&mut conn);
    scratch.while_roles_change(|other| {
        users::register_user(other, &profile(MASTER, "Maximilian"), RoleSet::none(), time::now()).unwrap();
    });
    let person = users::find_user(&mut conn, MASTER).unwrap().unwrap();
    assert_eq!(
        (person.roles.to_string().as_str(), person.first_name.as_deref()),
        ("DISPATCHER", Some("Maximilian"))
    );
}

#[test]
fn roles_that_are_replaced_while_one_is_granted_keep_both() {
    let Some(scratch) = Scratch::new() else { return };
    let mut conn = scratch.open();
    let (admin, ..) = staff(&mut conn);
    scratch.while_roles_change(|other| {
        change_master(other, &admin, MASTER, MasterChange::Approve, time::now()).unwrap();
    });
    assert_eq!(users::find_user(&mut conn, MASTER).unwrap().unwrap().roles.to_string(), "DISPATCHER,MASTER");
    scratch.while_roles_change(|other| {
        users::register_user(other, &profile(MASTER, "Max"), Role::Admin.into(), time::now()).unwrap();
    });
    assert_eq!(users::find_user(&mut conn, MASTER).unwrap().unwrap().roles.to_string(), "ADMIN,DISPATCHER");
}

#[test]
fn two_who_revoke_the_last_two_admins_do_not_both_succeed() {
    const OTHER: TelegramId = TelegramId(2);
    let Some(scratch) = Scratch::new() else { return };
    let mut first = scratch.open();
    let now = time::now();
    for (id, name) in [(ADMIN, "Ann"), (OTHER, "Ada")] {
        users::register_user(&mut first, &profile(id, name), Role::Admin.into(), now).unwrap();
    }
    // Each begins with the one whom the other does not, so that they would also wait in a circle.
    for (one, two) in [(ADMIN, OTHER), (OTHER, ADMIN)] {
        let answer = std::thread::scope(|scope| {
            let mut other = None;
            db::in_savepoint::<_, RoleChangeError>(&mut first, |tx| {
                operator::revoke_role(tx, one, Role::Admin, false, now)?;
                let second = scope.spawn(|| {
                    let revoke =
                        |tx: &mut AnyConnection| operator::revoke_role(tx, two, Role::Admin, false, now);
                    db::in_savepoint(&mut scratch.open(), revoke)
                });
                scratch.wait_for_a_waiter(|| second.is_finished());
                other = Some(second);
                Ok(())
            })
            .unwrap();
            other.unwrap().join().unwrap()
        });
        assert!(matches!(answer, Err(RoleChangeError::LastAdmin)), "{answer:?}");
        let admins = users::list_users_with_role(&mut first, Role::Admin).unwrap();
        assert_eq!(admins.iter().map(|admin| admin.telegram_id).collect::<Vec<_>>(), [two]);
        users::update_user_roles(&mut first, one, Role::Admin.into()).unwrap();
    }
}

#[test]
fn order_that_is_handed_back_is_not_taken_off_as_well() {
    let Some(scratch) = Scratch::new() else { return };
    let (mut first, mut second) = (scratch.open(), impatient(&scratch));
    let (admin, master, order) = staff(&mut first);
    let mut take_off = || {
        orders::advance_order(&mut second, &admin, order, OrderAction::TakeOff, None, time::now()).map(drop)
    };
    first
        .transaction::<_, db::Error, _>(|tx| {
            let reason = Some("the car broke down");
            orders::advance_order(tx, &master, order, OrderAction::HandBack, reason, time::now()).unwrap();
            assert!(matches!(take_off(), Err(Refusal::Database(_))));
            Ok(())
        })
        .unwrap();
    assert!(matches!(take_off(), Err(Refusal::WrongStatus { .. })));
}

#[test]
fn two_at_once_tell_the_master_once_that_the_client_waits() {
    let Some(scratch) = Scratch::new() else { return };
    let (mut first, mut second) = (scratch.open(), impatient(&scratch));
    let (admin, _, order) = staff(&mut first);
    let mut remind = || orders::record_waiting_client(&mut second, &admin, order, time::now()).map(drop);
    first
        .transaction::<_, db::Error, _>(|tx| {
            orders::record_waiting_client(tx, &admin, order, time::now()).unwrap();
            assert!(matches!(remind(), Err(Refusal::Database(_))));
            Ok(())
        })
        .unwrap();
    assert!(matches!(remind(), Err(Refusal::ToldJustNow)));
}

#[test]
fn two_who_move_a_visit_at_once_are_both_counted() {
    let Some(scratch) = Scratch::new() else { return };
    let (mut first, mut second) = (scratch.open(), impatient(&scratch));
    let (admin, master, order) = staff(&mut first);
    let visit = |words: &str| orders::VisitChoice { words: words.to_owned(), window: None };
    let describe = |_, words: Option<&str>| words.map(str::to_owned);
    let mut move_again = || {
        orders::reschedule_order(&mut second, &master, order, &visit("later"), describe, time::now())
            .map(|step| (step.before.scheduled_time, step.after.reschedule_count))
    };
    first
        .transaction::<_, db::Error, _>(|tx| {
            orders::reschedule_order(tx, &admin, order, &visit("soon"), describe, time::now()).unwrap();
            assert!(matches!(move_again(), Err(Refusal::Database(_))));
            Ok(())
        })
        .unwrap();
    assert_eq!(move_again().unwrap(), (Some("soon".to_owned()), 2));
}

#[test]
fn question_is_answered_or_ended_and_not_both() {
    let Some(scratch) = Scratch::new() else { return };
    let (mut first, mut second) = (scratch.open(), impatient(&scratch));
    let (_, _, order) = staff(&mut first);
    let key = DialogueKey { place: ChatId(MASTER.0).into(), user: MASTER };
    let subject = Some((order, "close"));
    let id = dialogue_questions::insert_question(&mut first, key, subject, None, time::now()).unwrap();
    first
        .transaction::<_, db::Error, _>(|tx| {
            dialogue_questions::close_question(tx, id).unwrap();
            assert!(dialogue_questions::close_question(&mut second, id).is_err());
            Ok(())
        })
        .unwrap();
    let late = dialogue_questions::close_question(&mut second, id);
    assert!(matches!(late, Err(db::Error::Conflict)), "{late:?}");
}

#[test]
fn request_for_access_is_decided_once() {
    let Some(scratch) = Scratch::new() else { return };
    let (mut first, mut second) = (scratch.open(), impatient(&scratch));
    let (admin, _, _) = staff(&mut first);
    let now = time::now();
    let id = TelegramId(99);
    let stranger = users::register_user(&mut first, &profile(id, "Ann"), RoleSet::none(), now).unwrap();
    let AccessAnswer::Asked(request) = access::ask_access(&mut first, &stranger, now).unwrap() else {
        panic!("nothing was asked before");
    };
    let mut reject = || access::decide_request(&mut second, &admin, request, AccessDecision::Rejected, now);
    first
        .transaction::<_, db::Error, _>(|tx| {
            let decision = AccessDecision::Dispatcher;
            let decided = access::decide_request(tx, &admin, request, decision, now).unwrap();
            assert!(decided.is_some_and(|user| user.roles.has(Role::Dispatcher)));
            assert!(matches!(reject(), Err(Refusal::Database(_))));
            Ok(())
        })
        .unwrap();
    assert!(reject().unwrap().is_none());
    let user = users::find_user(&mut first, id).unwrap().unwrap();
    assert!(user.roles.has(Role::Dispatcher));
}
