#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

fn notices() -> StderrNotices {
    StderrNotices::start().0
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A log whose files take ten lines of ten bytes.
    fn log(&self) -> LogFile {
        LogFile::with_full_size(self.0.path(), 100, notices()).unwrap()
    }

    fn path(&self, number: usize) -> PathBuf {
        let name = if number == 0 { FILE_NAME.to_owned() } else { format!("{FILE_NAME}.{number}") };
        self.0.path().join(name)
    }

    fn text(&self, number: usize) -> String {
        fs::read_to_string(self.path(number)).unwrap_or_default()
    }

    fn all(&self) -> String {
        (0..=KEPT_FILES).rev().map(|number| self.text(number)).collect()
    }
}

fn line(number: usize) -> String {
    format!("line {number:04}\n")
}

fn lines(numbers: std::ops::Range<usize>) -> String {
    numbers.map(line).collect()
}

fn write(log: &mut LogFile, numbers: std::ops::Range<usize>) {
    for number in numbers {
        log.write_all(line(number).as_bytes()).unwrap();
    }
    log.flush().unwrap();
}

#[test]
fn a_full_file_is_rotated_and_five_of_them_are_kept() {
    let folder = Folder::new();
    let mut log = folder.log();
    write(&mut log, 0..25);
    assert_eq!(
        (folder.text(2), folder.text(1), folder.text(0)),
        (lines(0..10), lines(10..20), lines(20..25))
    );
    write(&mut log, 25..80);
    assert_eq!(folder.all(), lines(20..80));
    assert_eq!((folder.text(0), folder.text(5)), (lines(70..80), lines(20..30)));
    assert_eq!(fs::read_dir(folder.0.path()).unwrap().count(), 1 + KEPT_FILES);
}

#[test]
fn what_an_earlier_run_wrote_counts_and_a_line_that_was_cut_off_ends() {
    let folder = Folder::new();
    write(&mut folder.log(), 0..8);
    fs::write(folder.path(0), folder.text(0) + "cut o").unwrap();
    let mut log = folder.log();
    write(&mut log, 8..10);
    assert_eq!(folder.text(1), lines(0..8) + "cut o\n" + &line(8));
    assert_eq!(folder.text(0), line(9));
}

#[test]
fn a_rotation_that_ended_half_way_has_lost_nothing_and_the_next_one_takes_the_free_place() {
    let folder = Folder::new();
    for number in [1, 3, 4, 5] {
        fs::write(folder.path(number), format!("old {number}\n")).unwrap();
    }
    write(&mut folder.log(), 0..11);
    let names = [1, 2, 3, 4, 5].map(|number| folder.text(number));
    assert_eq!(names, [lines(0..10), "old 1\n".into(), "old 3\n".into(), "old 4\n".into(), "old 5\n".into()]);
}

#[test]
fn when_files_cannot_be_moved_none_is_written_over_and_the_log_goes_on() {
    let folder = Folder::new();
    fs::create_dir_all(folder.path(5).join("in the way")).unwrap();
    for number in 1..5 {
        fs::write(folder.path(number), format!("old {number}\n")).unwrap();
    }
    let mut log = folder.log();
    write(&mut log, 0..30);
    assert_eq!(folder.text(0), lines(0..30));
    assert_eq!([1, 2, 3, 4].map(|number| folder.text(number)), ["old 1\n", "old 2\n", "old 3\n", "old 4\n"]);
    fs::remove_dir_all(folder.path(5)).unwrap();
    write(&mut log, 30..33);
    assert_eq!((folder.text(1), folder.text(5)), (lines(0..30), "old 4\n".to_owned()));
    assert_eq!(folder.text(0), lines(30..33));
}

#[test]
fn a_file_that_was_removed_emptied_or_renamed_begins_anew() {
    let folder = Folder::new();
    let mut log = folder.log();
    write(&mut log, 0..2);
    fs::remove_file(folder.path(0)).unwrap();
    write(&mut log, 2..4);
    assert_eq!(folder.text(0), lines(2..4));
    fs::remove_dir_all(folder.0.path()).unwrap();
    write(&mut log, 4..6);
    assert_eq!(folder.text(0), lines(4..6));
    fs::rename(folder.path(0), folder.0.path().join("elsewhere")).unwrap();
    write(&mut log, 6..15);
    assert_eq!(folder.text(0), lines(6..15));
    fs::write(folder.path(0), "").unwrap();
    write(&mut log, 15..25);
    assert_eq!((folder.text(0), folder.text(1)), (lines(15..25), String::new()));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_fails_no_write_and_loses_nothing_that_fits_the_buffer() {
    let folder = Folder::new();
    std::os::unix::fs::symlink("/dev/full", folder.path(0)).unwrap();
    let mut log = LogFile::with_full_size(folder.0.path(), FULL_SIZE, notices()).unwrap();
    write(&mut log, 0..1_000);
    fs::remove_file(folder.path(0)).unwrap();
    write(&mut log, 1_000..1_001);
    assert_eq!(folder.text(0), lines(0..1_001));
    // Too much of it: the oldest stay, the newest go, and memory has an end.
    fs::remove_file(folder.path(0)).unwrap();
    std::os::unix::fs::symlink("/dev/full", folder.path(0)).unwrap();
    write(&mut log, 0..200_000);
    assert!(log.buffer.len() <= BUFFER_LIMIT + 20 && log.outage.dropped > 0);
    fs::remove_file(folder.path(0)).unwrap();
    write(&mut log, 200_000..200_001);
    assert!(folder.text(0).starts_with(&lines(0..1_000)) && !folder.text(0).contains("line 199999\n"));
    write(&mut log, 200_001..200_002);
    assert!(folder.text(0).ends_with("line 200001\n"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_nearly_full_file_is_rotated_on_a_full_disk_and_the_buffer_goes_into_the_next_one() {
    use std::os::fd::AsRawFd;

    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

    let folder = Folder::new();
    // A file that cannot grow, as on a full disk.
    let full = memfd_create("full", MemfdFlags::ALLOW_SEALING).unwrap();
    let mut file = File::from(full);
    file.write_all(lines(0..8).as_bytes()).unwrap();
    fcntl_add_seals(&file, SealFlags::GROW).unwrap();
    std::os::unix::fs::symlink(format!("/proc/self/fd/{}", file.as_raw_fd()), folder.path(0)).unwrap();
    for number in 1..=KEPT_FILES {
        fs::write(folder.path(number), format!("old {number}\n")).unwrap();
    }
    let mut log = folder.log();
    write(&mut log, 8..10);
    assert_eq!(folder.text(0), lines(0..8));
    write(&mut log, 10..12);
    assert_eq!((folder.text(1), folder.text(0)), (lines(0..8), lines(8..12)));
    assert_eq!((folder.text(2), folder.text(5)), ("old 1\n".into(), "old 4\n".into()));
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error() {
    let folder = Folder::new();
    fs::write(folder.0.path().join("file"), "").unwrap();
    assert!(LogFile::open(&folder.0.path().join("file"), notices()).is_err());
}
