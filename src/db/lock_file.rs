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
