//! The work group: orders go there and mention the master; only the master's words and presses count.

use botctl::testing::domain::{ChatId, OrderStatus};
use rstest::rstest;
use telegram_sandbox::MessageOrigin;

use crate::database_rows::{ADDRESS, CLIENT, PHONE};
use crate::texts::{about, first_line, key, text, text_with};
use crate::world::{ADMIN, Backend, GROUP, MASTER, OTHER_MASTER, World, staffed};

/// The bot is in the group and the group is the master's.
fn with_group(world: &World) {
    world.admin().acts(|telegram| telegram.add_bot_to_group(ADMIN, GROUP));
    let admin = world.admin();
    admin.presses_old(&format!("set_work_chat:{MASTER}"));
    admin.says(&GROUP.to_string());
    let title = text_with("work-group-title", &[("title", "Рабочая группа")]);
    admin.hears(&text_with("work-group-set", &[("name", "Михаил Мастеров"), ("group", &title)]));
    world.master().in_group().hears("Михаил Мастеров");
}

/// The order is offered in the group.
fn offered(world: &World) -> i64 {
    let order = world.order_in(OrderStatus::New);
    let id = world.master_id(MASTER);
    world.dispatcher().presses_old(&format!("select_master_for_order:{order}:{id}"));
    world.master().in_group().hears(&text_with(
        "notice-assigned-group",
        &[("id", &order.to_string()), ("master", "Михаил Мастеров")],
    ));
    order
}

#[rstest]
fn a_work_group_is_set_by_number_by_a_forwarded_message_by_picking_and_by_adding_the_bot(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let admin = world.admin();
    let work_chat = || {
        world.db(|conn| {
            botctl::testing::db::find_master_of_user(conn, botctl::testing::domain::TelegramId(MASTER))
                .unwrap()
                .unwrap()
                .work_chat
        })
    };
    admin.acts(|telegram| telegram.add_bot_to_group(ADMIN, GROUP));
    admin.hears(&text_with("work-group-ask-master", &[("group", "Рабочая группа")]));
    admin.presses(&format!("work_group:{MASTER}:{GROUP}"));
    assert_eq!(work_chat(), Some(ChatId(GROUP)));
    world.master().in_group().hears("Михаил Мастеров");

    admin.presses_old(&format!("set_work_chat:{MASTER}"));
    admin.hears(first_line(&text_with("work-group-ask", &[("name", "Михаил Мастеров")])));
    admin.says(key::SKIP).hears(&text_with("work-group-cleared", &[("name", "Михаил Мастеров")]));
    assert_eq!(work_chat(), None);

    admin.presses_old(&format!("set_work_chat:{MASTER}"));
    admin.says("12345").hears(first_line(&text("work-group-not-a-group")));
    admin.acts(|telegram| {
        telegram
            .forward_text(
                ADMIN,
                ADMIN,
                MessageOrigin::Chat { id: GROUP, title: "Рабочая группа".into() },
                "тут",
            )
            .update_id
    });
    assert_eq!(work_chat(), Some(ChatId(GROUP)));

    admin.presses_old(&format!("set_work_chat:{MASTER}"));
    admin.says(key::SKIP);
    admin.presses_old(&format!("set_work_chat:{MASTER}"));
    admin.acts(|telegram| telegram.share_chat(ADMIN, ADMIN, 1, GROUP).update_id);
    assert_eq!(work_chat(), Some(ChatId(GROUP)));
    assert_eq!(
        world.stranger().presses_old(&format!("set_work_chat:{MASTER}")).text,
        text("refusal-no-right")
    );
    assert_eq!(
        world.stranger().presses_old(&format!("work_group:{MASTER}:{GROUP}")).text,
        text("refusal-no-right")
    );
}

