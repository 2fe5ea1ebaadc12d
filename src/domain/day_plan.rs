//! The visits of one master on a day: which collide, and where there is time between two.

use chrono::{DateTime, TimeDelta, Utc};

use super::visit::VisitWindow;

/// How long a visit at an exact time takes.
const VISIT: TimeDelta = TimeDelta::hours(1);
/// A longer window leaves room for other visits.
const LONGEST_SLOT: TimeDelta = TimeDelta::hours(4);
/// A shorter pause is none.
const SHORTEST_GAP: TimeDelta = TimeDelta::hours(2);

/// What is to be said before a visit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum VisitMark {
    None,
    /// It begins before an earlier one ends.
    Overlap,
    /// The master has nothing to do from then until then.
    Gap(DateTime<Utc>, DateTime<Utc>),
}

/// Returns when a visit occupies the master; `None` for a wide window, in which it can be moved.
fn slot(visit: VisitWindow) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let until = visit.until.unwrap_or(visit.from + VISIT);
    (until - visit.from <= LONGEST_SLOT).then_some((visit.from, until))
}

/// Whether a master cannot keep both visits.
pub(crate) fn visits_collide(one: VisitWindow, other: VisitWindow) -> bool {
    match (slot(one), slot(other)) {
        (Some((from, until)), Some((other_from, other_until))) => from < other_until && other_from < until,
        _ => false,
    }
}

/// Returns the mark of each visit of a master, which must be sorted by their beginning.
pub(crate) fn mark_visits(visits: &[Option<VisitWindow>]) -> Vec<VisitMark> {
    let mut earlier: Vec<VisitWindow> = Vec::new();
    let mut marks = Vec::new();
    for visit in visits {
        let Some((visit, (from, _))) = visit.and_then(|visit| Some((visit, slot(visit)?))) else {
            marks.push(VisitMark::None);
            continue;
        };
        let last_end = earlier.iter().filter_map(|visit| slot(*visit)).map(|(_, until)| until).max();
        marks.push(match last_end {
            _ if earlier.iter().any(|other| visits_collide(*other, visit)) => VisitMark::Overlap,
            Some(end) if from - end >= SHORTEST_GAP => VisitMark::Gap(end, from),
            _ => VisitMark::None,
        });
        earlier.push(visit);
    }
    marks
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(hour: u32, minute: u32) -> DateTime<Utc> {
        format!("2026-11-28T{hour:02}:{minute:02}:00Z").parse().unwrap()
    }

    fn exact(hour: u32, minute: u32) -> VisitWindow {
        VisitWindow { from: at(hour, minute), until: None }
    }

    fn window(from: u32, until: u32) -> VisitWindow {
        VisitWindow { from: at(from, 0), until: Some(at(until, 0)) }
    }

    #[test]
    fn a_wide_window_collides_with_none() {
        assert!(visits_collide(window(9, 13), exact(12, 0)) && !visits_collide(window(9, 13), exact(13, 0)));
        assert!(!visits_collide(window(10, 23), exact(15, 0)));
    }

    #[test]
    fn overlaps_and_gaps_are_marked() {
        use VisitMark::{Gap, None as Nothing, Overlap};
        let marks =
            |visits: &[VisitWindow]| mark_visits(&visits.iter().copied().map(Some).collect::<Vec<_>>());
        let day = [exact(9, 0), exact(9, 30), exact(10, 30), window(13, 15), exact(14, 0)];
        assert_eq!(marks(&day), [Nothing, Overlap, Nothing, Nothing, Overlap]);
        let day = [exact(9, 0), window(0, 23), exact(12, 0), exact(13, 0)];
        assert_eq!(marks(&day), [Nothing, Nothing, Gap(at(10, 0), at(12, 0)), Nothing]);
        // The later of two ends counts.
        let day = [window(9, 13), exact(9, 30), exact(14, 0), exact(17, 0)];
        assert_eq!(marks(&day), [Nothing, Overlap, Nothing, Gap(at(15, 0), at(17, 0))]);
        assert_eq!(mark_visits(&[None, Some(exact(9, 0)), None]), [Nothing, Nothing, Nothing]);
    }
}
