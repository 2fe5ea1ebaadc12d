//! What the old bot got wrong, one test for each defect that this program has a part of its own for.

use std::collections::HashSet;

use botctl::testing::db::schema::users;
use botctl::testing::domain::{Kopecks, OrderStatus};
use diesel::prelude::*;
use rand::Rng;
use rstest::rstest;

use crate::dialogue::answers;
use crate::texts::{about, first_line, key, text};
use crate::world::{Backend, MASTER, World, empty, staffed};

#[rstest]
fn closing_an_order_crashed_at_its_last_step(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    for review in ["Да", "нет", "yes", "NO", "+", "-"] {
        let order = world.order_in(OrderStatus::OnSite);
        let master = world.master();
        master.presses_old(&format!("complete_order:{order}"));
        master.says("5000").says("1000");
        assert_eq!(master.says_with_outcome(review), "handled");
        master.presses("dialog_confirm");
        master.hears(&about("closed-done", order));
        assert_eq!(
            (world.status(order), world.order(order).total),
            (OrderStatus::Closed, Some(Kopecks(500_000)))
        );
    }
    let order = world.order_in(OrderStatus::LongRepair);
    world.master().presses_old(&format!("complete_order:{order}"));
    world.master().says("0").hears(&text("close-ask-review"));
    world.master().presses("review:yes");
    world.master().presses("dialog_confirm");
    assert_eq!(world.status(order), OrderStatus::Closed);
}

#[rstest]
fn any_master_could_jump_statuses_accept_twice_or_go_on_site_unaccepted(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let order = world.order_in(OrderStatus::Assigned);
    let (master, other) = (world.master(), world.other_master());
    for player in [master, other] {
        for verb in [
            "onsite_order",
            "complete_order",
            "dr_order",
            "group_onsite_order",
            "group_complete_order",
            "group_dr_order",
        ] {
            assert_ne!(player.presses_old(&format!("{verb}:{order}")).outcome, "failed");
            assert_eq!(world.status(order), OrderStatus::Assigned, "{verb} by {}", player.id);
        }
    }
    master.presses_old(&format!("accept_order:{order}"));
    for verb in ["accept_order", "group_accept_order", "refuse_order_master"] {
        let toast = master.presses_old(&format!("{verb}:{order}"));
        assert!(toast.text.contains(&text("refusal-status-accepted")), "{verb}: {toast:?}");
    }
    other.presses_old(&format!("onsite_order:{order}"));
    assert_eq!(world.way(order), ["→NEW", "NEW→ASSIGNED", "ASSIGNED→ACCEPTED"]);
}

#[rstest]
fn markup_in_a_description_broke_the_notification_and_lost_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    let description = "Шум < 5 мин. & потом <b> тишина </i>";
    for answer in [
        key::CREATE,
        "Сантехника",
        description,
        "89990001122",
        "Клара Клиентова",
        "Примерная улица, 7",
        key::SKIP,
        key::SKIP,
    ] {
        dispatcher.says(answer);
    }
    dispatcher.presses("confirm_order");
    let order = world.last_order();
    let id = world.master_id(MASTER);
    dispatcher.presses(&format!("assign_master:{order}"));
    dispatcher.presses(&format!("select_master_for_order:{order}:{id}"));
    world.master().hears(description);
}

#[rstest]
fn skipping_the_time_stored_the_word_skip(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    for skip in ["⏭️ Пропустить", "⏭ Пропустить", "⏭️ Skip"] {
        answers(world.dispatcher(), 5);
        world.dispatcher().says(skip).says(skip).hears(&text("order-ask-confirmation"));
        world.dispatcher().says(key::CONFIRM);
        let order = world.order(world.last_order());
        assert_eq!((order.notes, order.scheduled_time), (None, None), "{skip}");
    }
    assert_eq!(world.orders().len(), 3);
}

