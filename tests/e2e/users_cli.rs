//! `users list|show|grant|revoke|sync`, beside a running bot and without one.

use botctl::testing::domain::{OrderStatus, TelegramId};
use rstest::rstest;
use serde_json::{Value, json};

use crate::world::{
    ADMIN, Backend, DISPATCHER, MASTER, OTHER_DISPATCHER, OTHER_MASTER, STRANGER, empty, execute, staffed,
};

/// The last row of the audit log: who, what, details.
fn last_audit(world: &crate::world::World) -> (Option<i64>, String, String) {
    use botctl::testing::db::schema::audit_log::dsl::{action, audit_log, details, id, user_id};
    use diesel::prelude::*;
    let row: (Option<i64>, String, Option<String>) =
        world.db(|conn| audit_log.order(id.desc()).select((user_id, action, details)).first(conn)).unwrap();
    (row.0, row.1, row.2.unwrap_or_default())
}

/// A well-formed id of a chat that does not exist.
const UNKNOWN_CHAT: &str = "-6000000000099999";

#[rstest]
fn users_are_listed_with_roles_and_without_phones(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.db(|conn| execute(conn, "UPDATE masters SET is_active = false WHERE telegram_id = 2002"));
    let all = world.ask(&["users", "list"]).ends(0);
    let cells: Vec<String> =
        all.cells().into_iter().map(|line| line.rsplitn(3, ' ').last().unwrap().to_owned()).collect();
    assert_eq!(
        cells,
        [
            "ID NAME USERNAME ROLES MASTER",
            "1001 Алла Админова - ADMIN -",
            "1002 Дарья Диспетчерова @darya_made_up DISPATCHER -",
            "1003 Денис Дежурный - DISPATCHER -",
            "2001 Михаил Мастеров - MASTER active",
            "2002 Матвей Другой - MASTER inactive",
            "3001 Степан Посторонний - UNKNOWN -",
        ]
    );
    assert!(!all.out.contains("7900000") && all.err.is_empty(), "{all:?}");
    let masters = world.ask_json(&["users", "list", "--role", "master"], 0);
    assert!(!masters.to_string().contains("7900000"), "{masters}");
    let users = masters["data"]["users"].as_array().unwrap();
    assert_eq!(users.len(), 2);
    let mut first = users[0].clone();
    assert!(first["since"].take().as_str().unwrap().ends_with('Z'));
    assert!(first["master"]["id"].take().is_i64());
    assert_eq!(
        first,
        json!({
            "telegram_id": MASTER, "is_placeholder": false, "name": "Михаил Мастеров", "username": null, "roles": ["MASTER"], "since": null,
            "master": { "id": null, "is_active": true, "is_approved": true },
        })
    );
    world.ask(&["users", "list", "--role", "boss"]).ends(2);
}

