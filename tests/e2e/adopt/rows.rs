//! What is taken over: every row of both schemas, schema objects, the report, and the bot afterwards.

use super::*;

#[test]
fn both_legacy_schemas_are_adopted_row_by_row() {
    let made_by_alembic = [
        ("orders skip_label", 98),
        ("orders missing_user", 5),
        ("orders missing_master", 5),
        ("orders shares_rounded", 40),
        ("orders kopeck_fractions", 85),
        ("users role_order", 5),
    ];
    let made_by_init_db = [
        ("orders skip_label", 93),
        ("orders missing_user", 5),
        ("orders missing_master", 4),
        ("orders shares_rounded", 32),
        ("orders kopeck_fractions", 79),
        ("users role_order", 5),
    ];
    for (sql, made_by, mended) in
        [(ALEMBIC, "alembic 001_initial_schema", made_by_alembic), (INIT_DB, "init_db", made_by_init_db)]
    {
        let old = LegacyFolder::new(sql);
        let source = old.folder.path().join("source.db");
        fs::copy(old.file(), &source).unwrap();
        let report = old.adopt();
        assert_eq!(report["old_schema"], made_by);
        let mended = mended.map(|(kind, count)| (kind.to_owned(), count));
        assert_eq!(counts_by_kind(&report, "repaired"), mended);
        assert_eq!(report["kept_in_legacy"], json!([]));
        assert_rows_match_source(&old.file(), &source);
        let mut conn = connect(&old.file());
        // The rules of this report hold in the database, too.
        for table in report["tables"].as_array().unwrap() {
            let name = table["name"].as_str().unwrap();
            assert_eq!(
                query_number(&mut conn, &format!("SELECT count(*) AS n FROM {name}")),
                table["rows_out"].as_i64().unwrap()
            );
        }
        for sum in report["money"].as_array().unwrap() {
            let column = sum["column"].as_str().unwrap();
            assert_eq!(
                query_number(&mut conn, &format!("SELECT sum({column}) AS n FROM orders")),
                sum["sum_out"].as_i64().unwrap()
            );
            // The sum of the old column.
            assert_eq!(
                query_number(
                    &mut connect(&source),
                    &format!("SELECT CAST(round(sum({column}) * 100) AS INTEGER) AS n FROM orders")
                ),
                sum["sum_in"].as_i64().unwrap()
            );
        }
        // New orders go on where the old ones ended.
        assert_eq!(
            query_number(&mut conn, "SELECT seq AS n FROM sqlite_sequence WHERE name = 'orders'"),
            400
        );
        assert_eq!(query_texts(&mut conn, "SELECT journal_mode AS row FROM pragma_journal_mode"), ["wal"]);
        drop(conn);
        old.run(&["migrate", "status", "--check"], 0);
        // The backup is the old database.
        let backup = old.folder.path().join(report["backup"].as_str().unwrap());
        let mut backup = connect(&backup);
        assert_eq!(
            query_number(
                &mut backup,
                "SELECT count(*) AS n FROM orders WHERE scheduled_time LIKE '%Пропустить'"
            ),
            i64::try_from(mended[0].1).unwrap()
        );
    }
}

#[test]
fn second_adoption_does_nothing() {
    for sql in [ALEMBIC, LATER] {
        let old = LegacyFolder::new(sql);
        old.adopt();
        let (before, files) = (old.bytes(), old.files());
        let report = old.adopt();
        assert_eq!((&report["adopted"], &report["backup"]), (&json!(false), &Value::Null));
        let text = old.run(&["migrate", "adopt"], 0);
        assert!(String::from_utf8_lossy(&text.stdout).starts_with("nothing to do"), "{}", said(&text));
        old.run(&["migrate", "adopt", "--dry-run"], 0);
        assert!(old.bytes() == before, "the file has changed");
        assert_eq!(old.files(), files);
    }
}