#[rstest]
fn the_whole_job_is_done_in_the_group(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    with_group(&world);
    let (dispatcher, master) = (world.dispatcher(), world.master().in_group());
    let order = offered(&world);
    let card = world.sandbox.last_message(GROUP).unwrap();
    assert!(
        card.html().contains(&format!("tg://user?id={MASTER}")),
        "the master is not mentioned: {}",
        card.html()
    );
    assert!(![CLIENT, ADDRESS, PHONE].iter().any(|client| card.text.contains(client)));
    master.presses(&format!("group_accept_order:{order}"));
    dispatcher
        .hears(&text_with("notice-accepted", &[("id", &order.to_string()), ("master", "Михаил Мастеров")]));
    master.hears(ADDRESS);
    master.presses(&format!("group_onsite_order:{order}"));
    master.hears(PHONE);
    master.presses(&format!("group_dr_order:{order}"));
    master.promises_a_day();
    master.presses(&format!("group_onsite_order:{order}"));

    // The closing dialogue, in the group, with others talking in between.
    master.presses(&format!("group_complete_order:{order}"));
    let question = master.hears(first_line(&text("close-ask-total")));
    assert!(question.html().contains(&format!("tg://user?id={MASTER}")), "{}", question.html());
    let (other, stranger) = (world.other_master().in_group(), world.stranger().in_group());
    assert_eq!(other.says_with_outcome("99999"), "ignored");
    assert_eq!(stranger.says_with_outcome("да"), "ignored");
    master.says("3000").hears(first_line(&text("close-ask-materials")));
    assert_eq!(stranger.says_with_outcome("1000"), "ignored");
    other.presses("dialog_back:2");
    master.says("500").hears(&text("close-ask-review"));
    other.presses("review:yes");
    assert_eq!(world.status(order), OrderStatus::OnSite);
    master.presses("review:no");
    master.presses("dialog_confirm");
    master.hears(&about("closed-done", order));
    dispatcher.hears(first_line(&text_with(
        "notice-closed",
        &[("id", &order.to_string()), ("master", "Михаил Мастеров")],
    )));
    let closed = world.order(order);
    assert_eq!(
        (closed.total.unwrap().0, closed.materials.unwrap().0, closed.has_review),
        (300_000, 50_000, Some(false))
    );
    // The assignment message is brought up to date.
    world.wait("the card of the closed order", |state| {
        let card = state.find_message(GROUP, card.id)?;
        (card.text.contains(&text("status-closed")) && card.buttons().count() == 0).then_some(())
    });
    // In the master's private chat there was nothing of it.
    assert!(!world.texts_sent_to(MASTER).iter().any(|said| said.contains(&format!("№{order}"))));
}

#[rstest]
fn only_the_master_acts_in_the_group_and_refusing_asks_there(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    with_group(&world);
    let order = offered(&world);
    let before = (world.order(order), world.history(order));
    for player in [world.other_master(), world.stranger()] {
        for verb in [
            "group_accept_order",
            "group_refuse_order",
            "group_onsite_order",
            "group_complete_order",
            "group_dr_order",
        ] {
            let toast = player.in_group().presses_old(&format!("{verb}:{order}"));
            assert!(toast.turns_away(order), "{verb}: {toast:?}");
        }
    }
    assert_eq!((world.order(order), world.history(order)), before);
    let master = world.master().in_group();
    master.presses(&format!("group_refuse_order:{order}"));
    master.hears(first_line(&about("decline-ask-reason", order)));
    assert_eq!(world.stranger().in_group().says_with_outcome("потому что"), "ignored");
    // What is said to others is no reason.
    let said = world.texts_sent_to(GROUP).len();
    master.says("кто поедет вместо меня?");
    assert_eq!((world.texts_sent_to(GROUP).len(), world.status(order)), (said, OrderStatus::Assigned));
    master.replies("занят");
    master.hears(&about("declined-done", order));
    assert_eq!(world.history(order).pop().unwrap().3.as_deref(), Some("занят"));
}

