//! What administrators choose for the whole company in the settings.

use std::collections::BTreeMap;

use super::change_notice::CardRange;
use super::{change_notice, common, day_plan};
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::reply::Reply;
use crate::bot::view::text::plain_text;
use crate::domain::ids::OrderId;
use crate::domain::visibility::AddressRule;
use crate::service::{company_settings, orders};

/// Chooses from when on masters see the client's name and address, and shows the settings as they are then.
pub(crate) fn change_address_rule(ctx: &mut UpdateContext<'_>, rule: AddressRule) -> HandlerResult {
    let concerned = company_settings::change_address_rule(ctx.tx, &ctx.user, rule, ctx.now)?;
    let cards = refresh_cards(ctx, &concerned)?;
    let toast = match rule {
        AddressRule::FromAssigned => plain_text!(ctx.texts, "address-from-assigned-done"),
        AddressRule::FromAccepted => plain_text!(ctx.texts, "address-from-accepted-done"),
    };
    Ok(common::show_settings(ctx)?.with_toast(toast).and(cards))
}

/// Shows on the cards and days of masters as much of the clients as they may see now.
fn refresh_cards(ctx: &mut UpdateContext<'_>, concerned: &[OrderId]) -> HandlerResult {
    let (mut reply, mut masters) = (Reply::none(), BTreeMap::new());
    for id in concerned {
        let Some((order, master)) = orders::find_order_for_share(ctx.tx, *id)? else { continue };
        reply = reply.and(change_notice::refresh_order_cards(ctx, &order, master.as_ref(), CardRange::All)?);
        masters.extend(master.map(|master| (master.id, master)));
    }
    for master in masters.values() {
        reply = reply.and(day_plan::refresh_day(ctx, Some(master))?);
    }
    Ok(reply)
}
