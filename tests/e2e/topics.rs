//! Topics: what is asked or done in a topic of a group is answered there, and a master can work in one.

use diesel::prelude::*;
use rstest::rstest;
use serde_json::json;
use telegram_sandbox::ChatMessage;

use botctl::testing::db::schema::masters;
use botctl::testing::domain::OrderStatus;

use crate::database_rows::{ADDRESS, PHONE};
use crate::texts::{about, first_line, text, text_with};
use crate::world::{ADMIN, Backend, GROUP, MASTER, World, staffed};

/// The master's topic.
const TOPIC: i64 = 7;
const OTHER_TOPIC: i64 = 9;

fn topic_name(topic: i64) -> String {
    let title = text_with("work-group-title", &[("title", "Рабочая группа")]);
    text_with("work-group-topic", &[("group", &title), ("topic", &topic.to_string())])
}

impl World {
    /// Writes in a topic of the group. Returns how the update ended.
    fn says_in(&self, user: i64, topic: i64, text: &str) -> String {
        self.begin_act();
        let sent = self.sandbox.send_in_topic(user, GROUP, topic, text);
        self.wait_until_handled(sent.update_id)
    }

    fn work_place(&self) -> (Option<i64>, Option<i64>) {
        let columns = (masters::work_chat_id, masters::work_thread_id);
        let row = masters::table.filter(masters::telegram_id.eq(MASTER)).select(columns);
        self.db(|conn| row.first(conn)).unwrap()
    }

    fn open_topics(&self) {
        for topic in [TOPIC, OTHER_TOPIC] {
            self.sandbox.set_topic(GROUP, topic, true);
        }
        self.admin().acts(|telegram| telegram.add_bot_to_group(ADMIN, GROUP));
    }

    /// Makes a topic the master's work group, by its link.
    fn works_in(&self, topic: i64) {
        self.works_in_link(topic);
        assert_eq!(self.work_place(), (Some(GROUP), Some(topic)));
    }

    fn works_in_link(&self, topic: i64) {
        let link = format!("https://t.me/c/{}/{topic}", GROUP.to_string().trim_start_matches("-100"));
        let admin = self.admin();
        admin.presses_old(&format!("set_work_chat:{MASTER}"));
        admin.says(&link).hears(&topic_name(topic));
    }

    fn assigns(&self) -> i64 {
        let order = self.order_in(OrderStatus::New);
        let id = self.master_id(MASTER);
        self.dispatcher().presses_old(&format!("select_master_for_order:{order}:{id}"));
        order
    }

    /// Waits for a message of the bot in the group that has this in it now.
    fn sees_in_group(&self, part: &str) -> ChatMessage {
        self.master().in_group().sees(part)
    }
}

#[rstest]
fn commands_are_answered_in_their_topic(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.open_topics();
    let group = world.master().in_group();
    world.says_in(MASTER, TOPIC, "/help@sandbox_bot");
    assert_eq!(group.hears(first_line(&text("help-group"))).topic, Some(TOPIC));
    group.says("/help");
    assert_eq!(group.hears(first_line(&text("help-group"))).topic, None);
    // In a group without topics a reply has the id of its thread, too.
    world.begin_act();
    let message = json!({ "message_id": 900, "date": 1, "message_thread_id": 5, "text": "/help",
        "chat": { "id": GROUP, "type": "supergroup", "title": "Рабочая группа" },
        "from": { "id": MASTER, "is_bot": false, "first_name": "Михаил", "last_name": "Мастеров" } });
    group.acts(|telegram| telegram.push_raw_update(&json!({ "message": message }).to_string()));
    assert_eq!(group.hears(first_line(&text("help-group"))).topic, None);
}

#[rstest]
fn whole_job_is_done_in_the_topic(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.open_topics();
    world.works_in(TOPIC);
    assert_eq!(
        world
            .sees_in_group(first_line(&text_with(
                "work-group-announcement",
                &[("master", "Михаил Мастеров")]
            )))
            .topic,
        Some(TOPIC)
    );
    let master = world.master().in_group();
    let order = world.assigns();
    assert_eq!(world.sees_in_group(&format!("№{order}")).topic, Some(TOPIC));
    master.presses(&format!("group_accept_order:{order}"));
    master.hears(ADDRESS);
    master.presses(&format!("group_onsite_order:{order}"));
    master.hears(PHONE);
    master.presses(&format!("group_complete_order:{order}"));
    let question = master.hears(first_line(&text("close-ask-total")));
    assert_eq!(question.topic, Some(TOPIC));
    // Another topic is another conversation.
    assert_eq!(world.says_in(MASTER, OTHER_TOPIC, "99999"), "ignored");
    assert_eq!(master.says_with_outcome("99999"), "ignored");
    world.says_in(MASTER, TOPIC, "3000");
    assert_eq!(master.hears(first_line(&text("close-ask-materials"))).topic, Some(TOPIC));
    world.restart();
    world.says_in(MASTER, TOPIC, "500");
    assert_eq!(master.hears(&text("close-ask-review")).topic, Some(TOPIC));
    master.presses("review:no");
    master.presses("dialog_confirm");
    master.hears(&about("closed-done", order));
    assert_eq!(world.order(order).total.unwrap().0, 300_000);
    let strays = world.sandbox.messages(GROUP);
    assert!(strays.iter().filter(|message| message.from_bot).all(|message| message.topic == Some(TOPIC)));
}

