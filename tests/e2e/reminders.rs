//! What the bot reminds of by the clock, which the tests move.

use std::fs;
use std::path::PathBuf;

use botctl::testing::db::schema::{announcements, inbox, outbox};
use botctl::testing::domain::OrderStatus;
use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc, Weekday};
use diesel::prelude::*;
use rstest::rstest;
use tempfile::TempDir;

use crate::broken_host::compile_shim;
use crate::world::{
    ADMIN, Backend, DISPATCHER, MASTER, OTHER_DISPATCHER, OTHER_MASTER, World, WorldSetup, execute, staffed,
};

/// A world whose bot has another time.
pub struct ClockWorld {
    pub world: World,
    offset: PathBuf,
    ahead: TimeDelta,
    _folder: TempDir,
}

impl ClockWorld {
    /// Builds the world at the real time.
    pub fn build_or_skip(setup: WorldSetup, backend: Backend) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let library = compile_shim(folder.path())?;
        let offset = folder.path().join("offset");
        fs::write(&offset, "0").unwrap();
        let setup = setup
            .with("BACKUP_TIME", "")
            .with("TIMEZONE", "UTC")
            .with("LD_PRELOAD", library.to_str().unwrap())
            .with("CLOCK_OFFSET", offset.to_str().unwrap());
        let world = setup.build_or_skip(backend)?;
        let mut clock = Self { world, offset, ahead: TimeDelta::zero(), _folder: folder };
        // Shortly after the jobs were due, so that they are due again only when a test moves the clock.
        let since = clock.now().timestamp().rem_euclid(300);
        clock.advance(TimeDelta::seconds(302 - since));
        Some(clock)
    }

    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.ahead
    }

    /// Moves the bot's clock forward.
    pub fn advance(&mut self, by: TimeDelta) {
        self.ahead += by;
        let next = self.offset.with_extension("next");
        fs::write(&next, self.ahead.num_seconds().to_string()).unwrap();
        fs::rename(&next, &self.offset).unwrap();
    }

    /// Moves it to the next time of day.
    pub fn advance_to(&mut self, hour: u32, minute: u32) {
        let now = self.now();
        let wanted = now.date_naive().and_hms_opt(hour, minute, 0).unwrap().and_utc();
        let wanted = if wanted > now { wanted } else { wanted + TimeDelta::days(1) };
        self.advance(wanted - now);
    }

    pub fn minutes(&mut self, minutes: i64) {
        self.advance(TimeDelta::minutes(minutes));
    }

    /// Waits until a chat has exactly so many messages with this text.
    pub fn sees_times(&self, chat: i64, part: &str, times: usize) {
        let count = self.world.wait(&format!("{times} × {part:?} in {chat}"), |state| {
            let shown = state.iter_messages(chat).filter(|message| message.from_bot);
            let count = shown.filter(|message| message.text.contains(part)).count();
            (count >= times).then_some(count)
        });
        assert_eq!(count, times, "{part}");
    }

    /// Waits until everything is delivered and recorded. A message may otherwise be recorded at another time, or be sent twice
    /// by a process that takes over.
    pub fn settle(&self) {
        crate::world::wait_until("deliveries", || self.world.messages_that_are("pending") == 0);
    }

    /// Kills the bot and starts it again.
    pub fn crash(&self) {
        self.settle();
        self.world.kill();
        self.world.start();
    }

    /// Waits until a job has run that was due now.
    pub fn job_has_run(&self, job: &str) {
        use botctl::testing::db::schema::job_runs;
        let since = self.now().naive_utc() - TimeDelta::seconds(20);
        crate::world::wait_until(job, || {
            let runs = job_runs::table.filter(job_runs::job.eq(job)).filter(job_runs::started_at.ge(since));
            let done = runs.filter(job_runs::outcome.eq("done"));
            self.world.db(|conn| done.count().get_result::<i64>(conn)).unwrap() == 1
        });
    }
}

