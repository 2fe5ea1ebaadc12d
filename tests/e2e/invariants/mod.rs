//! Random sequences of actions: in every order of actions the invariants hold, and no user sees what is not
//! theirs to see.
//!
//! The handlers are called directly, update by update, each in a transaction as the program does it; a small model of
//! Telegram keeps what is on the screens, so that the buttons that are pressed are those that were shown. One short
//! sequence goes through the real program.
//!
//! - [`play`]: the database, the handlers and the screens; [`dialogues`]: whole dialogues; [`looks`]: what lists, searches and counts
//!   show; [`facts`]: what the database says; [`checks`]: what holds after each update

mod checks;
mod dialogues;
mod facts;
mod looks;
mod play;

use std::path::PathBuf;
use std::sync::LazyLock;

use botctl::testing::domain::OrderStatus;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rand::seq::IndexedRandom;
use tempfile::TempDir;

use self::play::{Play, Tally};
use crate::texts::key;
use crate::world::{
    ADMIN, Backend, DISPATCHER, MASTER, OTHER_MASTER, STRANGER, TestDatabase, execute, has_postgres, staffed,
};

const PEOPLE: [i64; 5] = [ADMIN, DISPATCHER, MASTER, OTHER_MASTER, STRANGER];

/// One thing that a user does.
#[derive(Clone, Debug)]
enum Act {
    /// Presses one of the buttons on their screen: which one, counted from the newest.
    Press { who: usize, in_group: bool, which: usize },
    /// Presses a button that they may never have been shown.
    Forge { who: usize, in_group: bool, verb: usize, order: usize },
    /// Takes the next step with an order, by a user who has the right, so that orders progress.
    Work { verb: usize, order: usize },
    /// Takes one of the steps that are next, with all its answers, so that orders get to their end.
    Advance { way: usize, order: usize },
    /// Writes something.
    Say { who: usize, in_group: bool, what: usize },
    /// Takes a whole new order in the dialogue, if they may.
    TakeOrder { who: usize },
    /// Changes an order in a whole dialogue, by an admin.
    Change { what: usize, order: usize },
    /// Searches for the client of an order.
    Search { who: usize, what: usize, order: usize },
    /// Looks at what is counted or listed for staff.
    Look { what: usize, order: usize },
}

/// `O` an order, `M` a master's row, `T` a master's Telegram number.
const FORGED: [&str; 63] = [
    "select_master_for_order:O:M",
    "select_new_master_for_order:O:M",
    "unassign_master:O",
    "view_order:O",
    "view_order_master:O",
    "close_order:O",
    "refuse_order:O",
    "reopen_order:O",
    "accept_order:O",
    "refuse_order_master:O",
    "onsite_order:O",
    "complete_order:O",
    "dr_order:O",
    "group_accept_order:O",
    "group_refuse_order:O",
    "group_onsite_order:O",
    "group_complete_order:O",
    "group_dr_order:O",
    "hand_back_order:O",
    "group_hand_back_order:O",
    "refuse_order_complete:O",
    "admin_accept_order:O",
    "admin_onsite_order:O",
    "admin_dr_order:O",
    "more:O",
    "reschedule_order:O",
    "group_reschedule_order:O",
    "client_waiting:O",
    "set_work_chat:T",
    "deactivate_master:T",
    "activate_master:T",
    "dialog_back:2",
    "dialog_skip:1",
    "review:yes",
    "filter_orders:all",
    "edit_order:O",
    "edit_field:O:address",
    "edit_field:O:equipment",
    "comment_order:O",
    "order_comments:O:1",
    "order_history:O:1",
    "delete_order:O",
    "restore_order:O",
    "repeat_order:O",
    "correct_order:O",
    "correct_field:O:total",
    "correct_review:O:yes",
    "correct_master:O:M",
    "client:O",
    "open:O:t",
    "open:O:o:-:-:-:1",
    "list:t",
    "list:h:1",
    "fire_master:T",
    "dismiss_master:T",
    "approve_master:T",
    "day_off:T:week",
    "day_off:T:over",
    "hand_over_to:O:M",
    "revoke_role:1002:DISPATCHER",
    "address_from:assigned",
    "address_from:accepted",
    "found_users:1:1",
];

/// How many of [`FORGED`] move an order.
const WORK: usize = 21;

const SAID: [&str; 21] = [
    "0",
    "1000",
    "7 000,50",
    "6999.99",
    "да",
    "-",
    "занят",
    key::SKIP,
    key::CANCEL,
    key::CONFIRM,
    key::MY_ORDERS,
    "📅 Сегодня",
    key::ALL_ORDERS,
    "/start",
    "/order 1",
    "/order 2",
    "завтра с 10 до 12",
    "/today",
    "/find 1",
    "/find нина",
    "-1001234567890",
];

fn acts(longest: usize) -> impl Strategy<Value = Vec<Act>> {
    let who = || 0..PEOPLE.len();
    let in_group = || prop::bool::weighted(0.2);
    let press = (who(), in_group(), 0..12_usize).prop_map(|(who, in_group, which)| Act::Press {
        who,
        in_group,
        which,
    });
    let forge = (who(), in_group(), 0..FORGED.len(), 0..5_usize)
        .prop_map(|(who, in_group, verb, order)| Act::Forge { who, in_group, verb, order });
    let say =
        (who(), in_group(), 0..SAID.len()).prop_map(|(who, in_group, what)| Act::Say { who, in_group, what });
    let take = who().prop_map(|who| Act::TakeOrder { who });
    let change = (0..dialogues::CHANGES, 0..5_usize).prop_map(|(what, order)| Act::Change { what, order });
    let work = (0..WORK, 0..3_usize).prop_map(|(verb, order)| Act::Work { verb, order });
    let advance = (0..3_usize, 0..3_usize).prop_map(|(way, order)| Act::Advance { way, order });
    let search =
        (who(), 0..3_usize, 0..5_usize).prop_map(|(who, what, order)| Act::Search { who, what, order });
    let look = (0..looks::LOOKS, 0..5_usize).prop_map(|(what, order)| Act::Look { what, order });
    prop::collection::vec(
        prop_oneof![4 => press, 4 => forge, 3 => say, 4 => work, 4 => advance, 1 => take, 3 => change, 1 => search, 1 => look],
        longest / 4..longest,
    )
}

