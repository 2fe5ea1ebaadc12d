//! What stands in the database: looking at it, and putting things into it faster than people can.

use botctl::testing::db::schema::{audit_log, dialogues, inbox, order_status_history, orders, outbox, users};
use botctl::testing::db::{self, AnyConnection, StatusChange};
use botctl::testing::domain::{
    AppliedRates, ClosingAmounts, Kopecks, MasterId, NewMaster, NewOrder, Order, OrderClosing,
    OrderEquipment, OrderId, OrderStatus, Phone, Role, TelegramId,
};
use diesel::prelude::*;

use super::world::{DISPATCHER, MASTER, TestDatabase, World, execute};

pub const CLIENT: &str = "Клара Клиентова";
pub const ADDRESS: &str = "Примерная улица, дом 17, кв. 3";
/// As it is typed and shown.
pub const PHONE: &str = "+7 999 000-11-22";
/// As it is stored.
pub const STORED_PHONE: &str = "+79990001122";
pub const NOTES: &str = "домофон 17к";

/// One row of the history: old status, new status, who, note.
pub type Step = (Option<String>, String, Option<i64>, Option<String>);

pub fn new_order(description: &str) -> NewOrder {
    NewOrder {
        equipment: OrderEquipment { id: None, name: "Сантехника".to_owned() },
        description: description.to_owned(),
        client_name: CLIENT.to_owned(),
        client_address: ADDRESS.to_owned(),
        client_phone: STORED_PHONE.to_owned(),
        notes: Some(NOTES.to_owned()),
        scheduled_time: None,
        visit: None,
    }
}

/// The statuses that an order goes through on its shortest way to another.
fn way_to(status: OrderStatus) -> Vec<OrderStatus> {
    let mut way = vec![OrderStatus::New];
    way.extend(match status {
        OrderStatus::New => vec![],
        OrderStatus::Assigned => vec![OrderStatus::Assigned],
        OrderStatus::Accepted => vec![OrderStatus::Assigned, OrderStatus::Accepted],
        OrderStatus::OnSite => vec![OrderStatus::Assigned, OrderStatus::Accepted, OrderStatus::OnSite],
        OrderStatus::LongRepair => {
            vec![OrderStatus::Assigned, OrderStatus::Accepted, OrderStatus::LongRepair]
        }
        OrderStatus::Closed => {
            vec![OrderStatus::Assigned, OrderStatus::Accepted, OrderStatus::OnSite, OrderStatus::Closed]
        }
        OrderStatus::Refused => vec![OrderStatus::Assigned, OrderStatus::Refused],
    });
    way
}

/// Puts an order in some status of its life into the database, with its history; [`MASTER`] has or had it.
pub fn insert_order(conn: &mut AnyConnection, status: OrderStatus, master: MasterId) -> OrderId {
    let id = botctl::testing::db::insert_order(
        conn,
        &new_order("Течёт труба под раковиной"),
        TelegramId(DISPATCHER),
        db::now(),
    )
    .unwrap();
    let mut from = None;
    for to in way_to(status) {
        if let Some(old) = from {
            let read = botctl::testing::db::find_order(conn, id).unwrap().unwrap();
            assert_eq!(read.status, old);
            if to == OrderStatus::Closed {
                let (total, materials) = (Kopecks(500_000), Kopecks(100_000));
                let amounts = ClosingAmounts { total, materials, has_review: false, out_of_city: None };
                let closing = OrderClosing::settle(amounts, AppliedRates::DEFAULT).unwrap();
                botctl::testing::db::close_order(conn, &read, closing, db::now()).unwrap();
            } else {
                botctl::testing::db::update_order_status(conn, &read, to, Some(master), db::now()).unwrap();
            }
        }
        let by =
            TelegramId(if matches!(to, OrderStatus::New | OrderStatus::Assigned | OrderStatus::Refused) {
                DISPATCHER
            } else {
                MASTER
            });
        db::insert_status_change(
            conn,
            StatusChange { order: id, from, to, by, for_master: None, note: None },
            db::now(),
        )
        .unwrap();
        from = Some(to);
    }
    id
}

impl World {
    /// Makes a registered person a master, active and approved.
    pub fn make_master(&self, person: i64) -> MasterId {
        self.db(|conn| {
            let id = TelegramId(person);
            let phone = Phone::parse(&format!("+7900000{person:04}")).unwrap();
            let new = NewMaster { telegram_id: id, phone, specialization: "сантехника".to_owned() };
            let user = botctl::testing::db::find_user(conn, id).unwrap().expect("has pressed /start");
            botctl::testing::db::update_user_roles(conn, id, user.roles.with(Role::Master)).unwrap();
            db::insert_master(conn, &new, true, db::now()).unwrap().unwrap()
        })
    }

    pub fn master_id(&self, person: i64) -> MasterId {
        self.db(|conn| db::find_master_of_user(conn, TelegramId(person))).unwrap().expect("is a master").id
    }

    /// An order of the master in some status, made behind the bot's back.
    pub fn order_in(&self, status: OrderStatus) -> i64 {
        let master = self.master_id(MASTER);
        self.db(|conn| insert_order(conn, status, master)).0
    }