#[rstest]
fn unanswered_order_reminds_its_master_four_times_and_then_the_dispatcher(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let setup = staffed().with("REMINDER_INTERVAL", "5").with("QUIET_HOURS", "");
    let Some(mut clock) = ClockWorld::build_or_skip(setup, backend) else { return };
    let assigned = clock.world.order_in(OrderStatus::Assigned);
    let deleted = clock.world.order_in(OrderStatus::Assigned);
    clock.world.db(|conn| {
        execute(conn, &format!("UPDATE orders SET deleted_at = created_at WHERE id = {deleted}"));
    });
    let part = format!("⏰ Заявка №{assigned} ждёт вашего ответа");
    clock.minutes(16);
    clock.sees_times(MASTER, &part, 1);
    for times in 2..=4 {
        clock.minutes(5);
        clock.sees_times(MASTER, &part, times);
        // What was told is remembered.
        if times == 2 {
            clock.crash();
        }
    }
    clock.minutes(5);
    let escalated = format!("⏰ Мастер не ответил на заявку №{assigned}");
    clock.sees_times(DISPATCHER, &escalated, 1);
    clock.minutes(5);
    clock.job_has_run("reminders");
    clock.sees_times(MASTER, &part, 4);
    clock.sees_times(DISPATCHER, &escalated, 1);
    clock.sees_times(MASTER, &format!("№{deleted} ждёт"), 0);
    // The button opens the order.
    clock.world.master().presses(&format!("view_order_master:{assigned}"));
    clock.world.master().hears(&format!("№{assigned}"));
    clock.world.master().presses(&format!("group_accept_order:{assigned}"));
    clock.world.dispatcher().hears("принята");
}

#[rstest]
fn several_orders_for_one_reader_come_in_one_message(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let setup = staffed().with("REMINDER_INTERVAL", "5").with("QUIET_HOURS", "");
    let Some(mut clock) = ClockWorld::build_or_skip(setup, backend) else { return };
    let world = &clock.world;
    let assigned = [(); 3].map(|()| world.order_in(OrderStatus::Assigned));
    let new = [(); 2].map(|()| world.order_in(OrderStatus::New));
    let repair = world.order_in(OrderStatus::LongRepair);
    let (ahead, other) = (TimeDelta::minutes(23 * 60 + 30), world.master_id(OTHER_MASTER).0);
    let date = (clock.now() + ahead).date_naive();
    world.db(|conn| {
        execute(conn, &format!("UPDATE orders SET promised_date = '{date}' WHERE id = {repair}"));
        let taken_over = format!("UPDATE orders SET assigned_master_id = {other} WHERE id = {}", assigned[2]);
        execute(conn, &taken_over);
    });
    clock.advance(ahead);
    let header = "⏰ Напоминания";
    for (chat, wanted, others) in [
        (MASTER, vec![assigned[0], assigned[1], repair], vec![assigned[2], new[0]]),
        (DISPATCHER, vec![new[0], new[1], repair], assigned.to_vec()),
        (OTHER_DISPATCHER, new.to_vec(), vec![repair]),
    ] {
        clock.sees_times(chat, header, 1);
        let texts = clock.world.texts_sent_to(chat);
        let listed = texts.iter().find(|text| text.contains(header)).unwrap();
        let has = |id: &i64| listed.contains(&format!("№{id} · "));
        assert!(wanted.iter().all(has) && !others.iter().any(has), "{chat}: {listed}");
        assert_eq!(listed.lines().count(), wanted.len() + 1, "{listed}");
    }
    clock.sees_times(OTHER_MASTER, &format!("⏰ Заявка №{} ждёт вашего ответа", assigned[2]), 1);
    // Each line has a button.
    for order in [assigned[1], assigned[0]] {
        clock.world.master().presses(&format!("view_order_master:{order}"));
        clock.world.master().hears(&format!("№{order}"));
    }
    clock.world.dispatcher().presses(&format!("open_order:{}", new[1]));
    clock.world.dispatcher().hears(&format!("№{}", new[1]));
}

