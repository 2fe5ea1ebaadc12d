//! Requests for a role and messages of users without one, as staff read them.

use crate::bot::view::cards::mention_user;
use crate::bot::view::html::{fit_fields, shorten_text};
use crate::bot::view::text::{Texts, html_text};
use crate::domain::access::AccessDecision;
use crate::domain::user::User;

/// Renders a request for a role.
pub(crate) fn access_request(texts: &Texts, applicant: &User) -> String {
    format!("{}\n\n{}", html_text!(texts, "access-request"), person_lines(texts, applicant))
}

/// Renders the same once it is decided.
pub(crate) fn decided_request(
    texts: &Texts,
    applicant: &User,
    decision: Option<AccessDecision>,
    by: &str,
) -> String {
    let by = shorten_text(by, NAME);
    let outcome = match decision {
        Some(AccessDecision::Dispatcher) => html_text!(texts, "access-became-dispatcher", person = by),
        Some(AccessDecision::Master) => html_text!(texts, "access-became-master", person = by),
        Some(AccessDecision::Rejected) | None => html_text!(texts, "access-rejected", person = by),
    };
    format!("{}\n\n{outcome}", person_lines(texts, applicant))
}

/// Renders a message of a user without a role, with who took it over.
pub(crate) fn stranger_message(
    texts: &Texts,
    stranger: &User,
    text: Option<&str>,
    files: usize,
    taken_by: Option<&str>,
) -> String {
    fit_fields(|max| {
        let mut lines = vec![html_text!(texts, "stranger-message"), person_lines(texts, stranger)];
        lines.extend(
            text.map(|text| {
                format!("\n{}", html_text!(texts, "quoted-text", text = shorten_text(text, max)))
            }),
        );
        if files > 0 {
            lines.push(html_text!(texts, "card-files", count = files));
        }
        if let Some(person) = taken_by {
            lines.push(format!("\n{}", html_text!(texts, "stranger-message-taken", person = person)));
        }
        lines.join("\n")
    })
}

/// The most of a name, in UTF-16 units.
const NAME: usize = 100;

/// Returns name, username and number of a user, so that staff can write to them.
fn person_lines(texts: &Texts, user: &User) -> String {
    let name = mention_user(user.telegram_id, &shorten_text(&user.display_name(), NAME));
    let mut lines = vec![html_text!(texts, "person-name", name = name)];
    if let Some(username) = &user.username {
        lines.push(html_text!(texts, "master-username", username = username));
    }
    lines.push(html_text!(texts, "master-id", id = user.telegram_id));
    lines.join("\n")
}
