//! What a search found.

use crate::bot::view::html::shorten_text;
use crate::bot::view::names;
use crate::bot::view::text::{Texts, html_text};
use crate::service::search::FoundOrders;

/// The most of a query in the header, in UTF-16 units.
const SHOWN_QUERY: usize = 100;

/// Renders the header of what was found, above the buttons of the orders.
pub(crate) fn found_orders(texts: &Texts, query: &str, found: &FoundOrders, is_staff: bool) -> String {
    let query = shorten_text(query, SHOWN_QUERY);
    let mut html = match (found.total, found.has_more) {
        (0, _) if is_staff => html_text!(texts, "search-nothing", query = query),
        (0, _) => html_text!(texts, "search-nothing-master", query = query),
        (total, true) => html_text!(texts, "search-header-more", query = query, count = total),
        (total, false) => {
            html_text!(texts, "search-header", query = query, count = names::orders_count(texts, total))
        }
    };
    if found.is_incomplete {
        html = format!("{html}\n\n{}", html_text!(texts, "search-incomplete"));
    }
    html
}