#[rstest]
fn order_without_a_master_is_told_to_dispatchers_and_then_to_admins_after_the_quiet_hours(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let hour = Utc::now().hour();
    // Quiet now, and for at least four hours.
    let quiet = format!("{:02}:00-{:02}:00", (hour + 23) % 24, (hour + 5) % 24);
    let setup = staffed().with("REMINDER_INTERVAL", "5").with("QUIET_HOURS", &quiet);
    let Some(mut clock) = ClockWorld::build_or_skip(setup, backend) else { return };
    let (new, taken) = (clock.world.order_in(OrderStatus::New), clock.world.order_in(OrderStatus::Assigned));
    clock.minutes(60);
    clock.job_has_run("reminders");
    let part = format!("⏰ Заявка №{new} без мастера уже");
    clock.sees_times(DISPATCHER, &part, 0);
    clock.world.master().says("/start");
    clock
        .world
        .db(|conn| execute(conn, &format!("UPDATE orders SET status = 'ACCEPTED' WHERE id = {taken}")));
    clock.advance_to((hour + 5) % 24, 1);
    for times in 1..=4 {
        for dispatcher in [DISPATCHER, OTHER_DISPATCHER] {
            clock.sees_times(dispatcher, &part, times);
        }
        clock.minutes(5);
    }
    clock.sees_times(ADMIN, &part, 1);
    // The state that holds then: the master has answered.
    clock.sees_times(MASTER, &format!("№{taken} ждёт"), 0);
}

#[rstest]
fn visit_and_promised_date_are_reminded_once_and_not_on_a_day_off(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let setup = staffed().with("REMINDER_INTERVAL", "5").with("QUIET_HOURS", "");
    let Some(mut clock) = ClockWorld::build_or_skip(setup, backend) else { return };
    let world = &clock.world;
    let (visit, promised) = (world.order_in(OrderStatus::Accepted), world.order_in(OrderStatus::LongRepair));
    let deleted = world.order_in(OrderStatus::Accepted);
    let (now, ahead) = (clock.now(), TimeDelta::minutes(23 * 60 + 30));
    world.db(|conn| {
        let from = (now + TimeDelta::hours(25)).format("%Y-%m-%d %H:%M:%S");
        execute(conn, &format!("UPDATE orders SET visit_from = '{from}' WHERE id IN ({visit}, {deleted})"));
        execute(conn, &format!("UPDATE orders SET deleted_at = created_at WHERE id = {deleted}"));
        let date = (now + ahead).date_naive();
        execute(conn, &format!("UPDATE orders SET promised_date = '{date}' WHERE id = {promised}"));
    });
    clock.advance(ahead);
    let (soon, due) = (format!("№{visit} · скоро визит"), format!("№{promised} · обещали"));
    clock.sees_times(MASTER, &soon, 1);
    clock.sees_times(MASTER, &due, 1);
    clock.sees_times(DISPATCHER, &format!("срок по заявке №{promised}"), 1);
    clock.minutes(10);
    clock.job_has_run("reminders");
    clock.settle();
    clock.sees_times(MASTER, &soon, 1);
    clock.sees_times(MASTER, &due, 1);
    clock.sees_times(MASTER, &format!("№{deleted} · "), 0);
    clock.sees_times(MASTER, &format!("заявке №{deleted}"), 0);
    // On a day off only the dispatcher hears.
    let until = (clock.now() + TimeDelta::days(3)).format("%Y-%m-%d %H:%M:%S");
    clock.world.db(|conn| {
        execute(conn, &format!("UPDATE masters SET day_off_until = '{until}' WHERE telegram_id = {MASTER}"));
    });
    clock.advance(TimeDelta::days(1));
    clock.sees_times(DISPATCHER, &format!("Срок по заявке №{promised} прошёл"), 1);
    clock.sees_times(MASTER, &format!("Срок по заявке №{promised} прошёл"), 0);
}

/// The payloads of updates and messages hold the data of clients.
#[rstest]
fn finished_rows_are_removed_after_two_weeks_and_dead_letters_stay(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let setup = staffed().with("QUIET_HOURS", "");
    let Some(mut clock) = ClockWorld::build_or_skip(setup, backend) else { return };
    // What is due now does not find the dead letter.
    clock.job_has_run("dead_letters");
    clock.world.db(|conn| {
        execute(
            conn,
            "INSERT INTO outbox (chat_id, method, payload, state, due_at, created_at, finished_at)
             VALUES (7, 'sendMessage', '{}', 'dead', '2026-01-01 10:00:00', '2026-01-01 10:00:00', '2026-01-01 10:00:00')",
        );
        execute(conn, "INSERT INTO announcements (kind, about, last_at) VALUES ('old', '', '2026-01-01 10:00:00')");
    });
    let handled = |world: &World| world.db(|conn| inbox::table.count().get_result::<i64>(conn)).unwrap();
    let (updates, last) = (handled(&clock.world), clock.world.dispatcher().says_with_outcome("/help"));
    assert!(updates > 3 && !last.is_empty());
    // Its answer belongs to this day.
    clock.settle();
    clock.advance(TimeDelta::days(13));
    clock.job_has_run("housekeeping");
    assert_eq!(handled(&clock.world), updates + 1);
    clock.advance(TimeDelta::days(2));
    clock.job_has_run("housekeeping");
    // The newest stays: it says where the next poll begins.
    assert_eq!(handled(&clock.world), 1);
    let old = clock.now().naive_utc() - TimeDelta::days(14);
    let messages = outbox::table.filter(outbox::created_at.lt(old)).select(outbox::state);
    let left: Vec<String> = clock.world.db(|conn| messages.load(conn)).unwrap();
    assert_eq!(left, ["dead"]);
    let old = announcements::table.filter(announcements::kind.eq("old"));
    let told = clock.world.db(|conn| old.count().get_result::<i64>(conn)).unwrap();
    assert_eq!(told, 0);
}