/// An empty database with the schema, made once and copied.
static EMPTY: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty.db");
    let store = TestDatabase::Sqlite(path.clone());
    botctl::testing::migrate::apply_pending(&mut store.open()).unwrap();
    (folder, path)
});

/// What has to happen in the plays of a test. Names with a dot as in the audit log, or as the looks are counted.
const HAPPENS: [&str; 20] = [
    "order.create",
    "order.assign",
    "order.reassign",
    "order.take_off",
    "order.accept",
    "order.decline",
    "order.hand_back",
    "order.arrive_on_site",
    "order.start_long_repair",
    "order.close",
    "order.client_decline",
    "order.refuse",
    "order.reopen",
    "order.reschedule",
    "order.edit",
    "order.comment",
    "order.correct",
    "order.repeat",
    "order.delete",
    "order.restore",
];
const LOOKED_AT: [&str; 5] = ["search.staff", "search.master", "look.list", "look.client", "look.day"];

/// Plays the acts of the first seeds; each of them is the same in every run.
fn plays(backend: Backend, seeds: u64, longest: usize) {
    // More of them on demand, to search for what a quick run does not find.
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let (mut tally, mut failures) = (Tally::new(), Vec::new());
    for seed in 0..asked.unwrap_or(seeds) {
        match play_acts(backend, &seeded_acts(seed, longest)) {
            Ok(done) => done.into_iter().for_each(|(what, times)| *tally.entry(what).or_default() += times),
            Err(failure) => failures.push(format!("seed {seed}, {failure}")),
        }
    }
    assert!(failures.is_empty(), "{} failed:\n{}", failures.len(), failures.join("\n"));
    let missing: Vec<_> =
        HAPPENS.iter().chain(&LOOKED_AT).filter(|what| !tally.contains_key(**what)).collect();
    assert!(missing.is_empty(), "never happened: {missing:?}; what did: {tally:#?}");
}

fn seeded_acts(seed: u64, longest: usize) -> Vec<Act> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    acts(longest).new_tree(&mut runner).unwrap().current()
}

fn play_acts(backend: Backend, acts: &[Act]) -> Result<Tally, String> {
    let folder = tempfile::tempdir().unwrap();
    let store = TestDatabase::new(backend, folder.path());
    if let TestDatabase::Sqlite(path) = &store {
        std::fs::copy(&EMPTY.1, path).unwrap();
    }
    let mut conn = store.open();
    match backend {
        // There are no kills here.
        Backend::Sqlite => execute(&mut conn, "PRAGMA synchronous = OFF"),
        Backend::Postgres => {
            botctl::testing::migrate::apply_pending(&mut conn).unwrap();
            execute(&mut conn, "SET synchronous_commit = off");
        }
    }
    let mut play = Play::begin(conn);
    let first = [0, 1, 1].map(|who| Act::TakeOrder { who });
    let assigned = [0, 1].map(|order| Act::Work { verb: 0, order });
    for (number, act) in first.iter().chain(&assigned).chain(acts).enumerate() {
        play.act(act).map_err(|error| format!("act {number} {act:?}: {error}"))?;
    }
    Ok(play.into_tally())
}

#[test]
fn random_actions_keep_invariants_and_visibility_on_sqlite() {
    plays(Backend::Sqlite, 30, 120);
}

#[test]
fn random_actions_keep_invariants_and_visibility_on_postgres() {
    if has_postgres() {
        plays(Backend::Postgres, 14, 120);
    }
}

/// The same through the real program, one sequence.
#[test]
fn random_actions_in_the_real_program_keep_invariants() {
    let world = staffed().build(Backend::Sqlite);
    world.allow_failed_calls();
    let mut random = rand::rng();
    let mut done = Vec::new();
    for status in [OrderStatus::New, OrderStatus::Assigned, OrderStatus::OnSite] {
        world.order_in(status);
    }
    for _ in 0..150 {
        let player = world.player(*PEOPLE.choose(&mut random).unwrap());
        let offered = player.buttons();
        match offered.choose(&mut random) {
            Some(data) if rand::random_bool(0.7) => {
                done.push(format!("{} {data}", player.id));
                player.presses(data);
            }
            _ => {
                let said = *SAID.choose(&mut random).unwrap();
                done.push(format!("{} {said}", player.id));
                player.says(said);
            }
        }
    }
    for id in world.orders() {
        let (order, way) = (world.order(id), world.history(id));
        assert_eq!(way.last().unwrap().1, order.status.as_str(), "{done:#?}");
        assert!(way.windows(2).all(|pair| Some(&pair[0].1) == pair[1].0.as_ref()), "{way:?} {done:#?}");
        if let (Some(total), Some(materials), Some(master), Some(company)) =
            (order.total, order.materials, order.master_share, order.company_share)
        {
            assert_eq!(master.0 + company.0, total.0 - materials.0);
        }
    }
    assert_eq!(world.terminate(), 0);
    assert_eq!((world.unfinished(), world.messages_that_are("pending")), (0, 0));
    assert!(!world.texts_sent_to(STRANGER).iter().any(|said| said.contains(crate::database_rows::PHONE)));
}
