//! The values themselves: malformed, missing, misspelt, given twice.

use super::{Finding, State};
use crate::config::reader::ValueError;
use crate::config::sentry::Dsn;
use crate::config::variables::{self, NOT_YET_USED};
use crate::config::{Inspection, Problem, ProblemKind, Sources, Warning, WarningKind};
use crate::logging::write;

/// The variable with which log filters are written; it is not one of ours.
const RUST_LOG: &str = "RUST_LOG";
pub(in crate::cli::config) const DSN: &str = "SENTRY_DSN";

pub(super) fn look(sources: &Sources, inspection: &Inspection) -> Vec<Finding> {
    let mut found: Vec<_> = inspection.problems.iter().map(wrong).collect();
    if found.is_empty() {
        let set = variables::all_variables().filter(|known| sources.get(known.name).is_some()).count();
        let file = sources.env_file().map_or_else(
            || "there is no env file".to_owned(),
            |file| format!("env file {}", file.path().display()),
        );
        found.push(Finding::new("values", State::Ok, format!("{set} variables are set, {file}")));
    }
    found.extend(sources.typos().into_iter().map(typo));
    found.extend(sources.unknown_variables().into_iter().map(|(name, origin)| {
        Finding::new("names", State::Warn, "botctl does not know this variable, it has no effect")
            .at(&name, &origin)
            .hint("remove it, unless another program reads this file too")
    }));
    found.extend(without_effect(sources));
    found.extend(nobody(sources, inspection));
    found.extend(log_filter());
    found.extend(dsn(sources, inspection));
    found
}

/// A problem that keeps `serve` from starting.
pub(super) fn wrong(problem: &Problem) -> Finding {
    let Problem { variable, origin, kind, message, hint } = problem;
    let name = if variable.is_empty() { "env_file" } else { "values" };
    let finding = Finding::new(name, State::Wrong, message).hint(hint);
    match kind {
        _ if variable.is_empty() => Finding { origin: Some(origin.to_string()), ..finding },
        // Where nobody set it there is no place to point to.
        ProblemKind::Missing => {
            Finding { variable: Some(variable.clone()), origin: Some("not set".to_owned()), ..finding }
        }
        ProblemKind::Wrong => finding.at(variable, origin),
    }
}

fn typo(warning: Warning) -> Finding {
    let is_in_file = matches!(warning.origin, crate::config::Origin::EnvFile { .. });
    let state = match warning.kind {
        WarningKind::Misspelt if is_in_file => State::Wrong,
        WarningKind::Misspelt | WarningKind::Ambiguous => State::Warn,
    };
    Finding::new("names", state, warning.message).at(&warning.variable, &warning.origin).hint(warning.hint)
}

fn without_effect(sources: &Sources) -> Option<Finding> {
    let set: Vec<_> = NOT_YET_USED.iter().copied().filter(|name| sources.get(name).is_some()).collect();
    let message = format!("set, but without effect in this version: {}", set.join(", "));
    (!set.is_empty()).then(|| Finding::new("values", State::Warn, message))
}

fn nobody(sources: &Sources, inspection: &Inspection) -> Option<Finding> {
    let is_empty = inspection.people.as_ref()?.admins.is_empty();
    is_empty.then(|| {
        Finding::new("values", State::Warn, "nobody is an administrator")
            .of("ADMIN_IDS", sources)
            .hint("press Start in the bot's chat, it says your number; set ADMIN_IDS to it")
    })
}

/// As the log reads it: where it is malformed, the log says so too and goes by `LOG_LEVEL`.
fn log_filter() -> Option<Finding> {
    let origin = crate::config::Origin::Environment;
    Some(match write::rust_log_filter()? {
        Ok(_) => Finding::new("log_filter", State::Ok, "the log filter can be read, it wins over LOG_LEVEL")
            .at(RUST_LOG, &origin),
        Err(_) => Finding::new("log_filter", State::Wrong, "not a log filter; LOG_LEVEL counts in its stead")
            .at(RUST_LOG, &origin)
            .hint("write it as warn,botctl=debug, or remove it"),
    })
}

/// The DSN itself is never quoted: it holds a key.
fn dsn(sources: &Sources, inspection: &Inspection) -> Option<Finding> {
    let finding = |state, message: String| Finding::new("sentry", state, message).of(DSN, sources);
    match &inspection.dsn {
        Dsn::Off => None,
        Dsn::At(dsn) => {
            let host = dsn.expose().host_str().unwrap_or_default();
            Some(finding(State::Ok, format!("error reports go to {host}")))
        }
        Dsn::Unusable(complaint) => Some(
            finding(State::Wrong, unusable(complaint))
                .hint(format!("{}; empty = no reports", complaint.hint)),
        ),
    }
}

/// What is wrong with the DSN, and what comes of it.
pub(in crate::cli::config) fn unusable(complaint: &ValueError) -> String {
    format!("{}; errors would not be reported", complaint.message)
}
