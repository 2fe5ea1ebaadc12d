//! Lock files and other files that may have been put there by others: none is waited for, and no other user can hold a lock.

use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::OFlags;

use super::sqlite_file::chown_like;

/// Opens a file for reading. What is no regular file is an error: opening a named pipe would wait for its writer.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    open_regular_with(path, OpenOptions::new().read(true))
}

fn open_regular_with(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    // Sockets and some devices cannot be opened at all, which the error would not explain.
    expect_regular(&std::fs::metadata(path)?)?;
    // It may be a pipe by now.
    let flags = OFlags::NONBLOCK.union(OFlags::NOCTTY).bits();
    let file = options.custom_flags(flags.cast_signed()).open(path)?;
    expect_regular(&file.metadata()?)?;
    Ok(file)
}

/// Fails for what is no regular file, and says what it is.
pub(crate) fn expect_regular(found: &Metadata) -> io::Result<()> {
    let kind = found.file_type();
    let name = match () {
        () if kind.is_file() => return Ok(()),
        () if kind.is_dir() => "a directory",
        () if kind.is_fifo() => "a named pipe",
        () if kind.is_socket() => "a socket",
        () => "a device",
    };
    Err(io::Error::new(io::ErrorKind::InvalidInput, format!("is {name}, not a regular file")))
}

/// Opens a lock file, or creates it for the owner of a database or folder, also when root runs a command. An existing one
/// only needs to be readable to be locked, so one that other users can read is made private.
pub(crate) fn open_lock_file(path: &Path, owner: &Metadata) -> io::Result<File> {
    // A group that may write to the database, or to the folder, may lock it too.
    let mode = if owner.mode() & 0o020 == 0 { 0o600 } else { 0o660 };
    match OpenOptions::new().write(true).create_new(true).mode(mode).open(path) {
        Ok(file) => {
            chown_like(&file, owner);
            Ok(file)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let file = open_existing(path)?;
            let found = file.metadata()?.mode() & 0o777;
            if found & !mode != 0 {
                let _not_ours = file.set_permissions(Permissions::from_mode(found & mode));
            }
            Ok(file)
        }
        Err(error) => Err(error),
    }
}

/// Network file systems lock only files that are open for writing.
fn open_existing(path: &Path) -> io::Result<File> {
    match open_regular_with(path, OpenOptions::new().write(true)) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => open_regular(path),
        opened => opened,
    }
}

/// The namespace in which every process is visible (Linux: `PROC_PID_INIT_INO`).
const WHOLE_SYSTEM: &str = "pid:[4026531836]";

/// Tells from the system's list of locks whether a file that cannot be opened is locked (proc(5): `/proc/locks`); `None` if
/// that does not tell: there is no such list, or it may lack processes.
pub(super) fn find_system_lock(path: &Path) -> Option<bool> {
    let (found, locks) = (std::fs::metadata(path).ok()?, std::fs::read_to_string("/proc/locks").ok()?);
    let device = format!("{:02x}:{:02x}", rustix::fs::major(found.dev()), rustix::fs::minor(found.dev()));
    let of_inode: Vec<_> = locks.lines().filter_map(|line| locked_device(line, found.ino())).collect();
    if of_inode.contains(&device.as_str()) {
        return Some(true);
    }
    // Some file systems tell another device here.
    let is_complete = std::fs::read_link("/proc/self/ns/pid").is_ok_and(|of| of.as_os_str() == WHOLE_SYSTEM);
    (of_inode.is_empty() && is_complete).then_some(false)
}

/// Returns the device of a line about a lock of this inode: `1: FLOCK  ADVISORY  WRITE 77 08:01:1234 0 EOF`.
fn locked_device(line: &str, inode: u64) -> Option<&str> {
    let mut words = line.split_whitespace();
    let place = words.by_ref().nth(5).filter(|_| line.contains(" FLOCK "))?;
    let (device, number) = place.rsplit_once(':')?;
    (number.parse() == Ok(inode)).then_some(device)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn lock_is_found_in_the_list_of_the_system() {
        let line = "12: FLOCK  ADVISORY  WRITE 77 08:01:1234 0 EOF";
        assert_eq!(locked_device(line, 1234), Some("08:01"));
        assert_eq!(locked_device(line, 123), None);
        assert_eq!(locked_device("12: -> FLOCK  ADVISORY  WRITE 77 08:01:1234 0 EOF", 1234), None);
        assert_eq!(locked_device("1: POSIX  ADVISORY  WRITE 77 08:01:1234 0 EOF", 1234), None);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.lock");
        let file = File::create(&path).unwrap();
        assert_ne!(find_system_lock(&path), Some(true));
        file.try_lock().unwrap();
        assert_ne!(find_system_lock(&path), Some(false));
    }
}