#[test]
fn later_legacy_version_is_adopted_with_its_oddities() {
    let old = LegacyFolder::new(LATER);
    let report = old.adopt();
    let aside = [
        ("audit_log deleted", 1),
        ("masters deleted", 1),
        ("users deleted", 2),
        ("order_status_history no_order", 1),
    ];
    assert_eq!(
        counts_by_kind(&report, "kept_in_legacy"),
        aside.map(|(kind, count)| (kind.to_owned(), count))
    );
    for kind in [
        "users senior_master",
        "users unknown_role",
        "orders unknown_status",
        "masters work_chat",
        "orders shares_off",
        "orders deleted_order",
    ] {
        assert_eq!(count_of(&report, kind), 1, "{kind}");
    }
    let mut conn = connect(&old.file());
    assert_sound(&mut conn);
    let people =
        "SELECT telegram_id || ' ' || role || ' ' || coalesce(first_name, '-') || ' ' || created_at AS row
                  FROM users WHERE telegram_id > 0 ORDER BY id";
    assert_eq!(
        query_texts(&mut conn, people),
        [
            "501 ADMIN Anna 2025-11-01 08:00:00",
            "502 DISPATCHER,MASTER Denis 2025-11-01 08:00:01.500",
            "503 MASTER Semyon 2025-11-01 08:00:02",
            "505 MASTER Olga 2025-11-01 08:00:04",
            "507 MASTER - 2025-11-02 08:00:04",
        ]
    );
    let masters = "SELECT id || ' ' || telegram_id || ' ' || phone || ' ' || is_active || is_approved || ' ' || coalesce(work_chat_id, '-') AS row
                   FROM masters ORDER BY id";
    assert_eq!(
        query_texts(&mut conn, masters),
        [
            "1 502 +79000000502 11 -1001000000502",
            "2 503 +79000000503 11 -",
            "3 -6000000000000003  01 -",
            "4 -6000000000000004 +79000000506 01 -",
            "5 507 +79000000507 11 -",
            "41 -6000000000000041  01 -",
        ]
    );
    let senior = "SELECT telegram_id || '' AS row FROM masters WHERE is_senior";
    assert_eq!(query_texts(&mut conn, senior), ["503"]);
    let orders = "SELECT id || ' ' || status || ' ' || coalesce(assigned_master_id, '-') || ' ' || coalesce(dispatcher_id, '-')
                  || ' ' || coalesce(scheduled_time, '-') || ' ' || coalesce(total_amount, '-') || ' ' || coalesce(materials_cost, '-')
                  || ' ' || coalesce(master_profit, '-') || ' ' || coalesce(company_profit, '-') || ' ' || coalesce(has_review, '-')
                  || ' ' || created_at AS row FROM orders ORDER BY id";
    assert_eq!(
        query_texts(&mut conn, orders),
        [
            "10 NEW - 502 - - - - - 0 2025-11-03 08:00:00",
            "11 CLOSED 1 502 - 100000 10050 36000 53950 0 2025-11-03 08:00:01",
            "12 ASSIGNED 2 -5000000000000504 tomorrow - - - - - 2025-11-03 08:00:02",
            "13 ONSITE 41 502 - - - - - 0 2025-11-04 09:00:00",
            "14 CLOSED 4 -5000000000000999 - 500000 100001 200000 199999 1 2025-11-03 08:00:04",
            "15 CLOSED 3 502 - 120050 - -500 - 1 2025-11-03 08:00:05",
            "16 REFUSED 5 - - - 1000 - - - 2025-11-03 08:00:06",
        ]
    );
    // The deleted order can be restored, and the number of the next one is beyond all that ever were.
    let deleted =
        "SELECT concat_ws(' ', id, description, deleted_at) AS row FROM orders WHERE deleted_at IS NOT NULL";
    assert_eq!(query_texts(&mut conn, deleted), ["11 Deleted by mistake 2025-11-10 12:00:00"]);
    assert_eq!(query_number(&mut conn, "SELECT seq AS n FROM sqlite_sequence WHERE name = 'orders'"), 40);
    assert_eq!(
        query_texts(&mut conn, "SELECT new_status AS row FROM order_status_history WHERE id = 3"),
        ["RESCHEDULED"]
    );
    // What has no place is where the report says.
    for table in report["unknown_tables"].as_array().unwrap() {
        let legacy = table["legacy"].as_str().unwrap();
        assert_eq!(
            query_number(&mut conn, &format!("SELECT count(*) AS n FROM {legacy}")),
            table["rows"].as_i64().unwrap()
        );
    }
    assert_eq!(query_texts(&mut conn, "SELECT hex(value) AS row FROM legacy_settings"), ["00FF"]);
    let dropped: Vec<_> =
        report["dropped"].as_array().unwrap().iter().map(|gone| gone["name"].as_str().unwrap()).collect();
    assert_eq!(dropped, ["orders_touch", "active_orders", "broken_view", "orders_by_status"]);
}

