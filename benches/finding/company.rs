//! A made-up company with 200,000 orders, the same in each run.

use anyhow::{Context, Result};
use botctl::testing::db::{self, AnyConnection};
use botctl::testing::domain::OrderId;
use diesel::RunQueryDsl;

pub(crate) const ORDERS: u64 = 200_000;
pub(crate) const DISPATCHER: i64 = 1_002;
pub(crate) const MASTER: i64 = 2_001;
const MASTERS: u64 = 12;
/// Rows of one statement.
const ROWS: u64 = 500;
/// Orders indexed in one transaction.
const INDEXED: usize = 500;

const NAMES: [&str; 12] =
    ["Анна", "Алёна", "Борис", "Вера", "Глеб", "Дарья", "Ефим", "Жанна", "Зоя", "Игорь", "Кира", "Лев"];
const SURNAMES: [&str; 16] = [
    "Абрамова",
    "Белкин",
    "Воронова",
    "Громов",
    "Дятлова",
    "Ежов",
    "Жукова",
    "Зайцев",
    "Ильина",
    "Крылов",
    "Лосева",
    "Медведев",
    "Носова",
    "Орлов",
    "Птицына",
    "Рыбаков",
];
const STREETS: [&str; 24] = [
    "Баумана",
    "Берёзовая",
    "Весенняя",
    "Гагарина",
    "Дачная",
    "Зелёная",
    "Калинина",
    "Кирова",
    "Ленина",
    "Лесная",
    "Луговая",
    "Мира",
    "Молодёжная",
    "Набережная",
    "Новая",
    "Октябрьская",
    "Парковая",
    "Победы",
    "Пушкина",
    "Садовая",
    "Советская",
    "Солнечная",
    "Цветочная",
    "Школьная",
];
const PROBLEMS: [&str; 8] = [
    "Не сливает воду, шумит при отжиме",
    "Не греет, пахнет горелым",
    "Течёт снизу",
    "Не включается после грозы",
    "Стучит барабан",
    "Выбивает автомат",
    "Не открывается дверца",
    "Ошибка E20 на табло",
];
const TYPES: [&str; 4] = ["Стиральные машины", "Духовой шкаф", "Сантехника", "Посудомоечная машина"];
const STATUSES: [&str; 6] = ["NEW", "ASSIGNED", "ACCEPTED", "ONSITE", "DR", "REFUSED"];

/// Spreads consecutive numbers (Knuth, The Art of Computer Programming, volume 2, MMIX).
fn spread(number: u64) -> u64 {
    number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407) >> 33
}

fn pick<'a>(from: &[&'a str], number: u64) -> &'a str {
    from[usize::try_from(spread(number)).unwrap_or_default() % from.len()]
}

pub(crate) fn client(number: u64) -> String {
    format!("{} {}", pick(&NAMES, number), pick(&SURNAMES, number ^ 0x55))
}

pub(crate) fn street(number: u64) -> &'static str {
    pick(&STREETS, number ^ 0xaa)
}

/// About every fifth client comes back.
pub(crate) fn phone(number: u64) -> String {
    format!("+79{:09}", spread(number * 4 / 5) % 1_000_000_000)
}

pub(crate) fn fill(conn: &mut AnyConnection) -> Result<()> {
    execute(conn, &people())?;
    for first in (1..=ORDERS).step_by(usize::try_from(ROWS)?) {
        let rows: Vec<String> = (first..(first + ROWS).min(ORDERS + 1)).map(order_row).collect();
        execute(
            conn,
            &format!(
                "INSERT INTO orders (equipment_type, description, client_name, client_address, client_phone, status,
                    assigned_master_id, dispatcher_id, total_amount, materials_cost, master_profit, company_profit,
                    created_at, updated_at, visit_from) VALUES {}",
                rows.join(", ")
            ),
        )?;
    }
    if matches!(conn, AnyConnection::Pg(_)) {
        execute(conn, "ANALYZE")?;
    }
    Ok(())
}

