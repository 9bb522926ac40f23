//! The results that can still be fetched.

use std::collections::VecDeque;

use hyper::body::Bytes;

/// How many bytes of pictures are kept, about two hundred results: enough for any test to fetch
/// what it made, and a long soak stays flat.
const CAPACITY: usize = 96 * 1024 * 1024;

/// Results by id; when it is full the oldest is dropped, and its link answers 404.
#[derive(Debug, Default)]
pub(super) struct Gallery {
    pictures: VecDeque<(String, Bytes)>,
    bytes: usize,
}

impl Gallery {
    pub(super) fn hang(&mut self, id: String, picture: Bytes) {
        self.bytes += picture.len();
        self.pictures.push_back((id, picture));
        while self.bytes > CAPACITY
            && let Some((_, oldest)) = self.pictures.pop_front()
        {
            self.bytes -= oldest.len();
        }
    }

    /// The picture of that id; cheap, nothing is copied.
    pub(super) fn find(&self, id: &str) -> Option<Bytes> {
        let (_, picture) = self.pictures.iter().find(|(name, _)| name == id)?;
        Some(picture.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_picture_makes_room() {
        let mut gallery = Gallery::default();
        for id in ["first", "second", "third"] {
            gallery.hang(id.into(), vec![0; CAPACITY / 2].into());
        }
        assert_eq!(gallery.find("first"), None);
        assert!(gallery.find("second").is_some());
        assert!(gallery.find("third").is_some());
    }
}