#[rstest]
fn control_characters_in_names_are_escaped(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.db(|conn| execute(conn, "UPDATE users SET first_name = 'A\u{1b}[31mB', last_name = 'x\u{9b}y', username = 'u\u{202e}' WHERE telegram_id = 3001"));
    for arguments in
        [&["users", "list"][..], &["users", "show", "3001"], &["users", "grant", "3001", "ADMIN"]]
    {
        let said = world.ask(arguments).ends(0);
        assert!(said.out.contains('B') && !said.out.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{said:?}");
    }
}

#[rstest]
fn user_is_shown_with_orders_and_masked_phone(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    for status in [OrderStatus::New, OrderStatus::Assigned, OrderStatus::OnSite, OrderStatus::Closed] {
        world.order_in(status);
    }
    let said = world.ask(&["users", "show", "2001"]).ends(0);
    let mut cells = said.cells();
    assert!(cells.remove(5).starts_with("since 20"), "{said:?}");
    assert_eq!(
        cells,
        [
            "id 2001",
            "name Михаил Мастеров",
            "username -",
            "roles MASTER",
            "language not chosen",
            "orders 0 created",
            "master active, сантехника",
            "phone +7******2001",
            "orders in the private chat",
            "as master 2 active, 1 closed",
        ]
    );
    let shown = world.ask_json(&["users", "show", "2001"], 0);
    assert!(
        !shown.to_string().contains("79000002001")
            && !shown.to_string().contains(crate::database_rows::CLIENT)
    );
    assert_eq!(shown["data"]["orders"], json!({ "created": 0, "active": 2, "closed": 1 }));
    assert_eq!(shown["data"]["phone"], "+7******2001");
    let dispatcher = world.ask(&["users", "show", "1002"]).ends(0);
    assert!(
        dispatcher.out.contains("4 created") && dispatcher.out.contains("configured    DISPATCHER"),
        "{dispatcher:?}"
    );
    let unknown = world.ask_json(&["users", "show", "99"], 1);
    assert_eq!(unknown["error"]["kind"], "failed");
    assert!(unknown["error"]["hint"].as_str().unwrap().contains("press Start"), "{unknown}");
    world.ask(&["users", "show", "-5"]).ends(2);
}

#[rstest]
fn a_placeholder_is_shown_and_gets_no_role(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.db(|conn| execute(conn, &format!("INSERT INTO users (telegram_id, first_name, role, created_at) VALUES ({UNKNOWN_CHAT}, 'Пётр', 'UNKNOWN', '2026-01-01 10:00:00')")));
    let listed = world.ask(&["users", "list"]).ends(0);
    assert!(
        listed.cells().iter().any(|line| line.starts_with(&format!("{UNKNOWN_CHAT} Пётр (placeholder) "))),
        "{listed:?}"
    );
    let shown = world.ask(&["users", "show", UNKNOWN_CHAT]).ends(0);
    assert!(shown.cells().contains(&"name Пётр (placeholder)".to_owned()), "{shown:?}");
    let document = world.ask_json(&["users", "show", UNKNOWN_CHAT], 0);
    assert_eq!(document["data"]["is_placeholder"], true);
    for verb in ["grant", "revoke"] {
        let said = world.ask(&["users", verb, UNKNOWN_CHAT, "ADMIN"]).ends(2);
        assert!(said.err.contains("placeholder, which cannot hold a role"), "{said:?}");
    }
    let wrong = world.ask(&["users", "show", "0"]).ends(2);
    assert!(wrong.err.contains("`botctl users list`"), "{wrong:?}");
}

#[rstest]
fn role_changes_apply_to_the_next_message(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let stranger = world.stranger();
    let said = world.ask(&["users", "grant", "3001", "dispatcher"]).ends(0);
    assert_eq!(said.out, "3001 (Степан Посторонний): DISPATCHER (was UNKNOWN)\n");
    assert!(said.err.contains("/start"), "{said:?}");
    assert_eq!(
        last_audit(&world),
        (None, "operator.grant".to_owned(), "user=3001 role=DISPATCHER".to_owned())
    );
    stranger.says("/start").hears("Степан");
    assert!(stranger.menu().contains(&"➕ Создать заявку".to_owned()), "{:?}", stranger.menu());
    // Once more changes nothing, and nothing is written down.
    let audit = world.audit().len();
    let again = world.ask_json(&["users", "grant", "3001", "DISPATCHER"], 0);
    assert_eq!(again["data"]["changed"], false);
    assert_eq!(world.audit().len(), audit);

    let gone = world.ask_json(&["users", "revoke", "3001", "DISPATCHER"], 0);
    assert_eq!(
        gone["data"],
        json!({
            "telegram_id": STRANGER, "name": "Степан Посторонний", "role": "DISPATCHER", "changed": true,
            "before": ["DISPATCHER"], "roles": [], "still_configured": false,
        })
    );
    assert_eq!(
        last_audit(&world),
        (None, "operator.revoke".to_owned(), "user=3001 role=DISPATCHER".to_owned())
    );
    stranger.says("➕ Создать заявку");
    assert_eq!(world.dialogues(), 0, "a dialogue was begun without the right");
    let nothing = world.ask(&["users", "revoke", "3001", "DISPATCHER"]).ends(0);
    assert_eq!(nothing.out, "nothing to do: 3001 does not have the role DISPATCHER\n");
}

#[rstest]
fn users_who_never_pressed_start_are_not_messaged(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().build_or_skip(backend) else { return };
    for verb in ["grant", "revoke"] {
        let said = world.ask(&["users", verb, "3001", "ADMIN"]).ends(1);
        assert!(said.err.contains("unknown user: 3001") && said.err.contains("press Start"), "{said:?}");
        let document = world.ask_json(&["users", verb, "3001", "ADMIN"], 1);
        assert_eq!(document["error"]["kind"], "failed");
    }
    assert_eq!(world.users_called(STRANGER), 0);
}

#[rstest]
fn granting_and_revoking_master_follow_the_master_record(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let never = world.ask(&["users", "grant", "3001", "MASTER"]).ends(1);
    assert!(
        never.err.contains("never added as a master") && never.err.contains("add them in the bot"),
        "{never:?}"
    );
    assert_eq!(world.roles(STRANGER), "UNKNOWN");

    let (first, second) = (world.order_in(OrderStatus::Assigned), world.order_in(OrderStatus::LongRepair));
    world.order_in(OrderStatus::Closed);
    let busy = world.ask(&["users", "revoke", "2001", "MASTER"]).ends(1);
    assert!(busy.err.contains(&format!("active orders: {first}, {second}\n")), "{busy:?}");
    assert_eq!(world.roles(MASTER), "MASTER");

    world.ask(&["users", "revoke", "2002", "MASTER"]).ends(0);
    let master = |world: &crate::world::World| {
        world
            .db(|conn| botctl::testing::db::find_master_of_user(conn, TelegramId(OTHER_MASTER)))
            .unwrap()
            .unwrap()
    };
    let before = master(&world);
    assert!(!before.is_approved && before.phone == format!("+7900000{OTHER_MASTER}"));
    assert_eq!(world.roles(OTHER_MASTER), "UNKNOWN");
    // They cannot be assigned an order now.
    let order = world.order_in(OrderStatus::New);
    world.dispatcher().presses_old(&format!("select_master_for_order:{order}:{}", before.id));
    assert_eq!(world.status(order), OrderStatus::New);
    world.ask(&["users", "grant", "2002", "MASTER"]).ends(0);
    assert!(master(&world).is_approved && world.roles(OTHER_MASTER) == "MASTER");
    world.dispatcher().presses_old(&format!("select_master_for_order:{order}:{}", before.id));
    assert_eq!(world.status(order), OrderStatus::Assigned);
}

#[rstest]
fn revoking_the_last_admin_asks_and_configuration_restores_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let asked = world.ask(&["users", "revoke", "1001", "ADMIN"]).ends(6);
    assert!(
        asked.err.contains("1001 is the only administrator; revoking leaves none")
            && asked.err.contains("--yes"),
        "{asked:?}"
    );
    assert_eq!(
        world.ask_json(&["users", "revoke", "1001", "ADMIN"], 6)["error"]["kind"],
        "needs_confirmation"
    );
    assert_eq!(world.roles(ADMIN), "ADMIN");
    let done = world.ask(&["users", "revoke", "1001", "ADMIN", "--yes"]).ends(0);
    assert!(
        done.err.contains("1001 is in ADMIN_IDS (environment)") && done.err.contains("again"),
        "{done:?}"
    );
    assert_eq!(world.roles(ADMIN), "UNKNOWN");
    // With a second admin there is no question.
    world.ask(&["users", "grant", "1001", "ADMIN"]).ends(0);
    world.ask(&["users", "grant", "3001", "ADMIN"]).ends(0);
    let done = world.ask_json(&["users", "revoke", "1001", "ADMIN"], 0);
    assert_eq!(done["data"]["still_configured"], true);
    // The configuration gives it back, as the warning says.
    world.admin().says("/help");
    assert_eq!(world.roles(ADMIN), "ADMIN");
}