#[rstest]
fn admins_hear_once_a_day_of_orders_over_their_time_and_not_in_quiet_hours(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let hour = Utc::now().hour();
    let quiet = format!("{:02}:00-{:02}:00", (hour + 23) % 24, (hour + 4) % 24);
    let setup = staffed().with("SLA_CHECK_INTERVAL", "30").with("QUIET_HOURS", &quiet);
    let Some(mut clock) = ClockWorld::build_or_skip(setup, backend) else { return };
    let world = &clock.world;
    let (new, visit) = (world.order_in(OrderStatus::New), world.order_in(OrderStatus::New));
    let accepted = world.order_in(OrderStatus::Accepted);
    let from = (clock.now() + TimeDelta::hours(20)).format("%Y-%m-%d %H:%M:%S").to_string();
    world.db(|conn| execute(conn, &format!("UPDATE orders SET visit_from = '{from}' WHERE id = {visit}")));
    let header = "слишком долго в одном статусе";
    // Three hours: the new order is over its time, the night is not over.
    clock.advance_to((hour + 3) % 24, 1);
    clock.job_has_run("housekeeping");
    clock.sees_times(ADMIN, header, 0);
    clock.advance_to((hour + 4) % 24, 1);
    let rows = clock_rows(&clock, header, 1);
    assert!(rows[0].contains(&format!("№{new} ·")), "{rows:?}");
    assert!(!rows[0].contains(&format!("№{visit} ·")) && !rows[0].contains(&format!("№{accepted} ·")));
    clock.world.admin().presses(&format!("open_order:{new}"));
    clock.crash();
    clock.advance_to((hour + 10) % 24, 1);
    let rows = clock_rows(&clock, header, 2);
    assert!(
        rows[1].contains(&format!("№{accepted} ·")) && !rows[1].contains(&format!("№{new} ·")),
        "{rows:?}"
    );
    // A day later the same, and the one whose visit is over.
    clock.advance_to((hour + 5) % 24, 1);
    let rows = clock_rows(&clock, header, 3);
    assert!(rows[2].contains(&format!("№{new} ·")) && rows[2].contains(&format!("№{visit} ·")), "{rows:?}");
}

/// Returns the messages of the admin with this header, once there are so many.
fn clock_rows(clock: &ClockWorld, header: &str, times: usize) -> Vec<String> {
    clock.sees_times(ADMIN, header, times);
    let texts = clock.world.texts_sent_to(ADMIN);
    texts.into_iter().filter(|text| text.contains(header)).collect()
}

