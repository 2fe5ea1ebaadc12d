//! Small things that are done with files: checksums, and making sure that something is on the disk.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown};
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use sha2::{Digest, Sha256};

/// Bytes that are read at a time.
const CHUNK: usize = 256 * 1024;
/// Between two looks at how far something is.
const LOOK: Duration = Duration::from_millis(100);

/// Copies everything and returns the number of bytes and their checksum; `told` learns how many bytes are done.
///
/// # Errors
/// When reading or writing fails.
pub fn copy_hashed(
    from: &mut dyn Read,
    to: &mut dyn Write,
    told: &mut dyn FnMut(u64),
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
        told(done);
    }
    Ok((done, hex(&hash.finalize())))
}

/// The number of bytes of a file and their checksum.
///
/// # Errors
/// When it cannot be read.
pub fn hash(path: &Path, told: &mut dyn FnMut(u64)) -> io::Result<(u64, String)> {
    copy_hashed(&mut File::open(path)?, &mut io::sink(), told)
}

/// Bytes in hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Only for this user.
///
/// # Errors
/// When the mode cannot be set.
pub fn make_private(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}

/// Gives a file or folder that was just made to whose folder it is in. Only root can, and must: the user to whom the folder
/// belongs could not go on with it. Anybody else's are their own.
pub fn give_to_owner_of_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(folder) = folder.metadata() {
        give_to_owner(path, &folder);
    }
}

/// The same with a folder that it will be moved to.
pub fn give_to_owner(path: &Path, folder: &Metadata) {
    let Ok(file) = path.symlink_metadata() else { return };
    // Never somebody else's file under a second name.
    let is_new = file.is_dir() || (file.is_file() && file.nlink() == 1);
    if is_new && file.uid() != folder.uid() {
        let _given = lchown(path, Some(folder.uid()), Some(folder.gid()));
    }
}

/// The user that this process is.
///
/// # Errors
/// When the system does not say.
pub fn own_uid() -> io::Result<u32> {
    fs::metadata("/proc/self").map(|process| process.uid())
}

/// Returns when the file's bytes are on the disk.
///
/// # Errors
/// When they cannot be brought there.
pub fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Returns when the names in a folder are on the disk.
///
/// # Errors
/// When they cannot be brought there.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Runs `work` on a thread of its own and `meanwhile` now and then on this one.
pub fn aside<T: Send>(work: impl FnOnce() -> T + Send, mut meanwhile: impl FnMut()) -> T {
    let (tell, told) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let working = scope.spawn(move || {
            // Dropped at the end of the work, also when it panics.
            let _tell = tell;
            work()
        });
        while let Err(RecvTimeoutError::Timeout) = told.recv_timeout(LOOK) {
            meanwhile();
        }
        working.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
