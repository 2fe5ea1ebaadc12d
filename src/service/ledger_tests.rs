#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::db::{self, AnyConnection, connection, ledger_entries, masters, time, users};
use crate::domain::equipment::OrderEquipment;
use crate::domain::ids::{MasterId, OrderId, TelegramId};
use crate::domain::ledger::owed_amount;
use crate::domain::long_repair::LongRepair;
use crate::domain::master::NewMaster;
use crate::domain::money::Kopecks;
use crate::domain::order::NewOrder;
use crate::domain::phone::Phone;
use crate::domain::rates::ClosingAmounts;
use crate::domain::role::Role;
use crate::domain::status::OrderAction;
use crate::domain::user::{User, UserProfile};
use crate::migrate;
use crate::migrate::testing::ScratchDatabase;
use crate::service::masters::{MasterChange, change_master};
use crate::service::order_changes::{Correction, correct_order};
use crate::service::{Refusal, deletion, orders, rates};

struct Company {
    admin: User,
    masters: Vec<MasterId>,
    orders: Vec<OrderId>,
    random: StdRng,
}

fn register(conn: &mut AnyConnection, id: i64, role: Role) -> User {
    let telegram_id = TelegramId(id);
    let profile =
        UserProfile { telegram_id, username: None, first_name: Some("Ann".into()), last_name: None };
    users::register_user(conn, &profile, role.into(), time::now()).unwrap()
}

fn found_company(conn: &mut AnyConnection, seed: u64) -> Company {
    let admin = register(conn, 1, Role::Admin);
    let masters = [11, 12].map(|id| {
        register(conn, id, Role::Master);
        let phone = Phone::from_stored(format!("+790000000{id}"));
        let new = NewMaster { telegram_id: TelegramId(id), phone, specialization: "ovens".to_owned() };
        masters::insert_master(conn, &new, true, time::now()).unwrap().unwrap()
    });
    let new = NewOrder {
        equipment: OrderEquipment { id: None, name: "Oven".to_owned() },
        description: "does not heat at all".to_owned(),
        client_name: "Made-up Client".to_owned(),
        client_address: "Made-up street 7".to_owned(),
        client_phone: "+79000001122".to_owned(),
        notes: None,
        scheduled_time: None,
        visit: None,
    };
    let orders = (0..3).map(|_| orders::create_order(conn, &admin, &new, &[], time::now()).unwrap().id);
    Company {
        masters: masters.to_vec(),
        orders: orders.collect(),
        random: StdRng::seed_from_u64(seed),
        admin,
    }
}

impl Company {
    fn draw_amount(&mut self) -> Kopecks {
        Kopecks(self.random.random_range(0..=1_500_000))
    }

    fn close(&mut self, tx: &mut AnyConnection, id: OrderId) -> Result<(), Refusal> {
        let (total, has_review) = (self.draw_amount(), self.random.random_bool(0.5));
        let materials = Kopecks(self.random.random_range(0..=total.0));
        let amounts = ClosingAmounts { total, materials, has_review, out_of_city: None };
        let amounts = Some(amounts).filter(|_| self.random.random_bool(0.9));
        let rates = rates::rates_for_closing(tx, &self.admin, id)?;
        let closing = rates::settle_amounts(amounts, rates)?;
        orders::close_order(tx, &self.admin, id, closing, time::now()).map(drop)
    }

    fn start_long_repair(&mut self, tx: &mut AnyConnection, id: OrderId) -> Result<(), Refusal> {
        let promised = NaiveDate::from_ymd_opt(2026, 12, 24).unwrap();
        let prepayment = Some(self.draw_amount()).filter(|_| self.random.random_bool(0.7));
        let repair = LongRepair { promised, parts: None, prepayment };
        orders::start_long_repair(tx, &self.admin, id, &repair, time::now()).map(drop)
    }

    fn correct(&mut self, tx: &mut AnyConnection, id: OrderId) -> Result<(), Refusal> {
        let correction = match self.random.random_range(0..4) {
            0 => Correction::Total(self.draw_amount()),
            1 => Correction::Materials(self.draw_amount()),
            2 => Correction::Review(self.random.random_bool(0.5)),
            _ => Correction::Master(self.masters[self.random.random_range(0..2)]),
        };
        correct_order(tx, &self.admin, id, correction, time::now()).map(drop)
    }

