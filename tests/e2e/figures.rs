//! The figures of the reports: on random orders against a calculation by hand, and at the edges of days and of an order's life.

use std::collections::BTreeMap;

use botctl::testing::db::AnyConnection;
use botctl::testing::domain::{Figures, Kopecks, PeriodPreset, ReportPeriod};
use botctl::testing::report::{Report, ReportKind, ReportRequest, make_report, period_of_preset};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rstest::rstest;

use crate::world::{Backend, DISPATCHER, MASTER, OTHER_DISPATCHER, OTHER_MASTER, execute, staffed};

const STATUSES: [&str; 7] = ["NEW", "ASSIGNED", "ACCEPTED", "ONSITE", "DR", "CLOSED", "REFUSED"];
const REASONS: [Option<&str>; 3] = [None, Some("expensive"), Some("far away")];
/// Clocks that change, that skip midnight, and that differ from the others by quarters of an hour.
const ZONES: [Tz; 4] = [
    chrono_tz::Europe::Moscow,
    chrono_tz::Europe::Berlin,
    chrono_tz::America::Santiago,
    chrono_tz::Asia::Kathmandu,
];
/// Around them the random orders are made: changes of clocks, the ends of a year and of February.
const MOMENTS: [&str; 5] = [
    "2026-03-28T12:00:00Z",
    "2026-09-05T12:00:00Z",
    "2026-10-24T12:00:00Z",
    "2026-12-31T12:00:00Z",
    "2028-02-28T12:00:00Z",
];
const DAYS: i64 = 4;

#[derive(Clone, Debug)]
struct MadeOrder {
    created_at: DateTime<Utc>,
    closed_at: DateTime<Utc>,
    status: &'static str,
    master: Option<i64>,
    equipment_type: Option<i64>,
    dispatcher: Option<i64>,
    /// Total, materials, the master's share; `None` for skipped amounts.
    amounts: Option<(i64, i64, i64)>,
    has_review: bool,
    reason: Option<&'static str>,
    is_deleted: bool,
}

impl MadeOrder {
    fn at(created_at: &str, closed_at: &str) -> Self {
        Self {
            created_at: created_at.parse().unwrap(),
            closed_at: closed_at.parse().unwrap(),
            status: "CLOSED",
            master: None,
            equipment_type: None,
            dispatcher: None,
            amounts: Some((100_000, 20_000, 32_000)),
            has_review: false,
            reason: None,
            is_deleted: false,
        }
    }

    fn is_over(&self) -> bool {
        self.status == "CLOSED" || self.status == "REFUSED"
    }

    fn insert(&self, conn: &mut AnyConnection) {
        let number = |value: Option<i64>| value.map_or("NULL".to_owned(), |value| value.to_string());
        let text = |value: Option<String>| value.map_or("NULL".to_owned(), |value| format!("'{value}'"));
        let stored = |time: DateTime<Utc>| time.naive_utc().format("%F %T%.f").to_string();
        let amount = |pick: fn((i64, i64, i64)) -> i64| number(self.amounts.map(pick));
        execute(
            conn,
            &format!(
                "INSERT INTO orders (equipment_type, description, client_name, client_address, client_phone, created_at,
                    updated_at, status, assigned_master_id, equipment_type_id, dispatcher_id, closed_at, deleted_at,
                    total_amount, materials_cost, master_profit, company_profit, has_review, refuse_reason)
                 VALUES ('x', 'x', 'x', 'x', 'x', '{created}', '{created}', '{}', {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})",
                self.status,
                number(self.master),
                number(self.equipment_type),
                number(self.dispatcher),
                text(self.is_over().then(|| stored(self.closed_at))),
                text(self.is_deleted.then(|| stored(self.closed_at))),
                amount(|(total, _, _)| total),
                amount(|(_, materials, _)| materials),
                amount(|(_, _, share)| share),
                amount(|(total, materials, share)| total - materials - share),
                if self.amounts.is_some() { self.has_review.to_string() } else { "NULL".to_owned() },
                text(self.reason.map(str::to_owned)),
                created = stored(self.created_at),
            ),
        );
    }

    /// What it adds to a report of these days, as one would count it by hand.
    fn figures(&self, period: ReportPeriod, zone: Tz) -> Figures {
        let is_within = |time: DateTime<Utc>| {
            let day = time.with_timezone(&zone).date_naive();
            period.from <= day && day <= period.to
        };
        let mut figures = Figures::default();
        if self.is_deleted {
            return figures;
        }
        figures.created = is_within(self.created_at).into();
        if self.status == "REFUSED" && is_within(self.closed_at) {
            figures.refused = 1;
        }
        if self.status == "CLOSED" && is_within(self.closed_at) {
            figures.closed = 1;
            figures.without_amounts = self.amounts.is_none().into();
            let (total, materials, share) = self.amounts.unwrap_or_default();
            figures.gross = Kopecks(total);
            figures.materials = Kopecks(materials);
            figures.net = Kopecks(total - materials);
            figures.master_share = Kopecks(share);
            figures.company_share = Kopecks(total - materials - share);
            figures.reviews = (self.amounts.is_some() && self.has_review).into();
        }
        figures
    }

    /// The key and the name of its line; the name only where the report finds it in the order.
    fn line(&self, kind: ReportKind, number: i64) -> (Option<i64>, Option<String>) {
        match kind {
            ReportKind::Masters => (self.master, None),
            ReportKind::Types => (self.equipment_type, None),
            ReportKind::Dispatchers => (self.dispatcher, None),
            ReportKind::Statuses => (None, Some(self.status.to_owned())),
            ReportKind::Reasons => (None, self.reason.map(str::to_owned)),
            ReportKind::Orders => (Some(number), None),
            ReportKind::Days => unreachable!("an order has two"),
        }
    }
}

