//! Who is who: registration, roles, menus, help, languages, and masters joining the team.

use botctl::testing::domain::OrderStatus;
use rstest::rstest;
use telegram_sandbox::{MessageOrigin, SharedContact, TelegramUser};

use crate::texts::{about, english, first_line, key, text, text_with};
use crate::world::{ADMIN, Backend, DISPATCHER, MASTER, OTHER_MASTER, STRANGER, empty, staffed};

#[rstest]
fn new_users_are_registered_and_get_the_menu_of_their_roles(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().build_or_skip(backend) else { return };
    world.admin().says("/start").hears("Алла Админова");
    world.dispatcher().says("/start").hears("Дарья Диспетчерова");
    world.stranger().says("/start").hears(&STRANGER.to_string());
    assert_eq!(world.roles(ADMIN), "ADMIN");
    assert_eq!(world.roles(DISPATCHER), "DISPATCHER");
    assert_eq!(world.roles(STRANGER), "UNKNOWN");
    let staff = [key::ALL_ORDERS, key::CREATE, key::MASTERS, key::REPORTS, key::SEARCH];
    assert_menu(&world.admin().menu(), &[&staff[..], &[key::USERS, key::SETTINGS]].concat());
    assert_menu(&world.dispatcher().menu(), &[&staff[..], &[key::SETTINGS]].concat());
    assert_menu(&world.stranger().menu(), &[key::INFORMATION, key::CONTACT, "🔑 Попросить доступ"]);

    world.master().says("/start").hears(&MASTER.to_string());
    world.make_master(MASTER);
    world.master().says("/start").hears_all(&["Михаил Мастеров", &text("role-master")]);
    assert_menu(&world.master().menu(), &[key::MY_ORDERS, key::MY_STATISTICS, key::TODAY, key::SETTINGS]);

    world.make_master(DISPATCHER);
    world.dispatcher().says("/start").hears_all(&["Дарья", &text("role-master")]);
    let both = [&staff[..], &[key::MY_ORDERS, key::MY_STATISTICS, key::TODAY, key::SETTINGS]].concat();
    assert_menu(&world.dispatcher().menu(), &both);
    assert_eq!(world.roles(DISPATCHER), "DISPATCHER,MASTER");
    assert_eq!(world.users_called(DISPATCHER), 1);
}

#[rstest]
fn names_are_kept_current_and_configured_roles_come_at_every_start(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().build_or_skip(backend) else { return };
    world.stranger().says("/start");
    world
        .sandbox
        .add_user(TelegramUser::new(STRANGER, "Новое").with_last_name("Имя").with_username("renamed"));
    world.stranger().says("/start").hears("Новое Имя");
    assert_eq!(world.users_called(STRANGER), 1);
    // Roles granted elsewhere are never taken away by a start.
    world.admin().says("/start");
    world.db(|conn| {
        crate::world::execute(conn, &format!("UPDATE users SET role = 'MASTER' WHERE telegram_id = {ADMIN}"));
    });
    world.restart();
    assert_eq!(world.roles(ADMIN), "ADMIN,MASTER");
}

#[rstest]
fn help_and_cancel_depend_on_the_role(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    for (player, parts) in [
        (world.admin(), vec!["help-admin", "help-dispatcher", "help-footer"]),
        (world.dispatcher(), vec!["help-dispatcher", "help-footer"]),
        (world.master(), vec!["help-master", "help-footer"]),
    ] {
        let heard = player.says("/help").hears(&text("help-footer"));
        for part in parts {
            let said = text_with(part, &[]);
            assert!(heard.text.contains(first_line(&said)), "{part} is not in {:?}", heard.text);
        }
    }
    world.stranger().says("/help").hears(&STRANGER.to_string());
    for player in [world.admin(), world.master(), world.stranger()] {
        player.says("/cancel").hears(&text("dialogue-none"));
        player.says(key::CANCEL).hears(&text("dialogue-none"));
    }
    world.stranger().says(key::INFORMATION).hears(&STRANGER.to_string());
    world.stranger().says(key::CONTACT).hears(&STRANGER.to_string());
    world.stranger().says("что-нибудь").hears(&text("stranger-relayed"));
}

#[rstest]
fn sections_of_others_are_refused_politely(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    for label in [key::ALL_ORDERS, key::CREATE, key::MASTERS, key::REPORTS, key::USERS] {
        world.stranger().says(label).hears(&text("refusal-no-right"));
        world.master().says(label).hears(&text("refusal-no-right"));
    }
    world.dispatcher().says(key::USERS).hears(&text("refusal-no-right"));
    for label in [key::MY_ORDERS, key::MY_STATISTICS] {
        world.stranger().says(label).hears(&text("refusal-no-right"));
        world.dispatcher().says(label).hears(&text("refusal-no-right"));
    }
    assert_eq!((world.orders().len(), world.dialogues()), (0, 0));
}