#[rstest]
fn sync_grants_configured_roles_and_lists_the_users(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().with("DISPATCHER_IDS", "1002,1003,77").build_or_skip(backend) else { return };
    world.db(|conn| execute(conn, "UPDATE users SET role = 'MASTER' WHERE telegram_id = 1001"));
    let said = world.ask(&["users", "sync"]).ends(0);
    assert_eq!(
        said.out,
        "1001 (Алла Админова): ADMIN,MASTER (was MASTER)\n2 of 4 already had their roles\n\
         77 gets DISPATCHER after pressing Start\n"
    );
    assert_eq!(world.roles(ADMIN), "ADMIN,MASTER");
    let again = world.ask_json(&["users", "sync"], 0);
    assert_eq!(
        again["data"],
        json!({ "changed": [], "unchanged": 3, "unknown_users": [{ "telegram_id": 77, "roles": ["DISPATCHER"] }] })
    );
    assert_eq!([DISPATCHER, OTHER_DISPATCHER].map(|id| world.roles(id)), ["DISPATCHER", "DISPATCHER"]);
}

#[rstest]
fn missing_database_or_other_schema_is_refused(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    let commands: [&[&str]; 5] = [
        &["users", "list"],
        &["users", "show", "1"],
        &["users", "grant", "1", "ADMIN"],
        &["users", "revoke", "1", "ADMIN"],
        &["users", "sync"],
    ];
    // PostgreSQL has an empty one.
    let code = if backend_is_sqlite(&world) { 4 } else { 3 };
    for command in commands {
        let document = world.ask_json(command, code);
        assert!(document["error"]["hint"].is_string(), "{document}");
    }
    assert_eq!(std::fs::read_dir(world.cwd().parent().unwrap()).unwrap().count(), 2, "something was made");
}

fn backend_is_sqlite(world: &crate::world::World) -> bool {
    matches!(world.store, crate::world::TestDatabase::Sqlite(_))
}

/// A database that another program keeps locked is waited for, and then said to be locked.
#[test]
fn held_lock_is_waited_for() {
    use std::io::BufRead;
    let world = staffed().build(crate::world::Backend::Sqlite);
    world.terminate();
    let mut held = world.store.open();
    execute(&mut held, "BEGIN IMMEDIATE");
    let mut child = world
        .command(&["users", "grant", "3001", "ADMIN", "--json"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // It has opened the file to write, so it is at the lock or before it; either way it must get through.
    let open = || {
        let files = std::fs::read_dir(format!("/proc/{}/fd", child.id())).ok()?;
        files.flatten().find(|file| std::fs::read_link(file.path()).is_ok_and(|to| to.ends_with("bot.db")))
    };
    while open().is_none() {
        std::thread::yield_now();
    }
    execute(&mut held, "COMMIT");
    let mut line = String::new();
    std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let document: Value = serde_json::from_str(&line).unwrap();
    assert!(child.wait().unwrap().success() && document["data"]["changed"] == true, "{document}");
}
