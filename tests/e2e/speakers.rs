//! Who speaks where: channels, bots and accounts of Telegram's own, administrators who hide behind their group, groups that
//! become supergroups.

use rstest::rstest;
use serde_json::{Value, json};
use telegram_sandbox::MessageOrigin;

use botctl::testing::domain::{ChatId, OrderStatus, TelegramId};

use crate::texts::{text, text_with};
use crate::world::{ADMIN, Backend, GROUP, MASTER, World, execute, staffed};

const CHANNEL: i64 = -1_009_990_001_111;
/// Who writes for an administrator who hides behind the group.
const ANONYMOUS_BOT: i64 = 1_087_968_824;
/// Who writes for a channel.
const CHANNEL_BOT: i64 = 136_817_688;
/// Who forwards a channel's posts to the group that discusses them.
const TELEGRAM: i64 = 777_000;

impl World {
    fn work_chat(&self) -> Option<ChatId> {
        let master = self.db(|conn| botctl::testing::db::find_master_of_user(conn, TelegramId(MASTER)));
        master.unwrap().unwrap().work_chat
    }

    /// Sends an update that the sandbox does not make. Returns how it ended.
    fn receives(&self, update: &Value) -> String {
        self.begin_act();
        let id = self.sandbox.push_raw_update(&update.to_string());
        self.wait_until_handled(id)
    }
}

fn group() -> Value {
    json!({ "id": GROUP, "type": "supergroup", "title": "Рабочая группа" })
}

fn bot_joins(chat: &Value, by: &Value) -> Value {
    let me = json!({ "id": 424_242, "is_bot": true, "first_name": "Bot", "username": "sandbox_bot" });
    json!({ "my_chat_member": { "chat": chat, "from": by, "date": 1,
        "old_chat_member": { "status": "left", "user": me },
        "new_chat_member": { "status": "administrator", "user": me } } })
}

fn anonymous() -> Value {
    json!({ "id": ANONYMOUS_BOT, "is_bot": true, "first_name": "Group", "username": "GroupAnonymousBot" })
}

/// A message in the group that is not signed by a user.
fn unsigned(from: &Value, sender_chat: &Value, content: Value) -> Value {
    let mut message = content;
    message["message_id"] = 900.into();
    message["date"] = 1.into();
    message["chat"] = group();
    message["from"] = from.clone();
    message["sender_chat"] = sender_chat.clone();
    json!({ "message": message })
}

#[rstest]
fn channel_never_becomes_a_work_group(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let admin = world.admin();
    let channel = json!({ "id": CHANNEL, "type": "channel", "title": "Новости" });
    admin.sees("Алла");
    let before = admin.count_texts();
    let by = json!({ "id": ADMIN, "is_bot": false, "first_name": "Алла", "last_name": "Админова" });
    assert_eq!(world.receives(&bot_joins(&channel, &by)), "ignored");
    admin.assert_silent_since(before);
    admin.presses_old(&format!("set_work_chat:{MASTER}"));
    let origin = MessageOrigin::Channel { id: CHANNEL, title: "Новости".into() };
    admin.acts(|telegram| telegram.forward_text(ADMIN, ADMIN, origin, "тут").update_id);
    admin.hears(&text("work-group-is-channel"));
    assert_eq!(world.work_chat(), None);
}

#[rstest]
fn channel_that_was_typed_as_a_work_group_gets_no_order(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.sandbox.add_channel(CHANNEL, "Новости");
    world.sandbox.add_bot_to_group(ADMIN, CHANNEL);
    let admin = world.admin();
    let order = world.order_in(OrderStatus::Accepted);
    admin.presses_old(&format!("set_work_chat:{MASTER}"));
    // An id does not tell a channel from a group; the first message there does.
    admin.says(&CHANNEL.to_string());
    world.wait_for_log(&["\"WARN\"", "work group is a channel"]);
    world.wait("an empty channel", |state| {
        let mut sent = state.iter_messages(CHANNEL).filter(|message| message.from_bot).peekable();
        (sent.peek().is_some() && sent.all(|message| message.deleted)).then_some(())
    });
    assert_eq!(world.work_chat(), None);
    let said = world.texts_sent_to(CHANNEL);
    assert!(said.len() == 1 && !said[0].contains(&format!("№{order}")), "{said:?}");
    assert_eq!(world.dead_letters().len(), 2);
    admin.sees(&unlinking());
    // The list of masters shows where the orders go.
    admin.presses_old(&format!("manage_master:{MASTER}"));
    world.restart();
    assert_eq!(world.texts_sent_to(CHANNEL), said);
}