#[rstest]
fn each_person_chooses_a_language_and_labels_of_both_are_understood(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    dispatcher.says(key::SETTINGS).hears("Русский");
    dispatcher.presses("language:en");
    dispatcher.hears(&english("language-switched"));
    assert!(dispatcher.menu().contains(&"➕ New order".to_owned()), "{:?}", dispatcher.menu());
    // The old keyboard is still on the phone.
    dispatcher.says(key::CREATE).hears(&english("order-ask-equipment"));
    dispatcher.says("❌ Cancel").hears(&english("dialogue-cancelled"));
    dispatcher.says("➕ New order").hears(&english("order-ask-equipment"));
    dispatcher.says(key::CANCEL).hears(&english("dialogue-cancelled"));
    // The language of other users is unchanged.
    world.other_dispatcher().says(key::CREATE).hears(&text("order-ask-equipment"));
    world.restart();
    dispatcher.says("/cancel").hears(&english("dialogue-none"));
    dispatcher.says("⚙️ Settings").hears("English");
    dispatcher.presses("language:ru");
    dispatcher.hears(&text("language-switched"));
}

#[rstest]
fn admin_adds_a_master_by_id_and_both_are_notified(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().build_or_skip(backend) else { return };
    world.admin().says("/start");
    let admin = world.admin();
    admin.says(key::MASTERS).hears(first_line(&text("masters-menu")));
    admin.presses("add_master");
    admin.hears(&text("add-master-ask-person"));
    admin.says("не номер").hears(first_line(&text("add-master-not-an-id")));
    // A user who never wrote cannot be notified.
    admin.says(&MASTER.to_string()).hears(&text("refusal-unknown-person"));
    world.master().says("/start");
    admin.says(&MASTER.to_string()).hears(first_line(&text("add-master-ask-phone")));
    admin.says("12345").hears(first_line(&text("error-phone")));
    admin.says("8 (900) 111-22-33").hears(first_line(&text("add-master-ask-specialization")));
    admin.says("ванны и <трубы>").hears_all(&[
        &text("add-master-ask-confirmation"),
        "Михаил Мастеров",
        "+7 900 111-22-33",
        "<трубы>",
    ]);
    admin.presses("confirm_add_master");
    admin.hears(&text_with("add-master-done", &[("name", "Михаил Мастеров")]));
    world.master().hears(&text("notice-master-added"));
    assert!(world.master().menu().contains(&key::MY_ORDERS.to_owned()));
    assert_eq!(world.roles(MASTER), "MASTER");
    assert!(world.audit().contains(&(Some(ADMIN), "master.add".to_owned())));
    admin.says(key::MASTERS);
    admin.presses("add_master");
    admin.says(&MASTER.to_string()).hears(&text("refusal-already-master"));
}

#[rstest]
fn a_master_is_added_by_a_forwarded_message_or_a_contact(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().build_or_skip(backend) else { return };
    let (admin, master, other) = (world.admin(), world.master(), world.other_master());
    for player in [admin, master, other] {
        player.says("/start");
    }
    admin.says(key::MASTERS);
    admin.presses("add_master");
    admin.acts(|telegram| {
        telegram.forward_text(ADMIN, ADMIN, MessageOrigin::HiddenUser("Кто-то".into()), "привет").update_id
    });
    admin.hears(&text("add-master-hidden-sender"));
    let author = TelegramUser::new(MASTER, "Михаил");
    admin.acts(|telegram| {
        telegram.forward_text(ADMIN, ADMIN, MessageOrigin::User(author), "возьмите меня").update_id
    });
    admin.hears(first_line(&text("add-master-ask-phone")));
    admin.says("+7 900 111-22-33");
    admin.says("духовые шкафы");
    admin.presses_label(key::CONFIRM);
    master.hears(&text("notice-master-added"));

    admin.says(key::MASTERS);
    admin.presses("add_master");
    let without_id =
        SharedContact { phone_number: "+79005556677".into(), first_name: "Никто".into(), user_id: None };
    admin.acts(|telegram| telegram.send_contact(ADMIN, ADMIN, without_id).update_id);
    admin.hears(&text("add-master-contact-without-id"));
    let contact = SharedContact {
        phone_number: "79005556677".into(),
        first_name: "Матвей".into(),
        user_id: Some(OTHER_MASTER),
    };
    admin.acts(|telegram| telegram.send_contact(ADMIN, ADMIN, contact).update_id);
    // The phone comes along with the contact.
    if admin.hears(&text("add-master-title")).text.contains(first_line(&text("add-master-ask-phone"))) {
        admin.says("+79005556677");
    }
    admin.says("телевизоры");
    admin.presses_label(key::CONFIRM);
    other.hears(&text("notice-master-added"));
    assert_eq!((world.roles(MASTER), world.roles(OTHER_MASTER)), ("MASTER".to_owned(), "MASTER".to_owned()));
}

