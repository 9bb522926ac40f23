//! The results that can be downloaded.

use std::collections::VecDeque;

use hyper::body::Bytes;

/// The maximum total size in bytes, about two hundred results: enough for any test, and bounded in a soak
/// test of any length.
const CAPACITY: usize = 96 * 1024 * 1024;

/// Results by id. When the store is full, the oldest are dropped and their links answer 404.
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

    /// The picture with this id, without copying it.
    pub(super) fn get(&self, id: &str) -> Option<Bytes> {
        let (_, picture) = self.pictures.iter().find(|(name, _)| name == id)?;
        Some(picture.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_picture_is_dropped_first() {
        let mut store = PictureStore::default();
        for id in ["first", "second", "third"] {
            store.insert(id.into(), vec![0; CAPACITY / 2].into());
        }
        assert_eq!(store.get("first"), None);
        assert!(store.get("second").is_some());
        assert!(store.get("third").is_some());
    }
}