#[rstest]
fn admins_hear_of_dead_letters_and_failed_jobs_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let setup = staffed().with("REMINDER_INTERVAL", "5").with("QUIET_HOURS", "");
    let Some(mut clock) = ClockWorld::build_or_skip(setup, backend) else { return };
    let dead = "INSERT INTO outbox (chat_id, method, payload, state, due_at, created_at, finished_at)
         VALUES (7, 'sendMessage', '{}', 'dead', '2026-01-01 10:00:00', '2026-01-01 10:00:00', '2026-01-01 10:00:00')";
    clock.world.db(|conn| execute(conn, dead));
    clock.minutes(6);
    clock.sees_times(ADMIN, "Не доставлено сообщений: 1", 1);
    clock.world.db(|conn| execute(conn, dead));
    clock.minutes(6);
    clock.job_has_run("dead_letters");
    clock.sees_times(ADMIN, "Не доставлено сообщений", 1);
    clock.advance(TimeDelta::days(1));
    clock.sees_times(ADMIN, "Не доставлено сообщений", 2);
    // A job that cannot do its work.
    clock.world.order_in(OrderStatus::New);
    clock.world.db(|conn| execute(conn, "ALTER TABLE announcements RENAME TO announcements_away"));
    clock.minutes(20);
    clock.sees_times(ADMIN, "«reminders» не выполнена", 1);
    clock.world.db(|conn| execute(conn, "ALTER TABLE announcements_away RENAME TO announcements"));
    clock.minutes(6);
    clock.job_has_run("reminders");
    clock.sees_times(ADMIN, "«reminders» не выполнена", 1);
}

#[rstest]
fn admins_get_the_summaries_once_in_the_morning_with_the_figures_of_yesterday(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let setup = staffed().with("DAILY_SUMMARY_TIME", "09:00").with("QUIET_HOURS", "");
    let Some(mut clock) = ClockWorld::build_or_skip(setup, backend) else { return };
    clock.advance_to(9, 1);
    clock.sees_times(ADMIN, "Сводка за вчера", 1);
    let world = &clock.world;
    let (closed, new) = (world.order_in(OrderStatus::Closed), world.order_in(OrderStatus::New));
    let stamp = |moment: DateTime<Utc>| moment.format("%Y-%m-%d %H:%M:%S").to_string();
    let (today, visit) = (stamp(clock.now()), stamp(clock.now() + TimeDelta::hours(26)));
    world.db(|conn| {
        execute(conn, &format!("UPDATE orders SET created_at = '{today}', updated_at = '{today}'"));
        execute(conn, &format!("UPDATE orders SET closed_at = '{today}' WHERE id = {closed}"));
        execute(conn, &format!("UPDATE orders SET visit_from = '{visit}' WHERE id = {new}"));
    });
    clock.advance_to(9, 0);
    clock.sees_times(ADMIN, "Сводка за вчера", 2);
    let texts = clock.world.texts_sent_to(ADMIN);
    let summary = texts.iter().rfind(|text| text.contains("Сводка за вчера")).unwrap();
    let plain = summary.replace('\u{a0}', " ");
    for part in [
        "Новых: 2 · закрыто: 1 · отказов: 0",
        "Оплачено: 5 000 ₽, материалы: 1 000 ₽",
        "Мастерам: 1 600 ₽, компании: 2 400 ₽",
        "Открытых заявок: 1",
        "Визитов сегодня: 1",
        "без мастера: 11:",
    ] {
        assert!(plain.contains(part), "{part}: {plain}");
    }
    clock.crash();
    clock.minutes(10);
    clock.job_has_run("dead_letters");
    clock.sees_times(ADMIN, "Сводка за вчера", 2);
    // A missed one is made up for within half a day, and not after that.
    assert_eq!(clock.world.terminate(), 0);
    clock.advance_to(22, 0);
    clock.advance(TimeDelta::days(1));
    clock.world.start();
    clock.minutes(6);
    clock.job_has_run("dead_letters");
    clock.sees_times(ADMIN, "Сводка за вчера", 2);
    // The week and the month that are over.
    clock.advance_to(9, 1);
    while clock.now().weekday() != Weekday::Mon {
        clock.advance_to(9, 1);
    }
    clock.job_has_run("weekly_summary");
    clock.advance_to(9, 1);
    while clock.now().day() != 1 {
        clock.advance_to(9, 1);
    }
    clock.job_has_run("monthly_summary");
    clock.world.wait("the summaries of a week and a month", |state| {
        let shown = state.iter_messages(ADMIN).filter(|message| message.text.contains("Сводка: "));
        (shown.count() >= 2).then_some(())
    });
    // The chart follows the summary of a day, the workbook that of a month.
    for (kind, begin) in [("photo", &b"\x89PNG"[..]), ("document", b"PK\x03\x04")] {
        clock.world.wait(kind, |state| {
            let mut files = state.iter_messages(ADMIN).filter_map(|message| message.document.as_ref());
            files.any(|file| file.kind.field() == kind && file.bytes.starts_with(begin)).then_some(())
        });
    }
}
