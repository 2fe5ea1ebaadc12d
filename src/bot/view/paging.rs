//! Pages of a list.

use crate::bot::callback::PageNumber;
use crate::service::orders::PAGE_SIZE;

/// The page of a list that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paging {
    /// Within `1..=pages`.
    pub(crate) page: PageNumber,
    /// The number of pages, at least 1.
    pub(crate) pages: u32,
    /// The number of rows of the whole list.
    pub(crate) total: i64,
}

impl Paging {
    /// Returns the wanted page of a list with `total` rows; the nearest one when there is no such page.
    pub(crate) fn new(wanted: PageNumber, total: i64) -> Self {
        let pages = total.max(1).unsigned_abs().div_ceil(PAGE_SIZE.into());
        let pages = u32::try_from(pages).unwrap_or(u32::MAX);
        Self { page: PageNumber(wanted.0.clamp(1, pages)), pages, total }
    }

    /// Returns the wanted page of a list that is in memory as a whole.
    pub(crate) fn of_rows<T>(wanted: PageNumber, rows: &[T]) -> Self {
        Self::new(wanted, i64::try_from(rows.len()).unwrap_or(i64::MAX))
    }

    /// Loads the rows of the wanted page, or of the last one when the list got shorter since the button was shown.
    /// `query` returns a page, counted from 0, and the number of rows of the whole list.
    pub(crate) fn load<T, E>(
        wanted: PageNumber,
        mut query: impl FnMut(i64) -> Result<(Vec<T>, i64), E>,
    ) -> Result<(Vec<T>, Self), E> {
        let mut wanted = wanted;
        loop {
            let (rows, total) = query(i64::from(wanted.0.saturating_sub(1)))?;
            let paging = Self::new(wanted, total);
            if paging.page == wanted {
                return Ok((rows, paging));
            }
            wanted = paging.page;
        }
    }

    /// Returns the rows of this page.
    pub(crate) fn slice<T>(self, rows: &[T]) -> &[T] {
        rows.chunks(PAGE_SIZE.into()).nth(self.page.0 as usize - 1).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_ten_rows_and_is_within_the_list() {
        for (wanted, total, page, pages) in
            [(1, 0, 1, 1), (1, 10, 1, 1), (1, 11, 1, 2), (2, 11, 2, 2), (9, 11, 2, 2), (3, 30, 3, 3)]
        {
            let paging = Paging::new(PageNumber(wanted), total);
            assert_eq!((paging.page.0, paging.pages), (page, pages));
        }
        let rows: Vec<i32> = (0..11).collect();
        assert_eq!(Paging::new(PageNumber(2), 11).slice(&rows), [10]);
        assert_eq!(Paging::new(PageNumber(1), 11).slice(&rows).len(), 10);
        assert!(Paging::new(PageNumber(2), 20).slice(&rows[..3]).is_empty());
    }
}
