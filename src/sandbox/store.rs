//! The results that can still be fetched.

use std::collections::VecDeque;

use hyper::body::Bytes;

/// How many bytes of pictures are kept, about two hundred results: enough for any test to fetch
/// what it made, and a long soak stays flat.
const CAPACITY: usize = 96 * 1024 * 1024;

/// Results by id; when it is full the oldest is dropped, and its link answers 404.
#[derive(Debug, Default)]
pub(super) struct PictureStore {
    pictures: VecDeque<(String, Bytes)>,
    bytes: usize,
}

impl PictureStore {
    pub(super) fn insert(&mut self, id: String, picture: Bytes) {
        self.bytes += picture.len();
        self.pictures.push_back((id, picture));
        while self.bytes > CAPACITY
            && let Some((_, oldest)) = self.pictures.pop_front()
        {
            self.bytes -= oldest.len();
        }
    }

    /// The picture of that id; cheap, nothing is copied.
    pub(super) fn get(&self, id: &str) -> Option<Bytes> {
        let (_, picture) = self.pictures.iter().find(|(name, _)| name == id)?;
        Some(picture.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_picture_makes_room() {
        let mut store = PictureStore::default();
        for id in ["first", "second", "third"] {
            store.insert(id.into(), vec![0; CAPACITY / 2].into());
        }
        assert_eq!(store.get("first"), None);
        assert!(store.get("second").is_some());
        assert!(store.get("third").is_some());
    }
}
