//! Users without a role: they ask for access, write to the dispatchers, and find the company's phone.

use rstest::rstest;
use telegram_sandbox::ApiCall;

use crate::texts::{english, first_line, text};
use crate::world::{ADMIN, Backend, OTHER_DISPATCHER, STRANGER, empty, execute, staffed};

const ORDER: &str = "Не греет духовка, Придуманная улица 5, кв 12, 8 900 000-11-22 Анна, завтра после 15";
const ASK: &str = "🔑 Попросить доступ";

#[rstest]
fn stranger_asks_for_access_and_becomes_a_dispatcher(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    // A second administrator, to whom both the card and the decision are shown.
    let other_admin = world.other_dispatcher();
    world.db(|conn| {
        execute(
            conn,
            &format!("UPDATE users SET role = 'ADMIN,DISPATCHER' WHERE telegram_id = {OTHER_DISPATCHER}"),
        );
    });
    world.stranger().says(ASK).hears(&text("access-asked"));
    world.admin().hears_all(&["Степан Посторонний", &STRANGER.to_string()]);
    other_admin.finds("access:dispatcher");
    // What is asked is known after a restart.
    world.restart();
    world.stranger().says(ASK).hears(&text("access-waiting"));
    world.begin_act();
    world.admin().presses("access:dispatcher");
    world.stranger().hears(first_line(&text("notice-access-dispatcher")));
    assert_eq!(world.roles(STRANGER), "DISPATCHER");
    other_admin.hears("Алла Админова");
    assert!(!other_admin.buttons().iter().any(|data| data.starts_with("access:")), "its buttons are gone");
    let late = other_admin.presses_old("access:rejected:1");
    assert!(late.text.contains("Алла Админова"), "{late:?}");
    assert_eq!(world.roles(STRANGER), "DISPATCHER");
    world.stranger().says("➕ Создать заявку").hears(&text("order-ask-equipment"));
}

#[rstest]
fn stranger_asks_for_access_and_becomes_a_master(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let (stranger, admin) = (world.stranger(), world.admin());
    stranger.says("ℹ️ Информация").hears(&STRANGER.to_string());
    stranger.presses("ask_access");
    admin.presses("access:master");
    admin.hears(first_line(&text("add-master-ask-phone")));
    admin.says("+7 900 000-00-77");
    admin.says("Сантехника");
    admin.presses("confirm_add_master");
    stranger.hears(&text("notice-master-added"));
    assert_eq!(world.roles(STRANGER), "MASTER");
    world.wait("the commands of the new master", |state| {
        let is_menu = |call: &&ApiCall| {
            call.method == "setMyCommands"
                && call.params["scope"]["chat_id"] == STRANGER
                && call.params["commands"].to_string().contains("today")
        };
        state.api_calls().iter().find(is_menu).map(|_| ())
    });
    stranger.says("📋 Мои заявки").hears(&text("my-orders-empty"));
}

#[rstest]
fn message_of_a_stranger_becomes_an_order_once_an_hour(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let setup = staffed().with("CONTACT_PHONE", "8 (900) 000-55-66");
    let Some(world) = setup.build_or_skip(backend) else { return };
    let (stranger, dispatcher, other) = (world.stranger(), world.dispatcher(), world.other_dispatcher());
    stranger.says("📞 Связаться").hears("+7 900 000-55-66");
    stranger.says(ORDER).hears_all(&[&text("stranger-relayed"), "+7 900 000-55-66"]);
    dispatcher.hears_all(&["Не греет духовка", "Степан Посторонний"]);
    let (card, data) = other.finds("message_to_order");
    world.restart();
    let before = dispatcher.count_texts();
    stranger.says("Вы где?").hears("уже у диспетчера");
    dispatcher.assert_silent_since(before);
    dispatcher.presses("message_to_order");
    dispatcher.hears_all(&["Придуманная улица 5", "Анна"]);
    other.hears("Дарья Диспетчерова");
    let late = other.presses_on(card, &data);
    assert!(late.text.contains("Дарья Диспетчерова"), "{late:?}");
    assert!(world.orders().is_empty());
    dispatcher.presses("confirm_order");
    assert_eq!(world.orders().len(), 1);
}

#[rstest]
fn access_in_english_without_an_administrator(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().with("BOT_LOCALE", "en").build_or_skip(backend) else { return };
    let stranger = world.stranger();
    stranger.says("/start");
    stranger.says("🔑 Ask for access").hears(&english("access-no-admins"));
    stranger.says("my oven is broken").hears(first_line(&english("text-not-understood")));
    world.admin().says("/start");
    stranger.says("🔑 Ask for access").hears(&english("access-asked"));
    world.player(ADMIN).hears("Asks for access");
    // Without dispatchers the administrators get the message.
    stranger.says("my oven is broken").hears(&english("stranger-relayed"));
    world.admin().hears("my oven is broken");
}