/// The notice that the channel is no work group any more.
fn unlinking() -> String {
    let channel = text_with("work-group-title", &[("title", "Новости")]);
    text_with("notice-work-group-unlinked", &[("group", &channel), ("name", "Михаил Мастеров")])
}

#[rstest]
fn channel_that_is_stored_as_a_work_group_is_unlinked_by_a_card_of_which_staff_hear(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.sandbox.add_channel(CHANNEL, "Новости");
    world.sandbox.add_bot_to_group(ADMIN, CHANNEL);
    world.db(|conn| {
        execute(conn, &format!("UPDATE masters SET work_chat_id = {CHANNEL} WHERE telegram_id = {MASTER}"));
    });
    let order = world.order_in(OrderStatus::New);
    let (dispatcher, id) = (world.dispatcher(), world.master_id(MASTER));
    dispatcher.presses_old(&format!("select_master_for_order:{order}:{id}"));
    let order_id = order.to_string();
    let undelivered =
        text_with("notice-undelivered", &[("id", &order_id), ("reason", &text("undelivered-channel"))]);
    dispatcher.sees(&undelivered);
    dispatcher.sees(&unlinking());
    world.admin().sees(&unlinking());
    assert_eq!(world.work_chat(), None);
    assert_eq!(world.dead_letters().len(), 1);
    world.wait("an empty channel", |state| {
        state.iter_messages(CHANNEL).all(|message| !message.from_bot || message.deleted).then_some(())
    });
}

#[rstest]
fn accounts_that_are_no_users_get_no_row_and_no_role(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.admin().acts(|telegram| telegram.add_bot_to_group(ADMIN, GROUP));
    let news = json!({ "id": CHANNEL, "type": "channel", "title": "Новости" });
    let telegram = json!({ "id": TELEGRAM, "is_bot": false, "first_name": "Telegram" });
    let channel_bot = json!({ "id": CHANNEL_BOT, "is_bot": true, "first_name": "Channel" });
    let other_bot = json!({ "id": 5_555, "is_bot": true, "first_name": "Бот" });
    let post = json!({ "text": "/help", "is_automatic_forward": true });
    assert_eq!(world.receives(&bot_joins(&group(), &anonymous())), "ignored");
    assert_eq!(world.receives(&unsigned(&telegram, &news, post)), "ignored");
    world.receives(&unsigned(&channel_bot, &news, json!({ "text": "/help" })));
    assert_eq!(world.receives(&unsigned(&other_bot, &Value::Null, json!({ "text": "/help" }))), "ignored");
    for id in [ANONYMOUS_BOT, TELEGRAM, CHANNEL_BOT, 5_555] {
        assert_eq!(world.users_called(id), 0, "{id}");
    }
    // Earlier versions stored such a row.
    for id in [ANONYMOUS_BOT, TELEGRAM, CHANNEL_BOT] {
        world.db(|conn| {
            execute(conn, &format!("INSERT INTO users (telegram_id, role, created_at) VALUES ({id}, 'UNKNOWN', '2026-01-01 10:00:00')"));
        });
        let said = world.ask(&["users", "grant", &id.to_string(), "ADMIN"]).ends(1);
        assert!(said.err.contains("is not a person") && said.err.contains("hint: "), "{said:?}");
        world.admin().presses_old("add_master");
        world.admin().says(&id.to_string()).hears(&text("refusal-unknown-person"));
        world.admin().says("/cancel");
    }
}

