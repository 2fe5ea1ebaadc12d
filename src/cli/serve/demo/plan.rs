//! What becomes of each order of the demonstration, drawn by a generator with a fixed seed.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::company::{DemoCompany, DemoProblem};
use super::photos::order_photo;
use crate::domain::equipment::EquipmentType;
use crate::domain::long_repair::LongRepair;
use crate::domain::money::Kopecks;
use crate::domain::order::{NewOrder, OrderClosing, OrderFile};
use crate::domain::rates::{AppliedRates, ClosingAmounts};
use crate::domain::status::OrderStatus;
use crate::domain::visit::{VisitWindow, parse_visit};

/// How many days the company has lived.
const DAYS: i64 = 90;
/// Orders that are still open, by the status in which they are.
const OPEN: [(OrderStatus, usize); 5] = [
    (OrderStatus::New, 5),
    (OrderStatus::Assigned, 5),
    (OrderStatus::Accepted, 12),
    (OrderStatus::OnSite, 3),
    (OrderStatus::LongRepair, 5),
];
/// All orders.
pub(super) const ORDERS: usize = 400;

/// The life of one order.
pub(super) struct OrderPlan {
    pub(super) new: NewOrder,
    pub(super) created_at: DateTime<Utc>,
    pub(super) status: OrderStatus,
    /// The number of the dispatcher, and of the master, in the company's lists.
    pub(super) dispatcher: usize,
    pub(super) master: usize,
    /// A master who declines first, with the reason.
    pub(super) declined_by: Option<(usize, String)>,
    /// What the dispatcher adds once the order has a master.
    pub(super) comment: Option<String>,
    /// What the master adds on site.
    pub(super) finding: Option<String>,
    /// The picture that the client sent, and the one that the master takes.
    pub(super) photos: [Option<OrderFile>; 2],
    /// What is promised when the appliance is taken away before it is closed.
    pub(super) long_repair: Option<LongRepair>,
    pub(super) refuse_reason: String,
    pub(super) closing: OrderClosing,
    /// Time between two steps.
    pub(super) pace: TimeDelta,
}

/// Draws plans.
pub(super) struct Planner<'a> {
    pub(super) company: &'a DemoCompany,
    pub(super) equipment: &'a [EquipmentType],
    pub(super) random: StdRng,
    pub(super) now: DateTime<Utc>,
    pub(super) zone: Tz,
}

