//! When the client expects the master: typed words become a window that cards and lists show.

use botctl::testing::db::schema::orders;
use chrono::{Days, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Europe::Moscow;
use diesel::prelude::*;
use rstest::rstest;

use crate::dialogue::{ANSWERS, answers};
use crate::texts::{first_line, key, text, text_with};
use crate::world::{Backend, World, staffed};

/// Begin and end in UTC, as stored.
type StoredVisit = (Option<NaiveDateTime>, Option<NaiveDateTime>);

fn stored_visit(world: &World, order: i64) -> StoredVisit {
    let columns = (orders::visit_from, orders::visit_until);
    world.db(|conn| orders::table.find(order).select(columns).get_result(conn).unwrap())
}

#[rstest]
fn understood_visit_is_stored_and_shown_with_its_date(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    answers(dispatcher, ANSWERS.len() - 1);
    let day = Utc::now().with_timezone(&Moscow).date_naive() + Days::new(30);
    let date = day.format("%d.%m");
    let question = dispatcher.says(&format!("{date} с 10 до 16")).hears(&text("order-ask-confirmation"));
    let shown = format!("{date}, 10:00–16:00");
    assert!(question.text.contains(&shown), "{}", question.text);
    dispatcher.presses("confirm_order");
    let order = world.last_order();
    let utc = |hour| {
        let local = day.and_hms_opt(hour, 0, 0).unwrap();
        Some(Moscow.from_local_datetime(&local).unwrap().naive_utc())
    };
    assert_eq!(stored_visit(&world, order), (utc(10), utc(16)));
    let master = world.master_id(crate::world::MASTER);
    dispatcher.presses(&format!("assign_master:{order}"));
    dispatcher.presses(&format!("select_master_for_order:{order}:{master}"));
    world.master().hears(&shown);
    let list =
        world.master().says(key::MY_ORDERS).hears(text("my-orders-header").split(" · ").next().unwrap());
    let on_button = shown.replace(", ", " ");
    assert!(list.buttons().any(|button| button.label.contains(&on_button)), "{list:?}");
}

#[rstest]
fn words_that_are_not_certain_stay_words_and_the_dispatcher_hears_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    for (number, words) in ["10", "когда удобно"].into_iter().enumerate() {
        answers(dispatcher, ANSWERS.len() - 1);
        let question = dispatcher.says(words).hears(first_line(&text("visit-not-understood")));
        assert!(question.text.contains(words), "{}", question.text);
        dispatcher.presses("confirm_order");
        let order = world.last_order();
        assert_eq!(world.orders().len(), number + 1);
        assert_eq!(world.order(order).scheduled_time.as_deref(), Some(words));
        assert_eq!(stored_visit(&world, order), (None, None), "{words}");
    }
    // Another answer replaces what was understood before; a time that is over is asked for again.
    answers(dispatcher, ANSWERS.len() - 1);
    dispatcher.says("вчера в 15:00").hears(first_line(&text("error-visit-past")));
    let understood = dispatcher.says("через 3 дня после 15").hears(&text("order-ask-confirmation"));
    let after = text_with("visit-after", &[("day", ""), ("time", "15:00")]);
    assert!(understood.text.contains(after.trim()), "{}", understood.text);
    dispatcher.presses("dialog_back");
    dispatcher.says("как получится").hears(first_line(&text("visit-not-understood")));
    dispatcher.presses("confirm_order");
    assert_eq!(stored_visit(&world, world.last_order()), (None, None));
}
