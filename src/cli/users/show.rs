//! `botctl users show`.

use std::fmt::Write;

use clap::Args;
use serde::Serialize;

use super::super::completer::complete_users;
use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::text::{format_time, printable};
use super::role_change::role_change_error;
use super::user::{UserDocument, display_name, master_status, parse_user_or_placeholder_id, role_names};
use crate::config::roles::RolesConfig;
use crate::db::masters;
use crate::db::overview::{self, UserOrderCounts};
use crate::db::users;
use crate::domain::ids::TelegramId;
use crate::domain::locale::Locale;
use crate::domain::master::Master;
use crate::domain::phone;
use crate::domain::role::RoleSet;
use crate::domain::user::User;
use crate::service::operator::RoleChangeError;

/// Show a user: roles, master status and number of orders
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl users show 1002")]
pub(super) struct UsersShowArgs {
    /// Telegram ID of the user or placeholder
    #[arg(value_parser = parse_user_or_placeholder_id, allow_negative_numbers = true, add = complete_users())]
    id: i64,
}

#[derive(Serialize)]
struct UserDetails {
    #[serde(flatten)]
    person: UserDocument,
    locale: Option<&'static str>,
    configured_roles: Vec<&'static str>,
    phone: Option<String>,
    specialization: Option<String>,
    work_chat_id: Option<i64>,
    work_thread_id: Option<i64>,
    orders: OrderCounts,
}

#[derive(Serialize)]
struct OrderCounts {
    created: i64,
    active: i64,
    closed: i64,
}

impl UsersShowArgs {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let mut conn = context.open_current_database()?;
        let configured = RolesConfig::load(context.sources()?)?.roles_of(TelegramId(self.id));
        let user = users::find_user(&mut conn, TelegramId(self.id))?;
        let user = user.ok_or_else(|| role_change_error(self.id, RoleChangeError::UnknownPerson))?;
        let master = masters::find_master_of_user(&mut conn, user.telegram_id)?;
        let orders = overview::count_orders_of_user(
            &mut conn,
            user.telegram_id,
            master.as_ref().map(|master| master.id),
        )?;
        let shown = UserDetails {
            person: UserDocument::new(&user, master.as_ref()),
            locale: user.locale.map(Locale::as_str),
            configured_roles: role_names(configured),
            phone: master.as_ref().map(|master| phone::mask_phone(&master.phone)),
            specialization: master.as_ref().map(|master| master.specialization.clone()),
            work_chat_id: master.as_ref().and_then(|master| master.work_chat).map(|chat| chat.0),
            work_thread_id: master.as_ref().and_then(|master| master.work_thread).map(|thread| thread.0),
            orders: OrderCounts { created: orders.created, active: orders.active, closed: orders.closed },
        };
        context.output().print_result(&shown, || user_text(&user, master.as_ref(), configured, orders))
    }
}

fn user_text(user: &User, master: Option<&Master>, configured: RoleSet, orders: UserOrderCounts) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        // Writing to a String does not fail.
        let _written = writeln!(text, "{name:<14}{value}");
    };
    line("id", user.telegram_id.to_string());
    line("name", display_name(user));
    line(
        "username",
        user.username.as_deref().map_or_else(|| "-".to_owned(), |name| format!("@{}", printable(name))),
    );
    line("roles", user.roles.to_string());
    if !configured.is_unknown() {
        line("configured", format!("{configured} (ADMIN_IDS, DISPATCHER_IDS)"));
    }
    line("language", user.locale.map_or("not chosen", Locale::as_str).to_owned());
    line("since", format!("{} UTC", format_time(user.created_at)));
    line("orders", format!("{} created", orders.created));
    if let Some(master) = master {
        line("master", format!("{}, {}", master_status(master), printable(&master.specialization)));
        line("phone", phone::mask_phone(&master.phone));
        line(
            "orders in",
            match (master.work_chat, master.work_thread) {
                (None, _) => "the private chat".to_owned(),
                (Some(chat), None) => format!("group {chat}"),
                (Some(chat), Some(thread)) => format!("group {chat}, topic {thread}"),
            },
        );
        line("as master", format!("{} active, {} closed", orders.active, orders.closed));
    }
    text
}