    /// Tries something that the order may or may not be in the right state for.
    fn act(&mut self, tx: &mut AnyConnection) -> Result<(), Refusal> {
        let id = self.orders[self.random.random_range(0..self.orders.len())];
        let (admin, now) = (self.admin.clone(), time::now());
        let master = self.masters[self.random.random_range(0..2)];
        let advance = |tx: &mut AnyConnection, action| {
            orders::advance_order(tx, &admin, id, action, Some("because"), now).map(drop)
        };
        match self.random.random_range(0..13) {
            1 => orders::assign_order(tx, &admin, id, OrderAction::Reassign, master, now).map(drop),
            2 => advance(tx, OrderAction::Accept),
            3 => advance(tx, OrderAction::ArriveOnSite),
            4 | 5 => self.start_long_repair(tx, id),
            // An order without a master can be closed too, but books nothing.
            6 | 7 if self.random.random_bool(0.2) || has_master(tx, id) => self.close(tx, id),
            0 | 6 | 7 => orders::assign_order(tx, &admin, id, OrderAction::Assign, master, now).map(drop),
            8 => advance(tx, OrderAction::Refuse),
            9 => advance(tx, OrderAction::Reopen),
            10 => deletion::delete_order(tx, &admin, id, "twice", now).map(drop),
            11 => deletion::restore_order(tx, &admin, id, now).map(drop),
            _ => self.correct(tx, id),
        }
    }
}

fn has_master(conn: &mut AnyConnection, id: OrderId) -> bool {
    db::orders::find_order(conn, id).unwrap().is_some_and(|order| order.assigned_master.is_some())
}

/// What an order owes by its own columns; nothing while it is deleted.
fn owed_by(conn: &mut AnyConnection, id: OrderId) -> Kopecks {
    db::orders::find_order(conn, id).unwrap().map(|order| owed_amount(&order)).unwrap_or_default()
}