#[rstest]
fn anonymous_administrator_is_told_that_the_bot_must_know_who_speaks(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.admin().acts(|telegram| telegram.add_bot_to_group(ADMIN, GROUP));
    let in_group = world.admin().in_group();
    let question = world.old_message(GROUP, "no_orders");
    let me = json!({ "id": 424_242, "is_bot": true, "first_name": "Bot", "username": "sandbox_bot" });
    let reply = json!({ "message_id": question, "date": 1, "chat": group(), "from": me, "text": "?" });
    let news = json!({ "id": CHANNEL, "type": "channel", "title": "Новости" });
    let channel_bot = json!({ "id": CHANNEL_BOT, "is_bot": true, "first_name": "Channel" });
    for update in [
        unsigned(&anonymous(), &group(), json!({ "text": "/order 1" })),
        unsigned(&anonymous(), &group(), json!({ "text": "3000", "reply_to_message": reply })),
        unsigned(&channel_bot, &news, json!({ "text": "/help@sandbox_bot" })),
    ] {
        assert_eq!(world.receives(&update), "refused");
        in_group.hears(&text("error-anonymous-sender"));
    }
    let press = json!({ "callback_query": { "id": "77", "from": anonymous(), "chat_instance": "1", "data": "no_orders",
        "message": { "message_id": question, "date": 0, "chat": group() } } });
    assert_eq!(world.receives(&press), "refused");
    world.wait("an answer to the press", |state| {
        let answered = |call: &telegram_sandbox::ApiCall| {
            call.method == "answerCallbackQuery" && call.params["text"] == text("error-anonymous-sender")
        };
        state.api_calls().iter().any(answered).then_some(())
    });
    world.allow_failed_calls();
    // What members say to each other is not for the bot.
    let before = world.texts_sent_to(GROUP).len();
    for content in [json!({ "text": "кто сегодня дежурит?" }), json!({ "text": "/help@other_bot" })]
    {
        assert_eq!(world.receives(&unsigned(&anonymous(), &group(), content)), "ignored");
    }
    assert_eq!(world.texts_sent_to(GROUP).len(), before);
}

#[rstest]
fn group_that_became_a_supergroup_is_not_asked_about_again(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    const OLD_GROUP: i64 = -4_242;
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let admin = world.admin();
    let by = json!({ "id": ADMIN, "is_bot": false, "first_name": "Алла", "last_name": "Админова" });
    let old = json!({ "id": OLD_GROUP, "type": "group", "title": "Бригада" });
    world.sandbox.add_group(OLD_GROUP, "Бригада", &[ADMIN, MASTER]);
    world.sandbox.add_bot_to_group(ADMIN, OLD_GROUP);
    world.receives(&bot_joins(&old, &by));
    admin.hears(&text_with("work-group-ask-master", &[("group", "Бригада")]));
    admin.presses(&format!("work_group:{MASTER}:{OLD_GROUP}"));
    assert_eq!(world.work_chat(), Some(ChatId(OLD_GROUP)));
    admin.sees(&text_with(
        "work-group-set",
        &[("name", "Михаил Мастеров"), ("group", &text_with("work-group-title", &[("title", "Бригада")]))],
    ));
    let moved = json!({ "message": { "message_id": 9, "date": 1, "chat": old, "from": by, "migrate_to_chat_id": GROUP } });
    assert_eq!(world.receives(&moved), "handled");
    assert_eq!(world.work_chat(), Some(ChatId(GROUP)));
    let before = admin.count_texts();
    world.receives(&bot_joins(&group(), &by));
    admin.assert_silent_since(before);
    // The sandbox has no such group.
    world.allow_failed_calls();
}

#[rstest]
fn business_messages_are_ignored(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let from = json!({ "id": 9_001, "is_bot": false, "first_name": "Клиент" });
    let chat = json!({ "id": 9_001, "type": "private", "first_name": "Клиент" });
    let message = json!({ "message_id": 1, "date": 1, "chat": chat, "from": from, "text": "/start", "business_connection_id": "x" });
    assert_eq!(world.receives(&json!({ "business_message": message })), "ignored");
    world.wait_for_log(&["\"kind\":\"business_message\""]);
    assert_eq!(world.users_called(9_001), 0);
}
