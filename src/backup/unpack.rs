//! Unpacking an artifact, which may be crafted: it is believed only as far as its header goes.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use indicatif::DecimalBytes;
use rustix::fs::statvfs;

use super::files::{self, Progress};
use super::list::ListedBackup;
use crate::db::lock_file::open_regular;

/// The first bytes of a SQLite file ("Database File Format", 1.3).
const HEADER: u64 = 100;
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Writes the database in an artifact into a new file, for this user only. It is not longer than its header says, and not
/// begun where there is no space for it.
pub(super) fn unpack_artifact(backup: &ListedBackup, to: &Path, progress: Progress<'_>) -> io::Result<()> {
    let file = open_regular(&backup.path)?;
    let packed_size = file.metadata()?.len();
    let is_packed = backup.path.extension().is_some_and(|end| end == "zst");
    let (from, promised): (Box<dyn Read>, u64) = if is_packed {
        let mut from = zstd::Decoder::new(file)?;
        let mut header = Vec::new();
        from.by_ref().take(HEADER).read_to_end(&mut header)?;
        let promised = promised_size(&header)?;
        (Box::new(io::Cursor::new(header).chain(from)), promised)
    } else {
        (Box::new(file), packed_size)
    };
    expect_space(files::folder_of(to), promised)?;
    let mut written = File::create_new(to)?;
    files::make_private(to)?;
    let mut on_bytes = |done: u64| progress("restoring", done.min(promised), promised);
    // One byte more shows that there are more.
    let (size, _) = files::copy_hashed(&mut from.take(promised + 1), &mut written, &mut on_bytes)?;
    if size > promised {
        return Err(invalid_data("it holds more than its header says"));
    }
    written.sync_all()
}

/// Returns the size of the database with this header.
fn promised_size(header: &[u8]) -> io::Result<u64> {
    let number = |at: usize| Some(u32::from_be_bytes(header.get(at..at + 4)?.try_into().ok()?));
    let page_size = || Some(u16::from_be_bytes(header.get(16..18)?.try_into().ok()?));
    let (true, Some(page_size), Some(changes), Some(pages), Some(valid_for)) =
        (header.starts_with(MAGIC), page_size(), number(24), number(28), number(92))
    else {
        return Err(invalid_data("it is no SQLite database"));
    };
    // Programs older than SQLite 3.7 did not keep the number of pages.
    if changes != valid_for {
        return Err(invalid_data("its header does not say how long it is; unpack it with `zstd -d`"));
    }
    let page_size = if page_size == 1 { 65_536 } else { u64::from(page_size) };
    Ok(page_size * u64::from(pages))
}

fn expect_space(folder: &Path, needed: u64) -> io::Result<()> {
    let disk = statvfs(folder)?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if needed <= free {
        return Ok(());
    }
    let message = format!("it needs {}, and {} are free", DecimalBytes(needed), DecimalBytes(free));
    Err(io::Error::new(io::ErrorKind::StorageFull, message))
}

fn invalid_data(message: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// Returns whether unpacking failed because of the archive and not because of the disk.
pub(super) fn is_archive_error(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof | io::ErrorKind::Other)
        && error.raw_os_error().is_none()
}
