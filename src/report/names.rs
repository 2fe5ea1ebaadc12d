//! The names of masters, types and dispatchers by the ids that the aggregates return.

use std::collections::BTreeMap;

use crate::db::order_figures::{FigureGroup, FigureGrouping};
use crate::db::{AnyConnection, Result, equipment_types, masters, users};
use crate::domain::ids::{MasterId, TelegramId};

pub(super) type LineNames = BTreeMap<i64, String>;

pub(super) fn find_line_names(
    conn: &mut AnyConnection,
    grouping: FigureGrouping,
    groups: &[FigureGroup],
) -> Result<LineNames> {
    let keys: Vec<i64> = groups.iter().filter_map(|group| group.key).collect();
    Ok(match grouping {
        FigureGrouping::Master => {
            let ids: Vec<MasterId> = keys.into_iter().map(MasterId).collect();
            masters::find_masters(conn, &ids)?.into_iter().map(|master| (master.id.0, master.name)).collect()
        }
        FigureGrouping::EquipmentType => equipment_types::list_equipment_types(conn)?
            .into_iter()
            .map(|kind| (kind.id.0, kind.name))
            .collect(),
        FigureGrouping::Dispatcher => {
            let ids: Vec<TelegramId> = keys.into_iter().map(TelegramId).collect();
            users::find_users(conn, &ids)?
                .into_iter()
                .map(|user| (user.telegram_id.0, user.display_name()))
                .collect()
        }
        FigureGrouping::Status | FigureGrouping::RefuseReason => LineNames::new(),
    })
}
