//! The message that shows an administrator the present day, on a clock that the tests move.

use botctl::testing::domain::OrderStatus;
use chrono::TimeDelta;
use rstest::rstest;
use telegram_sandbox::ChatMessage;

use crate::reminders::ClockWorld;
use crate::world::{ADMIN, Backend, execute, staffed};

/// The messages that show the day now, with what the reader sees.
fn shown(clock: &ClockWorld) -> Vec<ChatMessage> {
    clock.world.sandbox.read_state(|state| {
        let is_shown = |message: &&ChatMessage| {
            message.from_bot && !message.deleted && message.text.contains("Сводка дня, ")
        };
        state.iter_messages(ADMIN).filter(is_shown).cloned().collect()
    })
}

/// Waits until the only message that shows the day has this in it and is pinned.
fn sees_pinned(clock: &ClockWorld, part: &str) -> ChatMessage {
    clock.world.wait(part, |state| {
        let is_current = |message: &&ChatMessage| {
            !message.deleted && message.pinned && message.text.replace('\u{a0}', " ").contains(part)
        };
        state.iter_messages(ADMIN).find(is_current).map(|_| ())
    });
    let mut shown = shown(clock);
    assert_eq!(shown.len(), 1, "{shown:?}");
    shown.remove(0)
}

#[rstest]
fn dashboard_is_pinned_once_edited_every_hour_and_made_again(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(mut clock) = ClockWorld::build_or_skip(staffed().with("QUIET_HOURS", ""), backend) else {
        return;
    };
    let world = &clock.world;
    let (assigned, other) = (world.order_in(OrderStatus::Assigned), world.order_in(OrderStatus::New));
    let visit = (clock.now() + TimeDelta::minutes(1)).format("%Y-%m-%d %H:%M:%S").to_string();
    world.db(|conn| execute(conn, &format!("UPDATE orders SET visit_from = '{visit}' WHERE id = {other}")));
    world.admin().says("/start");
    world.admin().says("⚙️ Настройки").hears("Настройки");
    world.admin().presses("dashboard:yes");
    let first = sees_pinned(&clock, "Ждут ответа мастера: 1");
    for part in ["Новых: 2", "Открытых заявок: 2", &format!("№{assigned} · ")] {
        assert!(first.text.contains(part), "{part}: {}", first.text);
    }
    // Everyone has answered an hour later; the same message says so, also after a restart.
    clock.world.db(|conn| {
        execute(conn, &format!("UPDATE orders SET status = 'ACCEPTED' WHERE id = {assigned}"));
    });
    clock.advance(TimeDelta::hours(1));
    let second = sees_pinned(&clock, "Все мастера ответили.");
    assert_eq!((second.id, second.edits), (first.id, 1));
    clock.crash();
    clock.world.db(|conn| {
        execute(conn, &format!("UPDATE orders SET deleted_at = created_at WHERE id = {other}"));
    });
    clock.advance(TimeDelta::hours(1));
    let third = sees_pinned(&clock, "Открытых заявок: 1");
    assert_eq!(third.id, first.id);
    // The reader has unpinned it, and it stays so; a deleted one is made again and pinned.
    clock.settle();
    let target = format!(r#"{{"chat_id":{ADMIN},"message_id":{}}}"#, first.id);
    clock.world.call_bot_api("unpinChatMessage", &target);
    clock.advance(TimeDelta::hours(1));
    clock.job_has_run("dashboards");
    clock.settle();
    assert!(!shown(&clock)[0].pinned);
    clock.world.allow_failed_calls();
    clock.world.call_bot_api("deleteMessage", &target);
    clock.advance(TimeDelta::hours(1));
    let again = sees_pinned(&clock, "Открытых заявок: 1");
    assert!(again.id > first.id);
    // Switched off, it is unpinned and shows nothing any more.
    clock.world.admin().says("⚙️ Настройки").hears("Настройки");
    clock.world.admin().presses("dashboard:no");
    clock.world.admin().sees("Сводка дня выключена");
    clock.advance(TimeDelta::hours(1));
    clock.job_has_run("dashboards");
    clock.settle();
    assert!(shown(&clock).is_empty());
    let is_pinned = |message: &ChatMessage| message.pinned && !message.deleted;
    assert!(!clock.world.sandbox.messages(ADMIN).iter().any(is_pinned));
}