/// What the later versions add to a table of the first one.
const LATER_COLUMNS: &str = "
    ALTER TABLE orders ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE orders ADD COLUMN deleted_at TIMESTAMP;
    ALTER TABLE orders ADD COLUMN refuse_reason TEXT;
    ALTER TABLE orders ADD COLUMN estimated_completion_date TIMESTAMP;
    ALTER TABLE orders ADD COLUMN prepayment_amount FLOAT;
    ALTER TABLE orders ADD COLUMN out_of_city BOOLEAN;
    ALTER TABLE orders ADD COLUMN rescheduled_count INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE orders ADD COLUMN last_rescheduled_at TIMESTAMP;
    ALTER TABLE orders ADD COLUMN reschedule_reason TEXT;";

#[test]
fn moscow_times_of_later_versions_become_utc() {
    let times = "
        UPDATE orders SET created_at = '2025-11-20 13:14:02.123456', updated_at = '2025-11-20 13:14:02' WHERE id = 1;
        UPDATE orders SET created_at = '2025-11-20T13:14:02+03:00', updated_at = '2025-11-21 00:30:00.000000' WHERE id = 2;
        UPDATE orders SET created_at = '2025-10-20 23:59:59.999999', updated_at = NULL WHERE id = 3;
        UPDATE orders SET created_at = NULL, updated_at = '2025-12-01 03:00:00.000001' WHERE id = 4;
        UPDATE order_status_history SET changed_at = '2025-11-20 13:14:02.123456' WHERE id = 1;
        UPDATE audit_log SET timestamp = '2025-11-20 13:14:02.123456' WHERE id = 1;";
    let seen = |old: &LegacyFolder| {
        let mut conn = connect(&old.file());
        let mut rows = query_texts(
            &mut conn,
            "SELECT id || ' ' || created_at || ' ' || updated_at AS row FROM orders WHERE id < 5 ORDER BY id",
        );
        rows.extend(query_texts(
            &mut conn,
            "SELECT changed_at AS row FROM order_status_history WHERE id = 1",
        ));
        rows.extend(query_texts(&mut conn, "SELECT timestamp AS row FROM audit_log WHERE id = 1"));
        rows
    };
    for marker in
        ["ALTER TABLE orders ADD COLUMN version INTEGER", "ALTER TABLE orders ADD COLUMN deleted_at"]
    {
        // Only the rows of this test may have such times.
        let plain = "UPDATE orders SET created_at = substr(created_at, 1, 19), updated_at = substr(updated_at, 1, 19);
            UPDATE order_status_history SET changed_at = substr(changed_at, 1, 19);
            UPDATE audit_log SET timestamp = substr(timestamp, 1, 19);";
        let (old, report) = adopt_with(&format!("{marker}; {plain} {times}"));
        assert_eq!(
            seen(&old),
            [
                "1 2025-11-20 10:14:02.123456 2025-11-20 13:14:02",
                "2 2025-11-20 10:14:02 2025-11-20 21:30:00",
                "3 2025-10-20 23:59:59.999999 2025-10-20 23:59:59.999999",
                "4 2025-12-01 00:00:00.000001 2025-12-01 00:00:00.000001",
                "2025-11-20 10:14:02.123456",
                "2025-11-20 10:14:02.123456",
            ]
        );
        let counts = ["orders", "order_status_history", "audit_log"]
            .map(|table| count_of(&report, &format!("{table} moscow_time")));
        assert_eq!(counts, [3, 1, 1]);
    }
    // The first version wrote UTC in this form, too.
    let (old, report) = adopt_with(times);
    assert_eq!(seen(&old)[0], "1 2025-11-20 13:14:02.123456 2025-11-20 13:14:02");
    assert_eq!(count_of(&report, "orders moscow_time"), 0);
}