#[rstest]
fn a_master_added_by_a_dispatcher_waits_for_an_admin(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().build_or_skip(backend) else { return };
    let (admin, dispatcher, master) = (world.admin(), world.dispatcher(), world.master());
    for player in [admin, dispatcher, master, world.stranger()] {
        player.says("/start");
    }
    dispatcher.says(key::MASTERS);
    dispatcher.presses("add_master");
    dispatcher.says(&MASTER.to_string());
    dispatcher.says("89001112233");
    dispatcher.says("сантехника");
    dispatcher.presses("confirm_add_master");
    let order = world.db(|conn| {
        let new = crate::database_rows::new_order("Не работает духовка");
        botctl::testing::db::insert_order(
            conn,
            &new,
            botctl::testing::domain::TelegramId(DISPATCHER),
            botctl::testing::db::now(),
        )
        .unwrap()
        .0
    });
    let id = world.master_id(MASTER);
    let refused = dispatcher.presses_old(&format!("select_master_for_order:{order}:{id}"));
    assert_eq!(refused.text, text("refusal-master-takes-no-orders"));
    assert_eq!(dispatcher.presses_old(&format!("approve_master:{MASTER}")).text, text("refusal-no-right"));
    assert_eq!(
        world.stranger().presses_old(&format!("approve_master:{MASTER}")).text,
        text("refusal-no-right")
    );

    admin.says(key::MASTERS);
    admin.presses("list_pending_masters");
    admin.hears("Михаил Мастеров");
    admin.presses(&format!("manage_master:{MASTER}"));
    admin.presses(&format!("approve_master:{MASTER}"));
    master.hears(first_line(&text("notice-master-approved")));
    assert!(master.menu().contains(&key::MY_ORDERS.to_owned()));
    // Approving twice notifies once.
    let before = master.count_texts();
    admin.presses_old(&format!("approve_master:{MASTER}"));
    master.assert_silent_since(before);
    let approvals = world.audit().into_iter().filter(|(_, action)| action == "master.approve").count();
    assert_eq!(approvals, 1);
    dispatcher.presses_old(&format!("select_master_for_order:{order}:{id}"));
    assert_eq!(world.status(order), OrderStatus::Assigned);
}

#[rstest]
fn rejected_master_is_deleted_and_notified_unless_orders_remain(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let (admin, master, other) = (world.admin(), world.master(), world.other_master());
    world.order_in(OrderStatus::Assigned);
    assert_eq!(admin.presses_old(&format!("reject_master:{MASTER}")).text, text("refusal-master-has-orders"));
    admin.presses_old(&format!("reject_master:{OTHER_MASTER}"));
    other.hears(first_line(&text("notice-master-rejected")));
    assert_eq!(world.roles(OTHER_MASTER), "UNKNOWN");
    assert_eq!(world.roles(MASTER), "MASTER");
    other.says(key::MY_ORDERS).hears(&text("refusal-no-right"));
    master.says(key::MY_ORDERS).hears(text("my-orders-header").split(" · ").next().unwrap());
}

#[rstest]
fn inactive_master_gets_no_new_orders_and_keeps_current_ones(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let (admin, dispatcher, master) = (world.admin(), world.dispatcher(), world.master());
    let begun = world.order_in(OrderStatus::Accepted);
    let new = world.order_in(OrderStatus::New);
    admin.presses_old(&format!("manage_master:{MASTER}"));
    admin.presses(&format!("deactivate_master:{MASTER}"));
    master.hears(first_line(&text("notice-master-deactivated")));
    let id = world.master_id(MASTER);
    let refused = dispatcher.presses_old(&format!("select_master_for_order:{new}:{id}"));
    assert_eq!(refused.text, text("refusal-master-takes-no-orders"));
    dispatcher.presses_old(&format!("assign_master:{new}"));
    dispatcher.hears(&about("assign-ask-master", new));
    assert!(!dispatcher.buttons().contains(&format!("select_master_for_order:{new}:{id}")));
    assert_eq!(master.presses_old(&format!("onsite_order:{begun}")).outcome, "handled");
    assert_eq!(world.status(begun), OrderStatus::OnSite);
    admin.presses(&format!("activate_master:{MASTER}"));
    master.hears(first_line(&text("notice-master-activated")));
    dispatcher.presses_old(&format!("select_master_for_order:{new}:{id}"));
    assert_eq!(world.status(new), OrderStatus::Assigned);
}

fn assert_menu(keys: &[String], expected: &[&str]) {
    let without_selectors = |label: &str| label.replace('\u{fe0f}', "");
    let mut found: Vec<String> = keys.iter().map(|key| without_selectors(key)).collect();
    let mut wanted: Vec<String> = expected.iter().map(|key| without_selectors(key)).collect();
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
}