fn any_order(masters: [i64; 2], base: DateTime<Utc>) -> impl Strategy<Value = MadeOrder> {
    let moment = move || {
        (0..DAYS * 96, prop::sample::select(vec![-1_i64, 0, 0, 1])).prop_map(move |(quarter, micros)| {
            base + TimeDelta::minutes(15 * quarter) + TimeDelta::microseconds(micros)
        })
    };
    let amounts = prop::option::of((0..9_000_000_i64, 0..=100_i64, 0..=100_i64)).prop_map(|amounts| {
        amounts.map(|(total, materials, share)| {
            let materials = total * materials / 100;
            (total, materials, (total - materials) * share / 100)
        })
    });
    let links = (0..3_usize, prop::option::of(1..4_i64), 0..3_usize);
    (moment(), moment(), prop::sample::select(&STATUSES[..]), links, amounts, any::<bool>(), 0..3_usize, 0..8)
        .prop_map(move |(created_at, closed_at, status, links, amounts, has_review, reason, deleted)| {
            let (master, equipment_type, dispatcher) = links;
            let needs_master = ["ASSIGNED", "ACCEPTED", "ONSITE", "DR"].contains(&status);
            let master = masters.get(master).copied().or(needs_master.then_some(masters[0]));
            let dispatcher = [DISPATCHER, OTHER_DISPATCHER].get(dispatcher).copied();
            let reason = (status == "REFUSED").then(|| REASONS[reason]).flatten();
            let is_deleted = deleted == 0;
            MadeOrder {
                created_at,
                closed_at,
                status,
                master,
                equipment_type,
                dispatcher,
                amounts,
                has_review,
                reason,
                is_deleted,
            }
        })
}

/// The lines by hand, those of days by adding up each day.
fn count_by_hand(kind: ReportKind, orders: &[MadeOrder], period: ReportPeriod, zone: Tz) -> Lines {
    let mut lines = Lines::new();
    for (number, order) in (1..).zip(orders) {
        if kind == ReportKind::Days {
            for day in period.days() {
                let line = lines.entry((None, Some(day.to_string()))).or_default();
                *line += order.figures(ReportPeriod::of_day(day), zone);
            }
        } else {
            let mut figures = order.figures(period, zone);
            if kind == ReportKind::Reasons {
                figures = Figures { refused: figures.refused, ..Figures::default() };
            }
            *lines.entry(order.line(kind, number)).or_default() += figures;
        }
    }
    lines.retain(|_, figures| *figures != Figures::default());
    lines
}

type Lines = BTreeMap<(Option<i64>, Option<String>), Figures>;

/// The lines of a report, with the names that it took from other tables left out. Numbers of orders count from 1.
fn lines_of(report: &Report, first_order: i64) -> Lines {
    let is_named = matches!(report.kind, ReportKind::Statuses | ReportKind::Reasons | ReportKind::Days);
    let key = |key: i64| if report.kind == ReportKind::Orders { key - first_order + 1 } else { key };
    let line = |row: &botctl::testing::report::FigureRow| {
        ((row.key.map(key), row.name.clone().filter(|_| is_named)), row.figures)
    };
    let lines: Lines = report.rows.iter().map(line).collect();
    assert_eq!(lines.len(), report.rows.len(), "no line comes twice: {:?}", report.rows);
    lines
}

