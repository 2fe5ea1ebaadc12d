//! The words of a report's workbook in the language of its reader.

use super::names;
use super::reports::{kind_name, line_name};
use super::text::{Texts, plain_text};
use crate::domain::status::OrderStatus;
use crate::report::{FigureRow, ReportKind, SheetLabel, SheetTexts};

pub(crate) struct ReportSheets<'a> {
    pub(crate) texts: &'a Texts,
}

impl SheetTexts for ReportSheets<'_> {
    fn label(&self, label: SheetLabel) -> String {
        let texts = self.texts;
        match label {
            SheetLabel::Lines(kind) => kind_name(texts, kind),
            SheetLabel::Orders => kind_name(texts, ReportKind::Orders),
            SheetLabel::Created => plain_text!(texts, "sheet-created"),
            SheetLabel::Closed => plain_text!(texts, "sheet-closed"),
            SheetLabel::Refused => plain_text!(texts, "sheet-refused"),
            SheetLabel::WithoutAmounts => plain_text!(texts, "sheet-without-amounts"),
            SheetLabel::Gross => plain_text!(texts, "sheet-gross"),
            SheetLabel::Materials => plain_text!(texts, "sheet-materials"),
            SheetLabel::Net => plain_text!(texts, "sheet-net"),
            SheetLabel::MasterShare => plain_text!(texts, "sheet-master-share"),
            SheetLabel::CompanyShare => plain_text!(texts, "sheet-company-share"),
            SheetLabel::Average => plain_text!(texts, "sheet-average"),
            SheetLabel::Conversion => plain_text!(texts, "sheet-conversion"),
            SheetLabel::Reviews => plain_text!(texts, "sheet-reviews"),
            SheetLabel::Total => plain_text!(texts, "sheet-total"),
            SheetLabel::Number => plain_text!(texts, "sheet-number"),
            SheetLabel::Status => plain_text!(texts, "sheet-status"),
            SheetLabel::EquipmentType => plain_text!(texts, "sheet-type"),
            SheetLabel::Master => plain_text!(texts, "sheet-master"),
            SheetLabel::Dispatcher => plain_text!(texts, "sheet-dispatcher"),
            SheetLabel::CreatedAt => plain_text!(texts, "sheet-created-at"),
            SheetLabel::ClosedAt => plain_text!(texts, "sheet-closed-at"),
        }
    }

    fn line_name(&self, kind: ReportKind, row: &FigureRow) -> String {
        line_name(self.texts, kind, row)
    }

    fn status_name(&self, status: &str) -> String {
        let known = status.parse::<OrderStatus>();
        known.map_or_else(|_| status.to_owned(), |status| names::status_name(self.texts, status))
    }

    fn equipment_name(&self, equipment: &str) -> String {
        names::equipment_name(self.texts, equipment)
    }
}