fn people() -> String {
    let masters = (0..i64::try_from(MASTERS).unwrap_or_default()).map(|n| MASTER + n);
    let users: Vec<String> = masters
        .clone()
        .map(|id| format!("({id}, 'Master {id}', 'MASTER', '2026-01-01 10:00:00')"))
        .chain([format!("({DISPATCHER}, 'Dispatcher', 'DISPATCHER', '2026-01-01 10:00:00')")])
        .collect();
    let masters: Vec<String> =
        masters.map(|id| format!("({id}, '+79000000000', 'x', TRUE, TRUE, '2026-01-01 10:00:00')")).collect();
    format!(
        "INSERT INTO users (telegram_id, first_name, role, created_at) VALUES {};
         INSERT INTO masters (telegram_id, phone, specialization, is_active, is_approved, created_at) VALUES {}",
        users.join(", "),
        masters.join(", ")
    )
}

/// All but the last few hundred orders are closed; 60 have a visit today.
fn order_row(number: u64) -> String {
    let left = ORDERS - number;
    let status = if left < 600 { STATUSES[usize::try_from(left % 6).unwrap_or_default()] } else { "CLOSED" };
    let master = if status == "NEW" { "NULL".to_owned() } else { (1 + number % MASTERS).to_string() };
    let money = if status == "CLOSED" { "500000, 100000, 160000, 240000" } else { "NULL, NULL, NULL, NULL" };
    let today = db::now().date_naive();
    let visit = if left < 60 { format!("'{today} {:02}:00:00'", 6 + left % 12) } else { "NULL".to_owned() };
    let day = 1 + number * 27 / ORDERS;
    format!(
        "('{}', '{}', '{}', 'ул. {}, д. {}, кв. {}', '{}', '{status}', {master}, {DISPATCHER}, {money},
          '2026-01-{day:02} 10:00:00', '2026-01-{day:02} 10:00:00', {visit})",
        pick(&TYPES, number),
        pick(&PROBLEMS, number ^ 0x77),
        client(number),
        street(number),
        1 + spread(number ^ 0x99) % 150,
        1 + spread(number ^ 0x33) % 300,
        phone(number),
    )
}

/// Fills the index of the search as `serve` does.
pub(crate) fn index(conn: &mut AnyConnection) -> Result<()> {
    let mut below = OrderId(i64::MAX);
    loop {
        let (stale, next) = db::list_stale_orders(conn, below, 2_000)?;
        for ids in stale.chunks(INDEXED) {
            db::in_savepoint(conn, |conn| db::index_orders(conn, ids))?;
        }
        match next {
            Some(next) => below = next,
            None => return Ok(()),
        }
    }
}

fn execute(conn: &mut AnyConnection, statements: &str) -> Result<()> {
    for statement in statements.split(";\n") {
        let query = diesel::sql_query(statement);
        match conn {
            AnyConnection::Sqlite(c) => query.execute(c)?,
            AnyConnection::Pg(c) => query.execute(c)?,
        };
    }
    Ok(())
}

/// A database of PostgreSQL that goes with the run.
pub(crate) struct ScratchDatabase {
    server: String,
    name: String,
}

impl ScratchDatabase {
    pub(crate) fn create(server: &str) -> Result<Self> {
        let name = format!("botctl_bench_{:016x}", rand::random::<u64>());
        let mut conn = db::open_connection(&server.parse()?)?;
        execute(&mut conn, &format!("CREATE DATABASE {name} TEMPLATE template0"))?;
        Ok(Self { server: server.to_owned(), name })
    }

    pub(crate) fn url(&self) -> Result<String> {
        let mut url = url::Url::parse(&self.server).context("the server's address")?;
        url.set_path(&self.name);
        Ok(url.to_string())
    }
}

impl Drop for ScratchDatabase {
    fn drop(&mut self) {
        let dropped = self.server.parse().map_err(anyhow::Error::from).and_then(|url| {
            let mut conn = db::open_connection(&url)?;
            execute(&mut conn, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name))
        });
        if let Err(error) = dropped {
            eprintln!("{} is left behind: {error:#}", self.name);
        }
    }
}