#[test]
fn columns_of_later_versions_are_taken_over() {
    let (old, report) = adopt_with(&format!(
        "{LATER_COLUMNS}
         UPDATE orders SET notes = 'домофон 17к', refuse_reason = ' дорого ', estimated_completion_date = '2025-11-30 18:30:00.000000',
             prepayment_amount = 500.5, out_of_city = 1, rescheduled_count = 2, last_rescheduled_at = '2025-11-25 00:00:00.000000',
             reschedule_reason = 'клиент попросил' WHERE id = 1;
         UPDATE orders SET notes = NULL, prepayment_amount = 0, out_of_city = 0, refuse_reason = '' WHERE id = 2;
         UPDATE orders SET notes = '', estimated_completion_date = 'через неделю' WHERE id = 3;
         UPDATE orders SET deleted_at = '2025-11-25 00:00:00.000000', refuse_reason = 'ошибка' WHERE id = 4"
    ));
    let mut conn = connect(&old.file());
    let notes =
        query_texts(&mut conn, "SELECT coalesce(notes, '-') AS row FROM orders WHERE id < 5 ORDER BY id");
    assert_eq!(
        notes,
        [
            "домофон 17к\nПеренесено: 25.11.2025\nПричина переноса: клиент попросил",
            "-",
            "Обещано: через неделю",
            "",
        ]
    );
    let columns = "SELECT concat_ws(' ', coalesce(refuse_reason, '-'), coalesce(promised_date, '-'), coalesce(prepayment, '-'),
                                    coalesce(out_of_city, '-'), reschedule_count) AS row FROM orders WHERE id < 5 ORDER BY id";
    assert_eq!(
        query_texts(&mut conn, columns),
        ["дорого 2025-11-30 50050 1 2", "- - - 0 0", "- - - - 0", "ошибка - - - 0"]
    );
    assert_eq!(count_of(&report, "orders later_columns"), 3);
    // A deleted order can be restored; its time is Moscow's.
    let deleted = "SELECT concat_ws(' ', id, deleted_at) AS row FROM orders WHERE deleted_at IS NOT NULL";
    assert_eq!(query_texts(&mut conn, deleted), ["4 2025-11-24 21:00:00"]);
    assert_eq!(count_of(&report, "orders deleted_order"), 1);
    let unknown: Vec<_> = report["unknown_columns"].as_array().unwrap().iter().collect();
    let names: Vec<_> = unknown.iter().map(|found| found["column"].as_str().unwrap()).collect();
    assert_eq!(names, ["version"]);
}

#[test]
fn types_in_use_become_rows_and_those_of_finished_orders_only_are_hidden() {
    let (old, _) = adopt_with(
        "UPDATE orders SET equipment_type = 'Кондиционеры', status = 'NEW' WHERE id = 1;
         UPDATE orders SET equipment_type = 'Швейная машинка', status = 'REFUSED' WHERE id = 2;
         UPDATE orders SET equipment_type = 'сантехника' WHERE id = 3",
    );
    let mut conn = connect(&old.file());
    let others = "SELECT concat_ws(' ', name, is_hidden) AS row FROM equipment_types WHERE position > 11 ORDER BY position";
    let added = query_texts(&mut conn, others);
    assert!(added.contains(&"Кондиционеры 0".to_owned()), "{added:?}");
    assert!(added.contains(&"Швейная машинка 1".to_owned()), "{added:?}");
    assert!(!added.iter().any(|name| name.starts_with("сантехника")), "{added:?}");
    let linked = "SELECT o.equipment_type AS row FROM orders o JOIN equipment_types t ON t.id = o.equipment_type_id AND t.name = o.equipment_type WHERE o.id < 3 ORDER BY o.id";
    assert_eq!(query_texts(&mut conn, linked), ["Кондиционеры", "Швейная машинка"]);
}

