//! A new file that only its owner can read, and that appears complete or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Whether a file may take the place of another one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum ExistingFile {
    Keep,
    Replace,
}

/// Written beside its place; what is dropped unfinished is removed.
pub(super) struct PrivateFile {
    writer: BufWriter<File>,
    temporary: PathBuf,
    path: PathBuf,
}

impl PrivateFile {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?.to_string_lossy();
        let temporary = path.with_file_name(format!(".{name}.{:016x}", rand::random::<u64>()));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        Ok(Self { writer: BufWriter::new(file), temporary, path: path.to_owned() })
    }

    /// Puts the file in its place, durably. Fails with `AlreadyExists` if another one is there that is kept.
    pub(super) fn finish(mut self, existing: ExistingFile) -> io::Result<()> {
        self.writer.flush()?;
        self.writer.get_ref().sync_all()?;
        match existing {
            ExistingFile::Replace => fs::rename(&self.temporary, &self.path)?,
            // A link never replaces a file, also not one that appears right now. The temporary name goes with `self`.
            ExistingFile::Keep => fs::hard_link(&self.temporary, &self.path)?,
        }
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Write for PrivateFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Drop for PrivateFile {
    fn drop(&mut self) {
        // It is gone after a rename.
        let _removed = fs::remove_file(&self.temporary);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn file_appears_complete_and_replaces_nothing_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let names = || fs::read_dir(folder.path()).unwrap().count();
        let write = |text: &str, existing| {
            let mut file = PrivateFile::create(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            file.finish(existing)
        };
        drop(PrivateFile::create(&path).unwrap());
        assert_eq!(names(), 0);
        write("first", ExistingFile::Keep).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(write("second", ExistingFile::Keep).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names()), ("first", 1));
        write("third", ExistingFile::Replace).unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names()), ("third", 1));
    }
}
