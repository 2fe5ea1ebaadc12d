//! Tells Telegram which commands there are.

use crate::bot::commands;
use crate::config::people::PeopleConfig;
use crate::domain::locale::Locale;
use crate::telegram::{Api, CALL_TIMEOUT};

/// Registers the command menus in the background. A menu that Telegram does not take (a dispatcher who has not
/// written yet) is no reason to wait or to stop: the next start tries again.
pub(super) fn commands(api: &Api, people: &PeopleConfig, locale: Locale) {
    let (api, calls) = (api.clone(), commands::command_menus(people, locale));
    tokio::spawn(async move {
        for call in calls {
            if let Err(error) = api.call(call.method, call.payload, CALL_TIMEOUT).await {
                tracing::debug!(%error, "a command menu was not registered");
            }
        }
    });
}