fn report(conn: &mut AnyConnection, kind: ReportKind, period: ReportPeriod, zone: Tz) -> Report {
    make_report(conn, ReportRequest { kind, period, master: None }, zone).unwrap()
}

fn first_order(conn: &mut AnyConnection) -> i64 {
    use diesel::prelude::*;
    #[derive(QueryableByName)]
    struct First {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        id: i64,
    }
    let query = diesel::sql_query("SELECT coalesce(min(id), 0) AS id FROM orders");
    let first: First = match conn {
        AnyConnection::Sqlite(c) => query.get_result(c).unwrap(),
        AnyConnection::Pg(c) => query.get_result(c).unwrap(),
    };
    first.id
}

#[rstest]
fn figures_are_those_counted_by_hand_and_all_reports_have_the_same_total(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.player(OTHER_DISPATCHER).says("/start");
    let masters = [world.master_id(MASTER).0, world.master_id(OTHER_MASTER).0];
    let types = "INSERT INTO equipment_types (id, name, position, created_at) VALUES
        (1, 'a', 1, '2026-11-22 10:00:00'), (2, 'b', 2, '2026-11-22 10:00:00'), (3, 'c', 3, '2026-11-22 10:00:00')";
    world.db(|conn| execute(conn, types));
    let case = (prop::sample::select(&MOMENTS[..]), prop::sample::select(&ZONES[..])).prop_flat_map(
        move |(moment, zone)| {
            let base: DateTime<Utc> = moment.parse().unwrap();
            let period = (-1..=DAYS, 0..=DAYS).prop_map(move |(first, length)| {
                let from = base.date_naive() + TimeDelta::days(first);
                ReportPeriod::new(from, from + TimeDelta::days(length)).unwrap()
            });
            (Just(zone), period, prop::collection::vec(any_order(masters, base), 0..40))
        },
    );
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let done = runner.run(&case, |(zone, period, orders)| {
        world.db(|conn| check_all_reports(conn, &orders, period, zone));
        Ok(())
    });
    done.unwrap_or_else(|error| panic!("{error}"));
}

fn check_all_reports(conn: &mut AnyConnection, orders: &[MadeOrder], period: ReportPeriod, zone: Tz) {
    insert_only(conn, orders);
    let first = first_order(conn);
    let mut totals = BTreeMap::new();
    for kind in ReportKind::ALL {
        let made = report(conn, kind, period, zone);
        assert_eq!(lines_of(&made, first), count_by_hand(kind, orders, period, zone), "{kind:?}");
        assert_eq!(made.total, made.rows.iter().map(|row| row.figures).sum(), "{kind:?}");
        totals.insert(kind.as_str(), made.total);
    }
    let reasons = totals.remove("reasons").unwrap();
    assert!(totals.values().all(|total| *total == totals["days"]), "{totals:?}");
    assert_eq!(reasons.refused, totals["days"].refused);
}

/// Replaces all orders.
fn insert_only(conn: &mut AnyConnection, orders: &[MadeOrder]) {
    execute(conn, "DELETE FROM orders");
    for order in orders {
        order.insert(conn);
    }
}

/// What a report of one day says of one order: created, closed, refused.
fn counts(conn: &mut AnyConnection, day: &str, zone: Tz) -> (i64, i64, i64) {
    let day: NaiveDate = day.parse().unwrap();
    let total = report(conn, ReportKind::Days, ReportPeriod::of_day(day), zone).total;
    (total.created, total.closed, total.refused)
}