#[test]
fn report_is_readable() {
    let old = LegacyFolder::new(LATER);
    let dry = old.run(&["migrate", "adopt", "--dry-run"], 0);
    insta::assert_snapshot!(String::from_utf8_lossy(&dry.stdout));
    assert_eq!(stderr(&dry), "");
    // The real run reports the same.
    let real = old.run(&["migrate", "adopt"], 0);
    let rest = |output: &Output| {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (_, rest) = text.split_once("counts and sums match").unwrap();
        rest.replace("\n\nnext: `botctl serve`", "")
    };
    assert_eq!(rest(&dry), rest(&real));
}

fn dropped_objects(report: &Value) -> Vec<String> {
    let dropped = report["dropped"].as_array().unwrap().iter();
    let name =
        |gone: &Value| format!("{} {}", gone["kind"].as_str().unwrap(), gone["name"].as_str().unwrap());
    dropped.map(name).collect()
}

#[test]
fn views_and_triggers_on_other_tables_are_dropped() {
    let table = "CREATE VIRTUAL TABLE found USING";
    for sql in [
        format!("ALTER TABLE orders ADD COLUMN comment TEXT; {table} fts5(comment, content='orders', content_rowid='id');
                 INSERT INTO found (found) VALUES ('rebuild')"),
        format!("CREATE VIEW texts AS SELECT id, description FROM orders; {table} fts5(description, content=texts, content_rowid='id')"),
        format!("{table} fts4(content='orders', description); INSERT INTO found (found) VALUES ('rebuild')"),
        format!("CREATE VIRTUAL TABLE words USING fts5(description, content=''); INSERT INTO words (rowid, description) VALUES (1, 'a');
                 {table} fts5vocab('words', 'row')"),
        // Of a module that is not there.
        format!("CREATE TABLE found_chunks (a); PRAGMA writable_schema = ON;
                 INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql)
                 VALUES ('table', 'found', 'found', 0, '{table} vec0(x)'); PRAGMA writable_schema = OFF"),
    ] {
        let old = LegacyFolder::new(INIT_DB);
        connect(&old.file()).batch_execute(&sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        let dry = document_data(&old.run(&["migrate", "adopt", "--dry-run", "--json"], 0));
        let report = old.adopt();
        assert_eq!(dry["dropped"], report["dropped"]);
        let dropped = report["dropped"].as_array().unwrap();
        let found = dropped.iter().find(|gone| gone["name"] == "found").unwrap_or_else(|| panic!("{sql}: {report}"));
        assert_eq!(found["kind"], "virtual table");
        assert!(found["sql"].as_str().unwrap().starts_with(table), "{found}");
        assert_sound(&mut connect(&old.file()));
        old.run(&["backup"], 0);
        for table in report["unknown_tables"].as_array().unwrap() {
            let query = format!("SELECT count(*) AS n FROM {}", table["legacy"].as_str().unwrap());
            assert_eq!(query_number(&mut connect(&old.file()), &query), table["rows"].as_i64().unwrap());
        }
    }
}

#[test]
fn indexes_of_copied_tables_are_listed() {
    let (_old, report) = adopt_with(
        "CREATE UNIQUE INDEX ux ON orders (lower(description) || id); CREATE INDEX of_users ON users (first_name)",
    );
    assert_eq!(
        dropped_objects(&report),
        [
            "index idx_audit_user_id",
            "index idx_masters_is_approved",
            "index idx_masters_telegram_id",
            "index idx_orders_assigned_master_id",
            "index idx_orders_dispatcher_id",
            "index idx_orders_status",
            "index ux"
        ]
    );
}

#[test]
fn utf16_databases_are_adopted() {
    for encoding in ["UTF-16le", "UTF-16be"] {
        let old = LegacyFolder::new(&format!("PRAGMA encoding = '{encoding}'; {INIT_DB}"));
        let source = old.folder.path().join("source.db");
        fs::copy(old.file(), &source).unwrap();
        let report = old.adopt();
        assert_eq!(count_of(&report, "users bad_text"), 0, "{report}");
        assert_rows_match_source(&old.file(), &source);
        old.run(&["backup"], 0);
        old.run(&["users", "list"], 0);
    }
}

/// A world whose database is the old bot's, taken over.
fn world_with_legacy_database(sql: &str) -> World {
    let world = empty().stopped().build(Backend::Sqlite);
    let file = PathBuf::from(world.store.url());
    connect(&file).batch_execute(sql).unwrap();
    world
}

#[test]
fn legacy_buttons_work_after_adoption() {
    let world = world_with_legacy_database(ALEMBIC);
    let refused = run_to_end(world.command(&["serve"]));
    assert_eq!(refused.status.code(), Some(3), "{}", said(&refused));
    assert!(said(&refused).contains("migrate adopt"), "{}", said(&refused));
    let taken = run_to_end(world.command(&["migrate", "adopt"]));
    assert_eq!(taken.status.code(), Some(0), "{}", said(&taken));
    let file = PathBuf::from(world.store.url());
    let find = "SELECT o.id || ' ' || m.telegram_id || ' ' || o.dispatcher_id AS row
                FROM orders o JOIN masters m ON m.id = o.assigned_master_id JOIN users d ON d.telegram_id = o.dispatcher_id
                WHERE d.role IN ('ADMIN', 'DISPATCHER') AND o.status = 'ASSIGNED' AND m.is_active AND m.work_chat_id IS NULL AND m.telegram_id > 0 ORDER BY o.id LIMIT 1";
    let found = query_texts(&mut connect(&file), find);
    let numbers: Vec<i64> = found[0].split(' ').map(|number| number.parse().unwrap()).collect();
    let [order, master, dispatcher] = numbers[..] else { panic!("{found:?}") };
    for person in [master, dispatcher] {
        world.sandbox.add_user(TelegramUser::new(person, "Имярек").with_language("ru"));
    }
    world.start();
    // Beside it, there is nothing more to take over.
    let running = run_to_end(world.command(&["migrate", "adopt"]));
    assert_eq!(running.status.code(), Some(0), "{}", said(&running));
    world.admin().says("/start");
    let seen = world.admin().presses_old(&format!("view_order:{order}"));
    assert_ne!(seen.outcome, "failed");
    world.admin().sees(&format!("№{order}"));
    // Order 1 refers to a master and a dispatcher who are no longer there; both references are emptied.
    world.admin().presses_old("view_order:1");
    world.admin().sees("№ 99999 (?)");
    // The master's keyboard and buttons are from the old bot's days, too.
    let player = world.player(master);
    world.player(dispatcher).says("/start");
    player.says("/start");
    let accepted = player.presses_old(&format!("group_accept_order:{order}"));
    assert_ne!(accepted.outcome, "failed");
    // The master who accepted the order in the old bot is notified.
    world.player(dispatcher).sees(&format!("№{order}"));
    let status = format!("SELECT status AS row FROM orders WHERE id = {order}");
    assert_eq!(query_texts(&mut connect(&file), &status), [OrderStatus::Accepted.as_str()]);
    let step = format!(
        "SELECT new_status || ' ' || (id > 360) AS row FROM order_status_history WHERE order_id = {order} ORDER BY id DESC LIMIT 1"
    );
    assert_eq!(query_texts(&mut connect(&file), &step), ["ACCEPTED 1"]);
    // Unassigning a placeholder master notifies no user.
    let status = "SELECT status AS row FROM orders WHERE id = 1";
    assert_eq!(query_texts(&mut connect(&file), status), ["ACCEPTED"]);
    let taken_off = world.admin().presses_old("unassign_master:1");
    assert_ne!(taken_off.outcome, "failed");
    assert_eq!(query_texts(&mut connect(&file), status), ["NEW"]);
    assert_eq!(
        query_number(
            &mut connect(&file),
            "SELECT count(*) AS n FROM outbox WHERE chat_id < -5000000000000000"
        ),
        0
    );
    assert_eq!(world.terminate(), 0);
    let roles =
        format!("SELECT role AS row FROM users WHERE telegram_id IN ({master}, {ADMIN}) ORDER BY role");
    let roles = query_texts(&mut connect(&file), &roles);
    assert!(roles[0] == "ADMIN" && roles[1].contains("MASTER"), "{roles:?}");
    assert_sound(&mut connect(&file));
}