impl Planner<'_> {
    /// Returns the plans of all orders, oldest first.
    pub(super) fn draw_plans(&mut self) -> Vec<OrderPlan> {
        let open: Vec<OrderStatus> =
            OPEN.into_iter().flat_map(|(status, count)| vec![status; count]).collect();
        let mut plans: Vec<OrderPlan> =
            (0..ORDERS - open.len()).filter_map(|_| self.draw_finished()).collect();
        plans
            .extend(open.into_iter().enumerate().filter_map(|(index, status)| self.draw_open(index, status)));
        plans.sort_by_key(|plan| plan.created_at);
        plans
    }

    fn draw_finished(&mut self) -> Option<OrderPlan> {
        let age = TimeDelta::days(self.random.random_range(4..=DAYS));
        let minute = TimeDelta::minutes(self.random.random_range(0..660));
        let created_at = self.morning(-age)? + minute;
        let visit_day = TimeDelta::days(self.random.random_range(1..=2)) - age;
        let refused = self.random.random_bool(0.12);
        let status = if refused { OrderStatus::Refused } else { OrderStatus::Closed };
        let mut plan = self.draw_plan(created_at, visit_day, status)?;
        if self.random.random_bool(0.15) {
            plan.long_repair = Some(self.draw_long_repair(created_at)?);
        }
        Some(plan)
    }

    /// Open orders are expected today and tomorrow, in turn; those where the master is, today.
    fn draw_open(&mut self, index: usize, status: OrderStatus) -> Option<OrderPlan> {
        let age = TimeDelta::minutes(self.random.random_range(12 * 60..30 * 60));
        let created_at = self.now - age;
        let is_tomorrow = status != OrderStatus::OnSite && !index.is_multiple_of(2);
        let mut plan = self.draw_plan(created_at, TimeDelta::days(is_tomorrow.into()), status)?;
        if status == OrderStatus::LongRepair {
            plan.long_repair = Some(self.draw_long_repair(self.now)?);
        }
        plan.pace = TimeDelta::minutes(self.random.random_range(20..60));
        Some(plan)
    }

    /// Returns nine o'clock of a day.
    fn morning(&self, shift: TimeDelta) -> Option<DateTime<Utc>> {
        let day = (self.now.with_timezone(&self.zone) + shift).date_naive();
        let nine = NaiveTime::from_hms_opt(9, 0, 0)?;
        Some(day.and_time(nine).and_local_timezone(self.zone).earliest()?.to_utc())
    }

    fn draw_plan(
        &mut self,
        created_at: DateTime<Utc>,
        visit_day: TimeDelta,
        status: OrderStatus,
    ) -> Option<OrderPlan> {
        let company = self.company;
        let (dispatchers, masters) = (company.dispatchers.len(), company.masters.len());
        let master = self.random.random_range(0..masters);
        let declined_by = self.random.random_bool(0.08).then(|| (master + 1) % masters);
        let declined_by = match declined_by {
            Some(other) => Some((other, self.choose(&company.declines)?.to_owned())),
            None => None,
        };
        let problem = company.problems.choose(&mut self.random)?;
        Some(OrderPlan {
            new: self.draw_order(problem, created_at, visit_day)?,
            comment: self.choose_sometimes(0.2, &company.comments),
            finding: self.choose_sometimes(0.25, &company.findings),
            photos: [0.15, 0.2]
                .map(|share| self.random.random_bool(share).then(|| order_photo(&problem.photo))),
            created_at,
            status,
            dispatcher: self.random.random_range(0..dispatchers),
            master,
            declined_by,
            long_repair: None,
            refuse_reason: self.choose(&company.refusals)?.to_owned(),
            closing: self.draw_closing()?,
            pace: TimeDelta::minutes(self.random.random_range(30..300)),
        })
    }

    fn draw_order(
        &mut self,
        problem: &DemoProblem,
        created_at: DateTime<Utc>,
        visit_day: TimeDelta,
    ) -> Option<NewOrder> {
        let company = self.company;
        let (scheduled_time, visit) = self.draw_visit(created_at, visit_day)?;
        let has_notes = self.random.random_bool(0.4);
        // Every third client calls again.
        let client = self.random.random_range(0..ORDERS * 2 / 3);
        let notes = self.choose(&company.notes)?.to_owned();
        Some(NewOrder {
            equipment: self.equipment.iter().find(|kind| kind.name == problem.equipment)?.into(),
            description: self.choose(&problem.texts)?.to_owned(),
            client_name: company.client_names.get(client % company.client_names.len())?.clone(),
            client_address: company
                .address
                .replace("{street}", company.streets.get(client % company.streets.len())?)
                .replace("{house}", &(client % 48 + 1).to_string())
                .replace("{flat}", &(client % 90 + 1).to_string()),
            client_phone: format!("+7900001{client:04}"),
            notes: has_notes.then_some(notes),
            scheduled_time: Some(scheduled_time),
            visit: Some(visit),
        })
    }

    /// Returns the words of a visit, and what they mean when the order is taken. A time of today that is over by then is
    /// moved to the next day.
    fn draw_visit(&mut self, created_at: DateTime<Utc>, day: TimeDelta) -> Option<(String, VisitWindow)> {
        let form = self.choose(&self.company.visits)?;
        let hour: u32 = self.random.random_range(9..=18);
        (0..3).find_map(|later| {
            let day = self.now.with_timezone(&self.zone) + day + TimeDelta::days(later);
            let words = form
                .replace("{day}", &day.format("%d.%m.%Y").to_string())
                .replace("{hour}", &hour.to_string())
                .replace("{end}", &(hour + 2).to_string());
            let visit = parse_visit(&words, created_at, self.zone)?;
            Some((words, visit))
        })
    }

    fn draw_long_repair(&mut self, begun_at: DateTime<Utc>) -> Option<LongRepair> {
        let promised = begun_at + TimeDelta::days(self.random.random_range(5..15));
        let has_prepayment = self.random.random_bool(0.5);
        Some(LongRepair {
            promised: promised.with_timezone(&self.zone).date_naive(),
            parts: Some(self.choose(&self.company.parts)?.to_owned()),
            prepayment: has_prepayment.then_some(Kopecks(100_000)),
        })
    }

    fn draw_closing(&mut self) -> Option<OrderClosing> {
        let total = self.random.random_range(15..160) * 10_000;
        let materials = self.random.random_range(0..=5) * total / 10;
        let materials = materials - materials % 10_000;
        let has_review = self.random.random_bool(0.3);
        let (total, materials) = (Kopecks(total), Kopecks(materials));
        let amounts = ClosingAmounts { total, materials, has_review, out_of_city: None };
        OrderClosing::settle(amounts, AppliedRates::DEFAULT).ok()
    }

    fn choose_sometimes(&mut self, share: f64, texts: &[String]) -> Option<String> {
        let is_chosen = self.random.random_bool(share);
        self.choose(texts).filter(|_| is_chosen).map(str::to_owned)
    }

    fn choose<'t>(&mut self, texts: &'t [String]) -> Option<&'t str> {
        texts.choose(&mut self.random).map(String::as_str)
    }
}
