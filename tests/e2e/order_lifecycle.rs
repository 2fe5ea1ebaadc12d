//! An order from a dispatcher's first tap to the master's money, and every side way.

use botctl::testing::domain::{Kopecks, Order, OrderStatus};
use rstest::rstest;

use crate::database_rows::{ADDRESS, CLIENT, NOTES, PHONE, STORED_PHONE};
use crate::texts::{about, first_line, key, text, text_with};
use crate::world::{ADMIN, Backend, DISPATCHER, MASTER, OTHER_MASTER, World, staffed};

const PROBLEM: &str = "Не сливает воду, шумит при отжиме";

/// The dispatcher takes an order in the dialogue and it is offered to be assigned.
fn takes_an_order(world: &World) -> i64 {
    let dispatcher = world.dispatcher();
    dispatcher.says(key::CREATE).hears(&text("order-ask-equipment"));
    dispatcher.presses_label("Стиральные машины");
    dispatcher.hears(first_line(&text_with("order-ask-description", &[("min", "4"), ("max", "500")])));
    dispatcher.says(PROBLEM).hears(first_line(&text("order-ask-phone")));
    dispatcher.says("8 (999) 000-11-22").hears(&text("order-ask-client-name"));
    dispatcher.says(CLIENT).hears(&text("order-ask-address"));
    dispatcher.says(ADDRESS).hears(first_line(&text("order-ask-notes")));
    dispatcher.says(NOTES).hears(first_line(&text("order-ask-time")));
    dispatcher.says("завтра после 15").hears_all(&[
        &text("order-ask-confirmation"),
        PROBLEM,
        CLIENT,
        ADDRESS,
        PHONE,
        NOTES,
        "после 15:00",
    ]);
    dispatcher.presses("confirm_order");
    let order = world.last_order();
    dispatcher.hears(&about("order-created", order));
    order
}

