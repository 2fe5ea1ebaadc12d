//! How far a transfer is.

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum TransferStage {
    Copying,
    /// Rows are read back and compared.
    Checking,
}

/// Receives the stage, the rows done and the rows in all.
pub(super) type ProgressCallback<'a> = &'a mut dyn FnMut(TransferStage, u64, u64);

pub(super) struct TransferProgress<'a> {
    done: u64,
    total: u64,
    callback: ProgressCallback<'a>,
}

impl<'a> TransferProgress<'a> {
    pub(super) fn new(total: u64, callback: ProgressCallback<'a>) -> Self {
        Self { done: 0, total, callback }
    }

    pub(super) fn add_rows(&mut self, stage: TransferStage, rows: usize) {
        self.done += u64::try_from(rows).unwrap_or_default();
        (self.callback)(stage, self.done, self.total);
    }
}
