//! Checksums, owners and durability of files.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown};
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::db::lock_file::open_regular;

const CHUNK: usize = 256 * 1024;
const TICK: Duration = Duration::from_millis(100);

/// Reports progress: the stage ("copying"), how much is done, and of how much.
pub(crate) type Progress<'a> = &'a mut dyn FnMut(&'static str, u64, u64);

/// Copies everything and returns the number of bytes and their SHA-256; `on_bytes` gets the number so far.
pub(super) fn copy_hashed(
    from: &mut dyn Read,
    to: &mut dyn Write,
    on_bytes: &mut dyn FnMut(u64),
) -> io::Result<(u64, String)> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; CHUNK];
    let mut done = 0;
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let bytes = buffer.get(..read).unwrap_or_default();
        hash.update(bytes);
        to.write_all(bytes)?;
        done += read as u64;
        on_bytes(done);
    }
    Ok((done, hex::encode(hash.finalize())))
}

/// Returns the length of a file and its SHA-256.
pub(super) fn hash_file(path: &Path, on_bytes: &mut dyn FnMut(u64)) -> io::Result<(u64, String)> {
    copy_hashed(&mut open_regular(path)?, &mut io::sink(), on_bytes)
}

pub(super) fn make_private(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}

/// Gives a file or folder that root has just created to the owner of its folder, who could not use it otherwise.
pub(super) fn chown_like_folder(path: &Path) {
    if let Ok(folder) = folder_of(path).metadata() {
        chown_like(path, &folder);
    }
}

/// Does the same with the owner of another folder, which the file will be moved to.
pub(super) fn chown_like(path: &Path, folder: &Metadata) {
    let Ok(file) = path.symlink_metadata() else { return };
    // Never another user's file under a second name.
    let is_new = file.is_dir() || (file.is_file() && file.nlink() == 1);
    if is_new && file.uid() != folder.uid() {
        let _may_fail = lchown(path, Some(folder.uid()), Some(folder.gid()));
    }
}

pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

pub(super) fn own_uid() -> io::Result<u32> {
    fs::metadata("/proc/self").map(|process| process.uid())
}

/// Returns when the bytes of a file, or the names in a folder, are on the disk.
pub(super) fn sync_file(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Runs `work` on a thread of its own and calls `on_tick` on this one ten times a second meanwhile.
pub(super) fn run_with_ticks<T: Send>(work: impl FnOnce() -> T + Send, mut on_tick: impl FnMut()) -> T {
    let (sender, finished) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let working = scope.spawn(move || {
            // Dropped when the work ends, also by a panic.
            let _sender = sender;
            work()
        });
        while let Err(RecvTimeoutError::Timeout) = finished.recv_timeout(TICK) {
            on_tick();
        }
        working.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