#[rstest]
fn order_goes_from_creation_to_payment(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let (dispatcher, master) = (world.dispatcher(), world.master());
    let order = takes_an_order(&world);
    let stored = world.order(order);
    assert_eq!((stored.status, stored.client_phone.as_str()), (OrderStatus::New, STORED_PHONE));
    assert_eq!((stored.equipment.as_str(), stored.dispatcher.unwrap().0), ("Стиральные машины", DISPATCHER));
    assert_eq!(
        (stored.notes.as_deref(), stored.scheduled_time.as_deref()),
        (Some(NOTES), Some("завтра после 15"))
    );

    // Assigned at once.
    dispatcher.presses(&format!("assign_master:{order}"));
    dispatcher.hears(&about("assign-ask-master", order));
    let id = world.master_id(MASTER);
    let toast = dispatcher.presses(&format!("select_master_for_order:{order}:{id}"));
    assert!(toast.text.contains("Михаил Мастеров"), "{toast:?}");
    let card = master.hears(&about("notice-assigned", order));
    assert!(card.text.contains(PROBLEM));
    for hidden in [CLIENT, ADDRESS, PHONE, NOTES] {
        assert!(!card.text.contains(hidden), "{hidden} is on the card of an assigned order");
    }

    // The name and the address come with accepting, the phone on the site.
    master.presses(&format!("group_accept_order:{order}"));
    dispatcher
        .hears(&text_with("notice-accepted", &[("id", &order.to_string()), ("master", "Михаил Мастеров")]));
    let card = master.hears(CLIENT);
    assert!(card.text.contains(ADDRESS) && !card.text.contains(PHONE), "{}", card.text);
    master.presses(&format!("onsite_order:{order}"));
    dispatcher
        .hears(&text_with("notice-on-site", &[("id", &order.to_string()), ("master", "Михаил Мастеров")]));
    master.hears(PHONE);

    // A long repair and back.
    master.presses(&format!("dr_order:{order}"));
    master.hears(first_line(&text("long-repair-ask-date")));
    assert_eq!(world.status(order), OrderStatus::OnSite);
    master.says("через 3 дня").hears(first_line(&text("long-repair-ask-parts")));
    master.says("насос <новый>").hears(first_line(&text("long-repair-ask-prepayment")));
    master.says("1500");
    let notice = dispatcher.hears(&text_with("card-parts", &[("parts", "насос <новый>")]));
    assert!(
        notice.text.contains(&format!("№{order}")) && notice.text.contains("1\u{a0}500"),
        "{}",
        notice.text
    );
    assert_eq!(world.status(order), OrderStatus::LongRepair);
    master.presses(&format!("onsite_order:{order}"));
    dispatcher.hears(&text_with(
        "notice-back-on-site",
        &[("id", &order.to_string()), ("master", "Михаил Мастеров")],
    ));

    // Closing: the amounts as people type them.
    master.presses(&format!("complete_order:{order}"));
    master.hears(first_line(&text("close-ask-total")));
    for (typed, wrong) in [
        ("много", "error-amount-not-a-number"),
        ("nan", "error-amount-not-a-number"),
        ("1e3", "error-amount-not-a-number"),
        ("5000,123", "error-amount-decimals"),
        ("-5", "error-amount-negative"),
    ] {
        master.says(typed).hears(first_line(&text(wrong)));
    }
    master.says("10 000 001").hears("10\u{a0}000\u{a0}000");
    master.says("12 500,50").hears(first_line(&text("close-ask-materials")));
    master.says("12 500,51").hears(first_line(&text_with(
        "error-materials-exceed",
        &[("materials", "12\u{a0}500,51\u{a0}₽"), ("total", "12\u{a0}500,50\u{a0}₽")],
    )));
    master.says("2500.5").hears(&text("close-ask-review"));
    master.says("наверное").hears(first_line(&text("error-yes-no")));
    master.says("Да").hears(first_line(&text("close-check")));
    master.presses("dialog_confirm");
    master.hears_all(&[
        &about("closed-done", order),
        "12\u{a0}500,50\u{a0}₽",
        "6\u{a0}000\u{a0}₽",
        "4\u{a0}000\u{a0}₽",
    ]);
    dispatcher.hears_all(&[
        first_line(&text_with("notice-closed", &[("id", &order.to_string()), ("master", "Михаил Мастеров")])),
        "6\u{a0}000\u{a0}₽",
    ]);

    // Net is 10 000: half of it and a tenth for the review go to the master. Whole kopecks.
    let Order { status, total, materials, master_share, company_share, has_review, .. } = world.order(order);
    assert_eq!(status, OrderStatus::Closed);
    assert_eq!((total, materials), (Some(Kopecks(1_250_050)), Some(Kopecks(250_050))));
    assert_eq!((master_share, company_share), (Some(Kopecks(600_000)), Some(Kopecks(400_000))));
    assert_eq!(has_review, Some(true));

    let (d, m) = (Some(DISPATCHER), Some(MASTER));
    let history: Vec<_> = world
        .history(order)
        .into_iter()
        .map(|(old, new, who, _)| (old.unwrap_or_default(), new, who))
        .collect();
    let row = |old: &str, new: &str, who| (old.to_owned(), new.to_owned(), who);
    assert_eq!(
        history,
        [
            row("", "NEW", d),
            row("NEW", "ASSIGNED", d),
            row("ASSIGNED", "ACCEPTED", m),
            row("ACCEPTED", "ONSITE", m),
            row("ONSITE", "DR", m),
            row("DR", "ONSITE", m),
            row("ONSITE", "CLOSED", m),
        ]
    );
    let audit: Vec<_> =
        world.audit().into_iter().filter(|(_, action)| action.starts_with("order.")).collect();
    let did = |who, action: &str| (who, format!("order.{action}"));
    assert_eq!(
        audit,
        [
            did(d, "create"),
            did(d, "assign"),
            did(m, "accept"),
            did(m, "arrive_on_site"),
            did(m, "start_long_repair"),
            did(m, "arrive_on_site"),
            did(m, "close"),
        ]
    );
    assert_eq!(world.dialogues(), 0);
    assert_eq!(world.terminate(), 0);
    assert_eq!(
        (world.unfinished(), world.messages_that_are("pending"), world.messages_that_are("dead")),
        (0, 0, 0)
    );
    world.start();
}

#[rstest]
fn a_master_refuses_with_a_reason_and_the_order_is_new_again(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let (dispatcher, master) = (world.dispatcher(), world.master());
    let order = takes_an_order(&world);
    let id = world.master_id(MASTER);
    dispatcher.presses(&format!("assign_master:{order}"));
    dispatcher.presses(&format!("select_master_for_order:{order}:{id}"));
    master.presses(&format!("group_refuse_order:{order}"));
    master.hears(first_line(&about("decline-ask-reason", order)));
    master.says("Уехал в <другой> город & не вернусь");
    master.hears(&about("declined-done", order));
    dispatcher.hears_all(&["Михаил Мастеров", "Уехал в <другой> город & не вернусь"]);
    assert_eq!((world.status(order), world.order(order).assigned_master), (OrderStatus::New, None));
    let last = world.history(order).pop().unwrap();
    assert_eq!((last.0.as_deref(), last.1.as_str(), last.2), (Some("ASSIGNED"), "NEW", Some(MASTER)));
    assert_eq!(last.3.as_deref(), Some("Уехал в <другой> город & не вернусь"));
    // The master's old card offers nothing and hides the client.
    let old = master.sees(&about("card-declined", order));
    assert_eq!(old.buttons().count(), 0);
    assert!(master.presses_old(&format!("group_accept_order:{order}")).turns_away(order));

    // Without a reason, on the next try.
    dispatcher.presses_old(&format!("select_master_for_order:{order}:{id}"));
    master.presses(&format!("group_refuse_order:{order}"));
    master.hears(first_line(&about("decline-ask-reason", order)));
    master.presses("dialog_skip");
    dispatcher
        .hears(&text_with("notice-declined", &[("id", &order.to_string()), ("master", "Михаил Мастеров")]));
    assert_eq!(world.history(order).pop().unwrap().3, None);
}

