//! Small things that are done with files: checksums, and making sure that something is on the disk.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use sha2::{Digest, Sha256};

/// Bytes that are read at a time.
const CHUNK: usize = 256 * 1024;

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

fn hex(bytes: &[u8]) -> String {
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
