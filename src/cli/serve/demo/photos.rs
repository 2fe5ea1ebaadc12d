//! The pictures on orders of the made-up company.

use telegram_sandbox::{FileKind, Sandbox, UserFile};

use crate::domain::order::OrderFile;

/// Drawn for this purpose, by name.
const PHOTOS: [(&str, &[u8]); 4] = [
    ("washer", include_bytes!("photos/washer.png")),
    ("oven", include_bytes!("photos/oven.png")),
    ("pipe", include_bytes!("photos/pipe.png")),
    ("board", include_bytes!("photos/board.png")),
];

/// Returns a picture as orders keep it.
pub(super) fn order_photo(name: &str) -> OrderFile {
    OrderFile { kind: FileKind::Photo.field().to_owned(), file_id: file_id(name) }
}

/// Makes the sandbox know the pictures under the ids that orders keep.
pub(super) fn add_photos(sandbox: &Sandbox) {
    for (name, bytes) in PHOTOS {
        sandbox.keep_file(&file_id(name), &UserFile::new(FileKind::Photo, format!("{name}.png"), bytes));
    }
}

fn file_id(name: &str) -> String {
    format!("demo-photo-{name}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::company::DemoCompany;
    use super::PHOTOS;

    #[test]
    fn every_problem_has_a_picture_that_is_there() {
        for problem in DemoCompany::load().unwrap().problems {
            assert!(PHOTOS.iter().any(|(name, _)| *name == problem.photo), "{problem:?}");
        }
    }
}
