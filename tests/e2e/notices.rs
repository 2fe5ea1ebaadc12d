//! Which notices a member of staff switched off, and that the rest still comes.

use botctl::testing::domain::OrderStatus;
use rstest::rstest;

use crate::dialogue::answers;
use crate::texts::{about, english, first_line, key, text};
use crate::world::{Backend, World, staffed};

fn creates_order(world: &World) -> i64 {
    answers(world.dispatcher(), 7);
    world.dispatcher().says(key::CONFIRM);
    world.last_order()
}

#[rstest]
fn switched_off_kind_is_not_sent_and_the_choice_outlives_a_restart(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let (admin, other) = (world.admin(), world.other_dispatcher());
    admin.says(key::SETTINGS).hears(first_line(&text("settings-menu")));
    admin.presses("notices");
    admin.hears(first_line(&text("notices-menu")));
    admin.presses("notice:created:no");
    world.restart();
    let before = admin.count_texts();
    let order = creates_order(&world);
    other.hears(&format!("№{order}"));
    // The messages of one update are sent together, so the admin's would be there.
    assert_eq!(admin.texts_since(before).iter().filter(|said| said.contains("🆕")).count(), 0);
    admin.presses("notice:created:yes");
    let order = creates_order(&world);
    admin.hears(&format!("№{order}"));
    assert_eq!(admin.presses_old("notice:unknown:no").text, text("error-button-unknown"));
    assert_eq!(world.master().presses_old("notices").text, text("refusal-no-right"));
}

#[rstest]
fn admins_hear_of_closed_orders_with_their_money_in_their_language(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let (admin, master) = (world.admin(), world.master());
    admin.says(key::SETTINGS);
    admin.presses("language:en");
    admin.hears(&english("language-switched"));
    for is_muted in [false, true] {
        if is_muted {
            admin.says("⚙️ Settings");
            admin.presses("notices");
            admin.hears(first_line(&english("notices-menu")));
            admin.presses("notice:closed:no");
        }
        let order = world.order_in(OrderStatus::OnSite);
        let before = admin.count_texts();
        master.presses_old(&format!("complete_order:{order}"));
        master.says("5000");
        master.presses("dialog_skip:2");
        master.presses("review:no");
        master.presses("dialog_confirm");
        world.dispatcher().hears(&format!("№{order}"));
        master.hears(&about("closed-done", order));
        if is_muted {
            assert!(!admin.texts_since(before).concat().contains(&format!("#{order}")));
        } else {
            admin.hears_all(&[&format!("#{order}"), "5,000"]);
        }
    }
}