#[rstest]
fn cards_follow_the_master_to_another_topic(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.open_topics();
    world.works_in(TOPIC);
    let order = world.assigns();
    let old = world.sees_in_group(&format!("№{order}"));
    world.master().in_group().presses(&format!("group_accept_order:{order}"));
    world.works_in(OTHER_TOPIC);
    world.wait("a card in the other topic", |state| {
        let mut there = state.iter_messages(GROUP).filter(|message| message.topic == Some(OTHER_TOPIC));
        there.any(|message| message.text.contains(ADDRESS)).then_some(())
    });
    world.wait("the old card to be replaced", |state| {
        let old = state.find_message(GROUP, old.id)?;
        (!old.text.contains(ADDRESS) && old.buttons().count() == 0).then_some(())
    });
    // An id alone means the whole group.
    let admin = world.admin();
    admin.presses_old(&format!("set_work_chat:{MASTER}"));
    admin.says(&GROUP.to_string());
    let title = text_with("work-group-title", &[("title", "Рабочая группа")]);
    admin.sees(&text_with("work-group-set", &[("name", "Михаил Мастеров"), ("group", &title)]));
    assert_eq!(world.work_place(), (Some(GROUP), None));
}

#[rstest]
fn topic_that_cannot_be_written_to_is_unlinked(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.allow_failed_calls();
    world.open_topics();
    let order = world.assigns();
    world.sandbox.set_topic(GROUP, TOPIC, false);
    world.works_in_link(TOPIC);
    let failed = text_with(
        "notice-link-failed",
        &[
            ("group", &topic_name(TOPIC)),
            ("reason", &text("undelivered-topic-closed")),
            ("name", "Михаил Мастеров"),
        ],
    );
    world.admin().sees(&failed);
    assert_eq!(world.work_place(), (None, None));
    // The order's card is in the private chat again, and nowhere else.
    world.master().presses(&format!("group_accept_order:{order}"));
    world.master().hears(ADDRESS);
    assert!(!world.texts_sent_to(GROUP).iter().any(|text| text.contains(&format!("№{order}"))));
}

#[rstest]
fn order_reaches_the_group_when_its_topic_is_closed_or_gone(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.allow_failed_calls();
    world.open_topics();
    world.works_in(TOPIC);
    world.sees_in_group(first_line(&text_with("work-group-announcement", &[("master", "Михаил Мастеров")])));
    world.sandbox.set_topic(GROUP, TOPIC, false);
    let order = world.assigns();
    assert_eq!(world.sees_in_group(&format!("№{order}")).topic, None);
    world.wait_for_log(&["\"WARN\"", "topic cannot be written to", "TOPIC_CLOSED"]);
    // It is the master's card, wherever it is.
    world.master().in_group().presses(&format!("group_accept_order:{order}"));
    world.master().in_group().hears(ADDRESS);
    world.sandbox.delete_topic(GROUP, TOPIC);
    let next = world.assigns();
    assert_eq!(world.sees_in_group(&format!("№{next}")).topic, None);
    assert_eq!(world.messages_that_are("dead"), 0);
}

#[rstest]
fn old_card_in_a_topic_is_answered_there(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.open_topics();
    world.works_in(TOPIC);
    let order = world.assigns();
    let card = world.sees_in_group(&format!("№{order}"));
    world.begin_act();
    // Telegram no longer says anything about an old message but its number.
    let press = json!({ "callback_query": { "id": "77", "chat_instance": "1", "data": format!("group_refuse_order:{order}"),
        "from": { "id": MASTER, "is_bot": false, "first_name": "Михаил", "last_name": "Мастеров" },
        "message": { "message_id": card.id, "date": 0, "chat": { "id": GROUP, "type": "supergroup", "title": "x" } } } });
    world.allow_failed_calls();
    let master = world.master().in_group();
    master.acts(|telegram| telegram.push_raw_update(&press.to_string()));
    assert_eq!(master.hears(first_line(&about("decline-ask-reason", order))).topic, Some(TOPIC));
    let question = world.sandbox.last_message(GROUP).unwrap().id;
    master.acts(|telegram| telegram.reply_in_topic(MASTER, GROUP, TOPIC, "занят", question).update_id);
    assert_eq!(master.hears(&about("declined-done", order)).topic, Some(TOPIC));
}