#[rstest]
fn reassigned_order_is_hidden_from_the_first_master(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let (dispatcher, master, other) = (world.dispatcher(), world.master(), world.other_master());
    let order = world.order_in(OrderStatus::New);
    let (first, second) = (world.master_id(MASTER), world.master_id(OTHER_MASTER));
    dispatcher.presses_old(&format!("select_master_for_order:{order}:{first}"));
    master.presses(&format!("group_accept_order:{order}"));
    master.presses(&format!("onsite_order:{order}"));
    master.hears(PHONE);
    dispatcher.presses_old(&format!("view_order:{order}"));
    dispatcher.presses(&format!("reassign_master:{order}"));
    dispatcher.hears(&about("reassign-ask-master", order));
    assert!(
        !dispatcher.buttons().contains(&format!("select_new_master_for_order:{order}:{first}")),
        "to the same master"
    );
    assert_eq!(
        dispatcher.presses_old(&format!("select_new_master_for_order:{order}:{first}")).text,
        text("refusal-same-master")
    );
    dispatcher.presses(&format!("select_new_master_for_order:{order}:{second}"));
    master.hears(&about("notice-reassigned", order));
    other.hears(&about("notice-assigned", order));
    assert_eq!(
        (world.status(order), world.order(order).assigned_master),
        (OrderStatus::Assigned, Some(second))
    );
    loses_sight(&world, order);
    assert!(master.presses_old(&format!("accept_order:{order}")).turns_away(order));
    assert!(master.presses_old(&format!("view_order_master:{order}")).turns_away(order));
    other.presses(&format!("group_accept_order:{order}"));
    other.hears(CLIENT);
    assert_eq!(
        world.way(order),
        [
            "→NEW",
            "NEW→ASSIGNED",
            "ASSIGNED→ACCEPTED",
            "ACCEPTED→ONSITE",
            "ONSITE→ASSIGNED",
            "ASSIGNED→ACCEPTED"
        ]
    );
}

#[rstest]
fn unassigned_order_can_be_assigned_again(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let (dispatcher, master, other) = (world.dispatcher(), world.master(), world.other_master());
    let order = world.order_in(OrderStatus::New);
    let (first, second) = (world.master_id(MASTER), world.master_id(OTHER_MASTER));
    dispatcher.presses_old(&format!("select_master_for_order:{order}:{first}"));
    master.presses(&format!("group_accept_order:{order}"));
    master.presses(&format!("onsite_order:{order}"));
    master.hears(PHONE);
    dispatcher.presses_old(&format!("view_order:{order}"));
    dispatcher.presses(&format!("more:{order}"));
    let toast = dispatcher.presses(&format!("unassign_master:{order}"));
    assert_eq!(toast.text, about("unassigned-done", order));
    master.hears(&about("notice-unassigned", order));
    assert_eq!((world.status(order), world.order(order).assigned_master), (OrderStatus::New, None));
    loses_sight(&world, order);
    dispatcher.presses(&format!("assign_master:{order}"));
    dispatcher.presses(&format!("select_master_for_order:{order}:{second}"));
    other.hears(&about("notice-assigned", order));
}

