//! `serve --sandbox --demo`: a made-up company that has worked for three months.
//!
//! Everything happens through the use cases of the bot, at the times at which it would have happened.

mod company;
mod photos;
mod plan;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use rand::SeedableRng;
use rand::rngs::StdRng;
use telegram_sandbox::{Sandbox, TelegramUser};

use crate::cli::error::CommandError;
use crate::cli::exit_code::ExitCode;
use crate::db::{self, AnyConnection, Database, time};
use crate::domain::ids::{ChatId, ChatPlace, TelegramId};
use crate::domain::master::{Master, NewMaster};
use crate::domain::phone::Phone;
use crate::domain::role::{Role, RoleSet};
use crate::domain::status::{OrderAction, OrderStatus};
use crate::domain::user::{User, UserProfile};
use crate::service::masters::{self, MasterChange};
use crate::service::{Refusal, comments, equipment, orders, users};
use company::{DemoCompany, DemoPerson};
use plan::{OrderPlan, Planner};

/// The same company every time.
const SEED: u64 = 13;

/// Who works for the company, as the database knows them.
struct DemoStaff {
    dispatchers: Vec<User>,
    masters: Vec<(User, Master)>,
}

/// Why a database is not filled: it has this already.
#[derive(Clone, Copy, Debug, thiserror::Error)]
enum FilledWith {
    #[error("the database has orders already, so it is not filled with made-up ones")]
    Orders,
    #[error("the database has users already, so no made-up company is added to them")]
    Users,
}

/// Fills a database. Refuses one that has orders or users.
pub(super) async fn fill_database(db: &Database, zone: Tz) -> Result<(), CommandError> {
    let company = load_company()?;
    let now = time::now();
    let filled = db.write(move |tx| fill_empty_database(tx, &company, now, zone)).await;
    match filled {
        Ok(None) => Ok(()),
        Ok(Some(found)) => Err(CommandError::new(ExitCode::Refused, found)
            .hint("choose a new file with --database-url, or leave --demo out")),
        Err(refusal) => Err(CommandError::new(ExitCode::Failed, refusal)),
    }
}

/// Adds those people and groups of the company to the sandbox whom its database knows and who have no phone on the page.
/// Otherwise messages to them would become dead letters.
pub(super) async fn add_company(db: &Database, sandbox: &Sandbox) -> Result<(), CommandError> {
    let company = load_company()?;
    let known = db.read(|conn| users::list_users_with_role(conn, Role::Master)).await;
    let known = known.map_err(|refusal: Refusal| CommandError::new(ExitCode::Failed, refusal))?;
    let is_known = |id: i64| known.iter().any(|user| user.telegram_id.0 == id);
    if !company.masters.iter().all(|master| is_known(master.person.id)) {
        return Ok(());
    }
    for DemoPerson { id, first_name, last_name, .. } in company.people() {
        if !sandbox.read_state(|state| state.has_chat(*id)) {
            sandbox
                .add_user(TelegramUser::new(*id, first_name).with_last_name(last_name).with_language("ru"));
        }
        sandbox.begin_chat(*id);
    }
    photos::add_photos(sandbox);
    for group in &company.groups {
        if !sandbox.read_state(|state| state.has_chat(group.id)) {
            let members = company.masters.iter().filter(|master| master.group == Some(group.id));
            let members: Vec<i64> = members.map(|master| master.person.id).collect();
            sandbox.add_group(group.id, &group.title, &members);
        }
        sandbox.begin_chat(group.id);
    }
    Ok(())
}

fn load_company() -> Result<DemoCompany, CommandError> {
    DemoCompany::load()
        .map_err(|error| CommandError::new(ExitCode::Failed, format!("invalid company.json: {error}")))
}

/// Returns what was found, and changes nothing, when there are orders, deleted ones included, or users.
fn fill_empty_database(
    tx: &mut AnyConnection,
    company: &DemoCompany,
    now: DateTime<Utc>,
    zone: Tz,
) -> Result<Option<FilledWith>, Refusal> {
    if db::orders::has_any_order(tx)? {
        return Ok(Some(FilledWith::Orders));
    }
    if db::users::has_any_user(tx)? {
        return Ok(Some(FilledWith::Users));
    }
    let first_day = now - TimeDelta::days(92);
    let admin = register(tx, &company.admin, Role::Admin, first_day)?;
    let staff = employ_staff(tx, company, &admin, first_day)?;
    let equipment = equipment::list_equipment(tx, &admin, first_day)?;
    let random = StdRng::seed_from_u64(SEED);
    for plan in (Planner { company, equipment: &equipment, random, now, zone }).draw_plans() {
        live_order(tx, &staff, &plan, now)?;
    }
    Ok(None)
}