#[rstest]
fn validation_messages_leaked_english_library_text(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    let said = |typed: &str| dispatcher.says(typed).hears("").text.lines().next().unwrap().to_owned();
    dispatcher.says(key::CREATE);
    let wrong: [(&str, &str); 7] = [
        ("??", "Сантехника"),
        ("x", "Течёт труба под раковиной"),
        ("x", "89990001122"),
        ("1", "Клара Клиентова"),
        ("x", "Примерная улица, 7"),
        ("\u{1}", "заметка"),
        ("x", "завтра"),
    ];
    for (wrong, right) in wrong {
        let complaint = said(wrong);
        let english = complaint.split(|c: char| !c.is_ascii_alphabetic()).find(|word| word.len() > 1);
        assert_eq!(english, None, "{complaint:?}");
        dispatcher.says(right);
    }
    dispatcher.says(key::CONFIRM);
    assert_eq!(world.order(world.last_order()).notes.as_deref(), Some("заметка"));
}

#[rstest]
fn updates_being_handled_at_a_crash_were_lost(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().build_or_skip(backend) else { return };
    let crowd = 10_000..10_600;
    for id in crowd.clone() {
        world.sandbox.send_text(id, id, "/start");
    }
    for _ in 0..3 {
        let more = rand::rng().random_range(20..150);
        let target = world.sandbox.read_state(telegram_sandbox::SandboxState::call_count) + more;
        world.wait("the bot to work", |state| (state.call_count() >= target).then_some(()));
        world.kill();
        world.start();
    }
    for id in crowd.clone() {
        world.wait("a greeting for each user", |state| state.last_from_bot(id).map(|_| ()));
    }
    assert_eq!(world.terminate(), 0);
    assert_eq!((world.unfinished(), world.messages_that_are("pending")), (0, 0));
    let known: HashSet<i64> = world
        .db(|conn| users::table.select(users::telegram_id).load::<i64>(conn))
        .unwrap()
        .into_iter()
        .collect();
    assert_eq!(known, crowd.collect());
    world.start();
}

#[rstest]
fn each_press_opened_a_connection(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let order = world.order_in(OrderStatus::New);
    let press = |count: usize| {
        for _ in 0..count {
            world.admin().presses_old(&format!("view_order:{order}"));
            world.admin().presses_old("back_to_orders");
        }
    };
    press(10);
    let before = connections(&world);
    press(40);
    assert!(
        before > 0 && connections(&world) <= before.max(12),
        "{before} connections became {}",
        connections(&world)
    );
}

#[rstest]
fn the_history_missed_assignments_and_refusals(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let order = world.order_in(OrderStatus::New);
    let id = world.master_id(MASTER);
    let (dispatcher, master) = (world.dispatcher(), world.master());
    dispatcher.presses_old(&format!("select_master_for_order:{order}:{id}"));
    master.presses_old(&format!("refuse_order_master:{order}"));
    master.says("болею");
    dispatcher.presses_old(&format!("select_master_for_order:{order}:{id}"));
    dispatcher.presses_old(&format!("unassign_master:{order}"));
    dispatcher.presses_old(&format!("refuse_order:{order}"));
    dispatcher.says(key::SKIP).hears(first_line(&about("refused-done", order)));
    assert_eq!(
        world.way(order),
        ["→NEW", "NEW→ASSIGNED", "ASSIGNED→NEW", "NEW→ASSIGNED", "ASSIGNED→NEW", "NEW→REFUSED"]
    );
    let who: Vec<_> = world.history(order).into_iter().map(|row| row.2.unwrap()).collect();
    assert_eq!(who, [1_002, 1_002, 2_001, 1_002, 1_002, 1_002]);
}

/// Connections of the bot to its database.
fn connections(world: &World) -> usize {
    match &world.store {
        crate::world::TestDatabase::Sqlite(path) => {
            let fds = std::fs::read_dir(format!("/proc/{}/fd", world.pid())).unwrap();
            fds.filter_map(|fd| std::fs::read_link(fd.ok()?.path()).ok())
                .filter(|target| target == path)
                .count()
        }
        crate::world::TestDatabase::Postgres { name, .. } => {
            #[derive(diesel::QueryableByName)]
            struct Count {
                #[diesel(sql_type = diesel::sql_types::BigInt)]
                count: i64,
            }
            let query = format!("SELECT count(*) AS count FROM pg_stat_activity WHERE datname = '{name}'");
            let found: Count = world.db(|conn| match conn {
                botctl::testing::db::AnyConnection::Pg(c) => diesel::sql_query(query).get_result(c).unwrap(),
                botctl::testing::db::AnyConnection::Sqlite(_) => {
                    unreachable!("a PostgreSQL store opened SQLite")
                }
            });
            usize::try_from(found.count).unwrap()
        }
    }
}
