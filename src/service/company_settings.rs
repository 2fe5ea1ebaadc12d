//! What administrators choose for the whole company.

use chrono::{DateTime, Utc};

use super::{Refusal, Result};
use crate::db::{AnyConnection, audit, order_lists, settings};
use crate::domain::ids::OrderId;
use crate::domain::order::OrderListQuery;
use crate::domain::status::OrderStatus;
use crate::domain::user::User;
use crate::domain::visibility::AddressRule;

/// Returns from when on masters see the client's name and address.
pub(crate) fn get_address_rule(tx: &mut AnyConnection) -> Result<AddressRule> {
    Ok(settings::get_address_rule(tx)?)
}

/// Chooses from when on masters see the client's name and address, for administrators. Returns the orders of which
/// another part is visible now; none when that was chosen already.
pub(crate) fn change_address_rule(
    tx: &mut AnyConnection,
    user: &User,
    rule: AddressRule,
    now: DateTime<Utc>,
) -> Result<Vec<OrderId>> {
    if !user.roles.is_admin() {
        return Err(Refusal::NoRight);
    }
    if settings::get_address_rule(tx)? == rule {
        return Ok(Vec::new());
    }
    settings::update_address_rule(tx, rule, now)?;
    let details = format!("address_from={}", rule.as_str());
    audit::insert_user_action(tx, user.telegram_id, "settings.change", &details, now)?;
    let assigned = OrderListQuery { status: Some(OrderStatus::Assigned), ..OrderListQuery::default() };
    Ok(order_lists::list_order_ids(tx, &assigned, i64::MAX)?)
}
