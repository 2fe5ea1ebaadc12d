//! The words of a report's workbook, in English as all output of the command line.

use super::table::line_name;
use crate::report::{FigureRow, ReportKind, SheetLabel, SheetTexts};

pub(super) struct EnglishSheets;

impl SheetTexts for EnglishSheets {
    fn label(&self, label: SheetLabel) -> String {
        match label {
            SheetLabel::Lines(kind) => lines_label(kind),
            SheetLabel::Orders => "Orders",
            SheetLabel::Created => "New",
            SheetLabel::Closed => "Closed",
            SheetLabel::Refused => "Refused",
            SheetLabel::WithoutAmounts => "Without amounts",
            SheetLabel::Gross => "Gross",
            SheetLabel::Materials => "Materials",
            SheetLabel::Net => "Net",
            SheetLabel::MasterShare => "Masters' share",
            SheetLabel::CompanyShare => "Company's share",
            SheetLabel::Average => "Average",
            SheetLabel::Conversion => "Closed of ended",
            SheetLabel::Reviews => "Reviews",
            SheetLabel::Total => "Total",
            SheetLabel::Number => "Number",
            SheetLabel::Status => "Status",
            SheetLabel::EquipmentType => "Type",
            SheetLabel::Master => "Master",
            SheetLabel::Dispatcher => "Dispatcher",
            SheetLabel::CreatedAt => "Created",
            SheetLabel::ClosedAt => "Ended",
        }
        .to_owned()
    }

    fn line_name(&self, kind: ReportKind, row: &FigureRow) -> String {
        line_name(kind, row)
    }

    fn status_name(&self, status: &str) -> String {
        status.to_owned()
    }

    fn equipment_name(&self, equipment: &str) -> String {
        equipment.to_owned()
    }
}

fn lines_label(kind: ReportKind) -> &'static str {
    match kind {
        ReportKind::Masters => "Masters",
        ReportKind::Types => "Types",
        ReportKind::Statuses => "Statuses",
        ReportKind::Dispatchers => "Dispatchers",
        ReportKind::Reasons => "Reasons",
        ReportKind::Days => "Days",
        ReportKind::Orders => "Orders",
    }
}