    pub fn order(&self, id: i64) -> Order {
        self.db(|conn| botctl::testing::db::find_order(conn, OrderId(id)))
            .unwrap()
            .expect("there is such an order")
    }

    pub fn status(&self, id: i64) -> OrderStatus {
        self.order(id).status
    }

    /// The numbers of all orders, oldest first.
    pub fn orders(&self) -> Vec<i64> {
        self.db(|conn| orders::table.order(orders::id).select(orders::id).load(conn)).unwrap()
    }

    /// The newest order.
    pub fn last_order(&self) -> i64 {
        *self.orders().last().expect("there is an order")
    }

    pub fn history(&self, id: i64) -> Vec<Step> {
        use order_status_history as history;
        self.db(|conn| {
            history::table
                .filter(history::order_id.eq(id))
                .order(history::id)
                .select((history::old_status, history::new_status, history::changed_by, history::notes))
                .load(conn)
        })
        .unwrap()
    }

    /// The same as `OLD→NEW` words, for a look at the whole way.
    pub fn way(&self, id: i64) -> Vec<String> {
        let arrow = |(old, new, ..): Step| format!("{}→{new}", old.unwrap_or_default());
        self.history(id).into_iter().map(arrow).collect()
    }

    /// Who did what: (person, action), oldest first.
    pub fn audit(&self) -> Vec<(Option<i64>, String)> {
        self.db(|conn| {
            audit_log::table.order(audit_log::id).select((audit_log::user_id, audit_log::action)).load(conn)
        })
        .unwrap()
    }

    pub fn roles(&self, person: i64) -> String {
        self.db(|conn| users::table.filter(users::telegram_id.eq(person)).select(users::role).first(conn))
            .unwrap()
    }

    /// How many people are registered under this number.
    pub fn users_called(&self, person: i64) -> i64 {
        self.db(|conn| users::table.filter(users::telegram_id.eq(person)).count().get_result(conn)).unwrap()
    }

    pub fn dialogues(&self) -> i64 {
        self.db(|conn| dialogues::table.count().get_result(conn)).unwrap()
    }

    /// Counts the rows of a table, with a condition behind its name.
    pub fn count_rows(&self, table: &str) -> i64 {
        #[derive(diesel::QueryableByName)]
        struct RowCount {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            number: i64,
        }
        let query = diesel::sql_query(format!("SELECT count(*) AS number FROM {table}"));
        let counted: RowCount = self
            .db(|conn| match conn {
                AnyConnection::Sqlite(c) => query.get_result(c),
                AnyConnection::Pg(c) => query.get_result(c),
            })
            .unwrap();
        counted.number
    }

    /// Updates that are stored and not finished.
    pub fn unfinished(&self) -> i64 {
        self.db(|conn| inbox::table.filter(inbox::done_at.is_null()).count().get_result(conn)).unwrap()
    }

    /// From now on no update with this in it can be marked done, as if the database were locked whenever one is.
    pub fn locks_out(&self, word: &str) {
        let on_postgres = format!(
            "CREATE FUNCTION lock_out() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
               IF NEW.payload LIKE '%{word}%' THEN RAISE EXCEPTION 'deadlock detected'; END IF;
               RETURN NEW;
             END $$"
        );
        match self.store {
            TestDatabase::Sqlite(_) => self.db(|conn| {
                let refuse = format!(
                    "CREATE TRIGGER lock_out BEFORE UPDATE ON inbox WHEN NEW.payload LIKE '%{word}%'
                     BEGIN SELECT RAISE(ABORT, 'database is locked'); END"
                );
                execute(conn, &refuse);
            }),
            TestDatabase::Postgres { .. } => self.db(|conn| {
                execute(conn, &on_postgres);
                execute(
                    conn,
                    "CREATE TRIGGER lock_out BEFORE UPDATE ON inbox FOR EACH ROW EXECUTE FUNCTION lock_out()",
                );
            }),
        }
    }

    /// Takes that back.
    pub fn lets_in(&self) {
        let drop = match self.store {
            TestDatabase::Sqlite(_) => "DROP TRIGGER lock_out",
            TestDatabase::Postgres { .. } => "DROP FUNCTION lock_out() CASCADE",
        };
        self.db(|conn| execute(conn, drop));
    }

    pub fn inbox_outcome(&self, update: i64) -> Option<String> {
        self.db(|conn| inbox::table.find(update).select(inbox::outcome).first(conn)).unwrap()
    }

    /// How many messages stand in the outbox in this state: pending, sent, dead.
    pub fn messages_that_are(&self, state: &str) -> i64 {
        self.db(|conn| outbox::table.filter(outbox::state.eq(state)).count().get_result(conn)).unwrap()
    }

    /// The dead letters: (chat, reason).
    pub fn dead_letters(&self) -> Vec<(i64, String)> {
        let rows: Vec<(i64, Option<String>)> = self
            .db(|conn| {
                outbox::table
                    .filter(outbox::state.eq("dead"))
                    .order(outbox::id)
                    .select((outbox::chat_id, outbox::last_error))
                    .load(conn)
            })
            .unwrap();
        rows.into_iter().map(|(chat, reason)| (chat, reason.unwrap_or_default())).collect()
    }
}
