//! The visits of a day: a master's own, and by master for staff.

use crate::bot::view::html::{fit_fields, shorten_text};
use crate::bot::view::order_rows::{numbered, street_or_equipment};
use crate::bot::view::text::{Texts, html_text, plain_text};
use crate::bot::view::visits::{LocalClock, day_name, short_visit, visit_clock};
use crate::domain::day_plan::{VisitMark, mark_visits};
use crate::domain::master::Master;
use crate::domain::order::Order;
use crate::domain::phone::readable_phone;
use crate::domain::visibility::{AddressRule, ClientDetails, client_details_for_master};
use crate::service::order_lists::{ListedOrder, OwnDay};

/// Renders what a master has to do today, with as much of the clients as they may see.
pub(crate) fn own_day(texts: &Texts, clock: LocalClock, day: &OwnDay) -> String {
    fit_fields(|max| {
        let today = day_name(texts, clock, clock.today());
        let mut blocks = vec![html_text!(texts, "my-day-header", day = today)];
        if day.visits.orders.is_empty() {
            blocks.push(html_text!(texts, "my-day-empty"));
        }
        for (title, part) in [
            (None, &day.visits),
            (Some(html_text!(texts, "my-day-overdue")), &day.overdue),
            (Some(html_text!(texts, "my-day-undated")), &day.undated),
        ] {
            blocks.extend(title.filter(|_| !part.orders.is_empty()));
            let visits = part.orders.iter();
            blocks.extend(visits.map(|order| own_visit(texts, clock, order, day.address_rule, max)));
            blocks.extend((part.more > 0).then(|| html_text!(texts, "my-day-more", count = part.more)));
        }
        blocks.join("\n\n")
    })
}

fn own_visit(texts: &Texts, clock: LocalClock, order: &Order, rule: AddressRule, max: usize) -> String {
    let details = client_details_for_master(order.status, rule);
    let time = order.visit.map(|visit| short_visit(texts, clock, visit)).or(order.scheduled_time.clone());
    let mut head = vec![numbered(texts, order), street_or_equipment(texts, order, ClientDetails::Hidden)];
    head.extend(time.map(|time| shorten_text(&time, max)));
    let mut lines = vec![html_text!(texts, "day-visit", visit = head.join(" · "))];
    if details.shows_address() {
        let (name, address) = (&order.client_name, &order.client_address);
        lines.push(html_text!(texts, "card-client", name = shorten_text(name, max)));
        lines.push(html_text!(texts, "card-address", address = shorten_text(address, max)));
    }
    if details.shows_phone() {
        lines.push(html_text!(
            texts,
            "card-phone",
            phone = shorten_text(&readable_phone(&order.client_phone), max)
        ));
    }
    lines.join("\n")
}

/// Renders the visits of a day by master, unassigned ones first, with gaps and overlaps.
pub(crate) fn staff_day(
    texts: &Texts,
    clock: LocalClock,
    day: chrono::NaiveDate,
    visits: &[ListedOrder],
) -> String {
    let header = html_text!(
        texts,
        "day-plan-header",
        day = day_name(texts, clock, day),
        count = i64::try_from(visits.len()).unwrap_or(i64::MAX)
    );
    if visits.is_empty() {
        return format!("{header}\n\n{}", html_text!(texts, "day-plan-empty"));
    }
    fit_fields(|max| {
        let groups = group_by_master(visits).into_iter();
        let blocks = groups.map(|(master, visits)| master_block(texts, clock, master, &visits, max));
        std::iter::once(header.clone()).chain(blocks).collect::<Vec<_>>().join("\n\n")
    })
}

/// Returns the visits of each master, in the order of the masters' names; those without a master first.
pub(crate) fn group_by_master(visits: &[ListedOrder]) -> Vec<(Option<&Master>, Vec<&Order>)> {
    let mut groups: Vec<(Option<&Master>, Vec<&Order>)> = Vec::new();
    for visit in visits {
        let master = visit.master.as_ref();
        let key = master.map(|master| master.id);
        match groups.iter_mut().find(|(of, _)| of.map(|master| master.id) == key) {
            Some((_, orders)) => orders.push(&visit.order),
            None => groups.push((master, vec![&visit.order])),
        }
    }
    groups.sort_by_key(|(master, _)| master.map(|master| (master.name.to_lowercase(), master.id)));
    groups
}

fn master_block(
    texts: &Texts,
    clock: LocalClock,
    master: Option<&Master>,
    visits: &[&Order],
    max: usize,
) -> String {
    let mut lines = vec![match master {
        Some(master) => html_text!(texts, "day-plan-master", master = shorten_text(&master.name, max)),
        None => html_text!(texts, "day-plan-unassigned"),
    }];
    // Without a master nothing collides.
    let windows: Vec<_> = visits.iter().map(|order| order.visit.filter(|_| master.is_some())).collect();
    for (order, mark) in visits.iter().zip(mark_visits(&windows)) {
        let visit = visit_line(texts, clock, order, max);
        match mark {
            VisitMark::None => lines.push(html_text!(texts, "day-plan-visit", visit = visit)),
            VisitMark::Overlap => lines.push(html_text!(texts, "day-plan-overlap", visit = visit)),
            VisitMark::Gap(from, until) => {
                let time = |moment: chrono::DateTime<chrono::Utc>| {
                    moment.with_timezone(&clock.zone).format("%H:%M").to_string()
                };
                lines.push(html_text!(texts, "day-plan-gap", from = time(from), until = time(until)));
                lines.push(html_text!(texts, "day-plan-visit", visit = visit));
            }
        }
    }
    lines.join("\n")
}

fn visit_line(texts: &Texts, clock: LocalClock, order: &Order, max: usize) -> String {
    let time = order.visit.and_then(|visit| visit_clock(texts, clock.zone, visit));
    let time = time.unwrap_or_else(|| plain_text!(texts, "time-any"));
    let street = shorten_text(&street_or_equipment(texts, order, ClientDetails::Full), max);
    format!("{time} · {} · {street}", numbered(texts, order))
}