#[rstest]
fn group_chatter_is_ignored(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    with_group(&world);
    let group = world.player(4_444).in_group();
    let before = world.texts_sent_to(GROUP).len();
    assert_eq!(group.says_with_outcome("кто сегодня дежурит?"), "ignored");
    assert_eq!(world.users_called(4_444), 0);
    world.master().in_group().says("📋 Мои заявки");
    assert_eq!(world.texts_sent_to(GROUP).len(), before);
}

#[rstest]
fn the_order_command_shows_the_group_its_masters_orders_only(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    with_group(&world);
    let master = world.master().in_group();
    let order = offered(&world);
    master.says(&format!("/order {order}")).hears(&format!("№{order}"));
    master.says(&format!("/order@sandbox_bot {order}")).hears(&format!("№{order}"));
    let before = world.texts_sent_to(GROUP).len();
    master.says(&format!("/order@other_bot {order}"));
    assert_eq!(world.texts_sent_to(GROUP).len(), before);
    master.says("/order").hears(&text("order-usage"));
    master.says("/order семь").hears(&text("order-usage"));
    // Another master's order, asked for by a user who may see it, is not shown to the group.
    let other = world.master_id(OTHER_MASTER);
    let foreign = world.db(|conn| crate::database_rows::insert_order(conn, OrderStatus::OnSite, other)).0;
    world.admin().in_group().says(&format!("/order {foreign}")).hears(&about("order-wrong-group", foreign));
    master.says(&format!("/order {foreign}")).hears(&text("refusal-no-right"));
    world.stranger().in_group().says(&format!("/order {order}")).hears(&text("refusal-no-right"));
    assert!(!world.texts_sent_to(GROUP).iter().any(|said| said.contains(PHONE)));
    // Staff's own buttons work in private only.
    world.admin().in_group().presses_old(&format!("view_order:{foreign}"));
    assert_eq!(
        world.admin().in_group().presses_old(&format!("close_order:{order}")).text,
        text("error-private-chat-only")
    );
    assert!(!world.texts_sent_to(GROUP).iter().any(|said| said.contains(PHONE)));
}

#[rstest]
fn assigning_a_work_group_moves_current_orders(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let (dispatcher, master) = (world.dispatcher(), world.master());
    let order = world.order_in(OrderStatus::New);
    let id = world.master_id(MASTER);
    dispatcher.presses_old(&format!("select_master_for_order:{order}:{id}"));
    master.presses(&format!("group_accept_order:{order}"));
    master.hears(ADDRESS);
    with_group(&world);
    world.master().in_group().sees(ADDRESS);
    master.in_group().presses(&format!("group_onsite_order:{order}"));
    master.in_group().hears(PHONE);
    dispatcher.presses_old(&format!("unassign_master:{order}"));
    world.wait("the group to lose sight of the client", |state| {
        let shows = state
            .iter_messages(GROUP)
            .any(|message| message.text.contains(PHONE) || message.text.contains(ADDRESS));
        (!shows).then_some(())
    });
}

#[rstest]
fn keys_of_the_menu_work_for_the_groups_master_and_the_day_follows(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    with_group(&world);
    let order = offered(&world);
    let master = world.master().in_group();
    master.presses(&format!("group_accept_order:{order}"));
    master.says("📅 Сегодня").hears_all(&[&text("my-day-undated"), ADDRESS]);
    let before = master.count_texts();
    for label in [key::MY_ORDERS, "📅 Сегодня"] {
        assert_eq!(world.stranger().in_group().says_with_outcome(label), "ignored");
        assert_eq!(world.other_master().in_group().says_with_outcome(label), "ignored");
    }
    assert_eq!(master.count_texts(), before);
    world.begin_act();
    world.dispatcher().presses_old(&format!("unassign_master:{order}"));
    master.hears(&text("my-day-empty"));
    master.says(key::MY_ORDERS).hears(&text("my-orders-empty"));
}