fn register(
    tx: &mut AnyConnection,
    person: &DemoPerson,
    role: Role,
    now: DateTime<Utc>,
) -> Result<User, Refusal> {
    let profile = UserProfile {
        telegram_id: TelegramId(person.id),
        username: person.username.clone(),
        first_name: Some(person.first_name.clone()),
        last_name: Some(person.last_name.clone()),
    };
    let owed = if role == Role::Master { RoleSet::default() } else { RoleSet::default().with(role) };
    users::register_contact(tx, &profile, owed, now)
}

fn employ_staff(
    tx: &mut AnyConnection,
    company: &DemoCompany,
    admin: &User,
    now: DateTime<Utc>,
) -> Result<DemoStaff, Refusal> {
    let mut staff = DemoStaff { dispatchers: Vec::new(), masters: Vec::new() };
    for person in &company.dispatchers {
        staff.dispatchers.push(register(tx, person, Role::Dispatcher, now)?);
    }
    for demo in &company.masters {
        let id = register(tx, &demo.person, Role::Master, now)?.telegram_id;
        let Ok(phone) = Phone::parse(&demo.phone) else { continue };
        let new = NewMaster { telegram_id: id, phone, specialization: demo.specialization.clone() };
        let mut master = masters::add_master(tx, admin, &new, now)?;
        if let Some(group) = demo.group {
            let place = ChatPlace { chat: ChatId(group), thread: None };
            let change = MasterChange::WorkChat(Some(place));
            master = masters::change_master(tx, admin, id, change, now)?.1.unwrap_or(master);
        }
        // With the role that adding has brought.
        let user = users::find_user(tx, id)?.ok_or(Refusal::UnknownPerson)?;
        staff.masters.push((user, master));
    }
    Ok(staff)
}

/// The steps of one order, each a while after the one before and none in the future.
struct OrderLife {
    at: DateTime<Utc>,
    pace: TimeDelta,
    now: DateTime<Utc>,
}

impl OrderLife {
    fn next_step(&mut self) -> DateTime<Utc> {
        self.at = (self.at + self.pace).min(self.now);
        self.at
    }
}

/// Lets an order live as planned.
fn live_order(
    tx: &mut AnyConnection,
    staff: &DemoStaff,
    plan: &OrderPlan,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let dispatcher = &staff.dispatchers[plan.dispatcher];
    let (user, master) = &staff.masters[plan.master];
    let mut life = OrderLife { at: plan.created_at, pace: plan.pace, now };
    let [client_photo, master_photo] = plan.photos.each_ref().map(Option::as_slice);
    let id = orders::create_order(tx, dispatcher, &plan.new, client_photo, plan.created_at)?.id;
    if plan.status == OrderStatus::New {
        return Ok(());
    }
    if let Some((other, reason)) = &plan.declined_by {
        let (other_user, other) = &staff.masters[*other];
        orders::assign_order(tx, dispatcher, id, OrderAction::Assign, other.id, life.next_step())?;
        let at = life.next_step();
        orders::advance_order(tx, other_user, id, OrderAction::Decline, Some(reason), at)?;
    }
    orders::assign_order(tx, dispatcher, id, OrderAction::Assign, master.id, life.next_step())?;
    if let Some(comment) = &plan.comment {
        comments::add_comment(tx, dispatcher, id, Some(comment), &[], life.next_step())?;
    }
    if plan.status == OrderStatus::Assigned {
        return Ok(());
    }
    if plan.status == OrderStatus::Refused {
        let (at, reason) = (life.next_step(), Some(plan.refuse_reason.as_str()));
        orders::advance_order(tx, dispatcher, id, OrderAction::Refuse, reason, at)?;
        return Ok(());
    }
    orders::advance_order(tx, user, id, OrderAction::Accept, None, life.next_step())?;
    if plan.status == OrderStatus::Accepted {
        return Ok(());
    }
    // The master arrives when the client expects them.
    if let Some(visit) = &plan.new.visit {
        life.at = life.at.max(visit.from).min(now);
    }
    orders::advance_order(tx, user, id, OrderAction::ArriveOnSite, None, life.next_step())?;
    if plan.finding.is_some() || !master_photo.is_empty() {
        comments::add_comment(tx, user, id, plan.finding.as_deref(), master_photo, life.next_step())?;
    }
    if let Some(repair) = &plan.long_repair {
        orders::start_long_repair(tx, user, id, repair, life.next_step())?;
        if plan.status == OrderStatus::LongRepair {
            return Ok(());
        }
        life.pace = TimeDelta::days(1);
        orders::advance_order(tx, user, id, OrderAction::ArriveOnSite, None, life.next_step())?;
    }
    if plan.status == OrderStatus::Closed {
        orders::close_order(tx, user, id, plan.closing, life.next_step())?;
    }
    Ok(())
}