#[rstest]
fn orders_count_on_the_local_day_of_their_beginning_and_end(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    const MOSCOW: Tz = chrono_tz::Europe::Moscow;
    const BERLIN: Tz = chrono_tz::Europe::Berlin;
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.db(|conn| {
        // 23:30 on the last day of the year, and 00:30 on the first.
        insert_only(conn, &[MadeOrder::at("2026-12-31T20:30:00Z", "2026-12-31T21:30:00Z")]);
        assert_eq!(counts(conn, "2026-12-31", MOSCOW), (1, 0, 0));
        assert_eq!(counts(conn, "2027-01-01", MOSCOW), (0, 1, 0));
        let year = PeriodPreset::ThisYear.period("2026-07-01".parse().unwrap()).unwrap();
        let total = report(conn, ReportKind::Masters, year, MOSCOW).total;
        assert_eq!((total.created, total.closed, total.gross), (1, 0, Kopecks(0)));
        // The first moment of a day is its own, the last one before it is not.
        insert_only(conn, &[MadeOrder::at("2028-02-28T21:00:00Z", "2028-02-29T20:59:59.999999Z")]);
        assert_eq!(counts(conn, "2028-02-29", MOSCOW), (1, 1, 0));
        // 00:30 and 23:30 on the day of 23 hours, then on the day of 25.
        insert_only(
            conn,
            &[
                MadeOrder::at("2026-03-28T23:30:00Z", "2026-03-29T21:30:00Z"),
                MadeOrder::at("2026-10-24T22:30:00Z", "2026-10-25T22:30:00Z"),
            ],
        );
        assert_eq!(counts(conn, "2026-03-29", BERLIN), (1, 1, 0));
        assert_eq!(counts(conn, "2026-10-25", BERLIN), (1, 1, 0));
        assert_eq!(counts(conn, "2026-03-28", BERLIN), (0, 0, 0));
        assert_eq!(counts(conn, "2026-10-26", BERLIN), (0, 0, 0));
    });
}

#[rstest]
fn each_order_counts_once_where_it_belongs(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let (master, dismissed) = (world.master_id(MASTER).0, world.master_id(OTHER_MASTER).0);
    let day = ReportPeriod::of_day("2026-11-20".parse().unwrap());
    let order = MadeOrder::at("2026-11-20T10:00:00Z", "2026-11-20T12:00:00Z");
    let with_reason =
        |reason| MadeOrder { status: "REFUSED", reason: Some(reason), amounts: None, ..order.clone() };
    let orders = [
        MadeOrder { master: Some(master), has_review: true, ..order.clone() },
        MadeOrder { master: Some(dismissed), ..order.clone() },
        MadeOrder { amounts: None, ..order.clone() },
        MadeOrder { is_deleted: true, master: Some(master), ..order.clone() },
        MadeOrder { status: "NEW", ..order.clone() },
        with_reason("far away"),
        with_reason("far away"),
    ];
    let zone = chrono_tz::Europe::Moscow;
    world.db(|conn| {
        insert_only(conn, &orders);
        execute(conn, &format!("UPDATE masters SET is_active = FALSE WHERE id = {dismissed}"));
        execute(conn, &format!("UPDATE users SET role = 'UNKNOWN' WHERE telegram_id = {OTHER_MASTER}"));
        let masters = report(conn, ReportKind::Masters, day, zone);
        let keys: Vec<Option<i64>> = masters.rows.iter().map(|row| row.key).collect();
        assert!(keys.len() == 3 && keys.contains(&Some(dismissed)) && keys[2].is_none(), "{keys:?}");
        assert!(masters.rows[..2].iter().all(|row| row.name.is_some()), "{:?}", masters.rows);
        let none = masters.rows[2].figures;
        assert_eq!((none.created, none.closed, none.without_amounts, none.refused), (4, 1, 1, 2));
        assert_eq!((none.gross, masters.total.net), (Kopecks(0), Kopecks(160_000)));
        assert_eq!((masters.total.closed, masters.total.reviews), (3, 1));
        let only = make_report(
            conn,
            ReportRequest {
                kind: ReportKind::Orders,
                period: day,
                master: Some(botctl::testing::domain::MasterId(master)),
            },
            zone,
        );
        assert_eq!(only.unwrap().total.gross, Kopecks(100_000));
        let reasons = report(conn, ReportKind::Reasons, day, zone);
        assert_eq!(reasons.rows.len(), 1);
        assert_eq!((reasons.rows[0].name.as_deref(), reasons.total.refused), (Some("far away"), 2));
        let statuses = report(conn, ReportKind::Statuses, day, zone);
        let names: Vec<&str> = statuses.rows.iter().filter_map(|row| row.name.as_deref()).collect();
        assert_eq!(names, ["NEW", "CLOSED", "REFUSED"]);
        let today = "2026-11-28".parse().unwrap();
        let all = period_of_preset(conn, PeriodPreset::All, today, zone).unwrap();
        assert_eq!((all.from, all.to), (day.from, today));
    });
}