#[rstest]
fn staff_close_an_order_with_money_or_without(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let (dispatcher, master) = (world.dispatcher(), world.master());
    let order = world.order_in(OrderStatus::New);
    dispatcher.presses_old(&format!("view_order:{order}"));
    dispatcher.presses(&format!("more:{order}"));
    dispatcher.presses(&format!("close_order:{order}"));
    dispatcher.hears(first_line(&text("close-ask-total-staff")));
    dispatcher.presses("dialog_skip");
    dispatcher.hears(&about("closed-without-amounts-done", order));
    let closed = world.order(order);
    assert_eq!((closed.status, closed.total, closed.has_review), (OrderStatus::Closed, None, None));

    let order = world.order_in(OrderStatus::Accepted);
    world.admin().presses_old(&format!("view_order:{order}"));
    world.admin().presses(&format!("close_order:{order}"));
    world.admin().says("5000");
    world.admin().says("0").hears(&text("close-ask-review"));
    world.admin().presses("review:no");
    world.admin().presses("dialog_confirm");
    world.admin().hears(&about("closed-done-staff", order));
    dispatcher.hears(first_line(&text_with(
        "notice-closed",
        &[("id", &order.to_string()), ("master", "Михаил Мастеров")],
    )));
    master.hears(&about("notice-closed-by-staff", order));
    let closed = world.order(order);
    assert_eq!((closed.master_share, closed.company_share), (Some(Kopecks(200_000)), Some(Kopecks(300_000))));
    assert_eq!(world.history(order).pop().unwrap().2, Some(ADMIN));

    // An admin finishes the job in the master's place, from the master's own button.
    let order = world.order_in(OrderStatus::OnSite);
    world.admin().presses_old(&format!("complete_order:{order}"));
    world.admin().says("0");
    world.admin().says("0");
    world.admin().says("-");
    world.admin().says("да");
    world.admin().hears(&about("closed-done-staff", order));
    assert_eq!(world.order(order).total, Some(Kopecks(0)));
}

#[rstest]
fn staff_refuse_with_a_reason_and_reopen(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let (dispatcher, master) = (world.dispatcher(), world.master());
    let order = world.order_in(OrderStatus::New);
    let id = world.master_id(MASTER);
    dispatcher.presses_old(&format!("select_master_for_order:{order}:{id}"));
    master.hears(&about("notice-assigned", order));
    dispatcher.presses_old(&format!("view_order:{order}"));
    dispatcher.presses(&format!("refuse_order:{order}"));
    dispatcher.hears(first_line(&about("refuse-ask-reason", order)));
    dispatcher.says("Клиент передумал");
    dispatcher.hears(&about("refused-done", order));
    master.hears_all(&[first_line(&about("notice-refused", order)), "Клиент передумал"]);
    assert_eq!(world.status(order), OrderStatus::Refused);
    assert_eq!(world.history(order).pop().unwrap().3.as_deref(), Some("Клиент передумал"));
    loses_sight(&world, order);

    dispatcher.presses_old(&format!("view_order:{order}"));
    let toast = dispatcher.presses(&format!("reopen_order:{order}"));
    assert_eq!(toast.text, about("reopened-done", order));
    assert_eq!((world.status(order), world.order(order).assigned_master), (OrderStatus::New, None));
    dispatcher.presses(&format!("assign_master:{order}"));
    dispatcher.presses(&format!("select_master_for_order:{order}:{id}"));
    master.presses(&format!("group_accept_order:{order}"));
    assert_eq!(
        world.way(order),
        ["→NEW", "NEW→ASSIGNED", "ASSIGNED→REFUSED", "REFUSED→NEW", "NEW→ASSIGNED", "ASSIGNED→ACCEPTED"]
    );
}

#[rstest]
fn the_money_is_shared_by_the_rules(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    // total, materials, review → master, company; kopecks in the database.
    for (total, materials, review, master_share, company_share) in [
        ("7000", "0", "+", 420_000, 280_000),
        ("7000", "0", "-", 350_000, 350_000),
        ("6999,99", "0", "нет", 280_000, 419_999),
        ("6999.99", "0", "yes", 350_000, 349_999),
        ("0,01", "0", "no", 0, 1),
        ("0.03", "0", "нет", 1, 2),
        ("10000000", "0", "да", 600_000_000, 400_000_000),
        ("5\u{a0}000", "5 000", "да", 0, 0),
    ] {
        let order = world.order_in(OrderStatus::OnSite);
        let master = world.master();
        master.presses_old(&format!("complete_order:{order}"));
        master.says(total);
        master.says(materials).hears(&text("close-ask-review"));
        master.says(review).hears(first_line(&text("close-check")));
        master.says("да").hears(&about("closed-done", order));
        let closed = world.order(order);
        let shares = (closed.master_share, closed.company_share);
        assert_eq!(
            shares,
            (Some(Kopecks(master_share)), Some(Kopecks(company_share))),
            "{total} − {materials}, {review}"
        );
    }
}

/// Nothing that is left with the master shows the client, or offers a button, of the order.
fn loses_sight(world: &World, order: i64) {
    world.wait("the master's old cards to go blank", |state| {
        let mut messages = state.iter_messages(MASTER).filter(|message| message.from_bot && !message.deleted);
        let suffix = format!(":{order}");
        let shows = |text: &str| [CLIENT, ADDRESS, PHONE, NOTES].iter().any(|client| text.contains(client));
        let is_live = |message: &telegram_sandbox::ChatMessage| {
            shows(&message.text)
                || message
                    .buttons()
                    .any(|button| button.data.as_deref().is_some_and(|data| data.ends_with(&suffix)))
        };
        (!messages.any(is_live)).then_some(())
    });
}