fn booked_for(conn: &mut AnyConnection, id: OrderId) -> BTreeMap<MasterId, i64> {
    let mut sums = BTreeMap::new();
    for (master, kind, amount) in ledger_entries::list_entries_of_order(conn, id).unwrap() {
        assert!(amount != Kopecks::ZERO || kind == "closing", "an empty {kind}");
        *sums.entry(master).or_default() += amount.0;
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

fn entries_by_order(conn: &mut AnyConnection, orders: &[OrderId]) -> Vec<Vec<(MasterId, String, Kopecks)>> {
    orders.iter().map(|id| ledger_entries::list_entries_of_order(conn, *id).unwrap()).collect()
}

fn check_random_actions(conn: &mut AnyConnection, steps: usize, seed: u64) {
    let mut company = found_company(conn, seed);
    let mut booked = 0;
    for step in 0..steps {
        let before: Vec<_> = company.orders.iter().map(|id| owed_by(conn, *id)).collect();
        let entries_before = entries_by_order(conn, &company.orders);
        match company.act(conn) {
            Err(Refusal::Database(error)) => panic!("step {step} of {seed}: {error}"),
            Err(_) => {
                let after: Vec<_> = company.orders.iter().map(|id| owed_by(conn, *id)).collect();
                assert_eq!(after, before, "a refused step changes nothing");
            }
            Ok(()) => {}
        }
        for (old, new) in entries_before.iter().zip(entries_by_order(conn, &company.orders)) {
            assert_eq!(new[..old.len()], old[..], "entries are only added");
            let masters: BTreeSet<_> = new[old.len()..].iter().map(|(master, ..)| *master).collect();
            assert_eq!(masters.len(), new.len() - old.len(), "step {step} of {seed}: one entry for a master");
        }
        let mut all = 0;
        for id in company.orders.clone() {
            let (owed, sums) = (owed_by(conn, id), booked_for(conn, id));
            assert_eq!(sums.values().sum::<i64>(), owed.0, "step {step} of {seed}, order {id}: {sums:?}");
            all += owed.0;
            booked += sums.len();
        }
        assert_eq!(ledger_entries::sum_balances(conn).unwrap(), Kopecks(all));
    }
    assert!(booked > steps / 10, "hardly anything was booked");
}

fn open_sqlite() -> AnyConnection {
    let url = crate::config::database::DatabaseUrl::Sqlite(":memory:".into());
    let mut conn = connection::open_connection(&url).unwrap();
    migrate::apply_pending(&mut conn).unwrap();
    conn
}

#[test]
fn ledger_equals_what_orders_owe_after_any_actions_on_sqlite() {
    for seed in 0..8 {
        check_random_actions(&mut open_sqlite(), 250, seed);
    }
}

#[test]
fn ledger_equals_what_orders_owe_after_any_actions_on_postgres() {
    let Some(scratch) = ScratchDatabase::create() else { return };
    check_random_actions(&mut scratch.open(), 250, 42);
}

/// Closes an order of before there was a ledger, whose debt was settled long ago.
#[test]
fn older_order_starts_at_zero_and_a_correction_books_the_difference() {
    let conn = &mut open_sqlite();
    let company = found_company(conn, 1);
    let (id, admin, now) = (company.orders[0], &company.admin, time::now());
    orders::assign_order(conn, admin, id, OrderAction::Assign, company.masters[0], now).unwrap();
    let read = db::orders::find_order(conn, id).unwrap().unwrap();
    let (total, materials) = (Kopecks(500_000), Kopecks::ZERO);
    let amounts = ClosingAmounts { total, materials, has_review: false, out_of_city: None };
    let rates = rates::rates_for_closing(conn, admin, id).unwrap();
    let closing = rates::settle_amounts(Some(amounts), rates).unwrap();
    db::orders::close_order(conn, &read, closing, now).unwrap();
    assert_eq!(booked_for(conn, id), BTreeMap::new());
    correct_order(conn, admin, id, Correction::Total(Kopecks(600_000)), now).unwrap().unwrap();
    assert_eq!(booked_for(conn, id), BTreeMap::from([(company.masters[0], 60_000)]));
    deletion::delete_order(conn, admin, id, "twice", now).unwrap();
    assert_eq!(booked_for(conn, id), BTreeMap::new());
    deletion::restore_order(conn, admin, id, now).unwrap();
    correct_order(conn, admin, id, Correction::Master(company.masters[1]), now).unwrap().unwrap();
    assert_eq!(booked_for(conn, id), BTreeMap::from([(company.masters[1], 60_000)]));
    // The former master has no order, but entries.
    let rejected = change_master(conn, admin, TelegramId(11), MasterChange::Reject, now);
    assert!(matches!(rejected, Err(Refusal::MasterHasOrders)), "{rejected:?}");
}

/// A closing without money is an entry of its own, so that the statement shows the order.
#[test]
fn closing_of_zero_is_booked_and_a_correction_of_nothing_is_not() {
    let conn = &mut open_sqlite();
    let company = found_company(conn, 1);
    let (id, admin, now) = (company.orders[0], &company.admin, time::now());
    orders::assign_order(conn, admin, id, OrderAction::Assign, company.masters[0], now).unwrap();
    for action in [OrderAction::Accept, OrderAction::ArriveOnSite] {
        orders::advance_order(conn, admin, id, action, None, now).unwrap();
    }
    let amounts = ClosingAmounts {
        total: Kopecks::ZERO,
        materials: Kopecks::ZERO,
        has_review: false,
        out_of_city: None,
    };
    let rates = rates::rates_for_closing(conn, admin, id).unwrap();
    let closing = rates::settle_amounts(Some(amounts), rates).unwrap();
    orders::close_order(conn, admin, id, closing, now).unwrap();
    correct_order(conn, admin, id, Correction::Review(true), now).unwrap();
    let entries = ledger_entries::list_entries_of_order(conn, id).unwrap();
    assert_eq!(entries, [(company.masters[0], "closing".to_owned(), Kopecks::ZERO)]);
}
