//! The pictures of a request, and the fields that they go to.

use url::Url;

use crate::cards::{ImageShape, ModelCard};
use crate::pages::Pages;

/// The pictures of a request.
#[derive(Debug)]
pub struct Pictures<T = Picture> {
    /// The picture to edit.
    pub image: T,
}

/// A picture in a request.
#[derive(Debug)]
pub enum Picture {
    File(PictureFile),
    /// A link that the service downloads itself.
    Link(Url),
}

/// A picture that is sent.
#[derive(Debug)]
pub struct PictureFile {
    /// The true MIME type in lower case, such as `image/jpeg`.
    pub media_type: &'static str,
    /// The file. Its memory is reused for the body.
    pub bytes: Pages,
}

/// The pictures of one field.
pub(super) struct PictureField<'a, T> {
    pub(super) name: &'a str,
    pub(super) shape: ImageShape,
    /// At least one.
    pub(super) pictures: Vec<T>,
}

impl<T> Pictures<T> {
    /// Creates the pictures of a request with only the one to edit.
    pub fn only(image: T) -> Pictures<T> {
        Pictures { image }
    }

    /// Distributes the pictures to the fields of a model.
    pub(super) fn by_field(self, card: &ModelCard) -> Vec<PictureField<'_, T>> {
        vec![PictureField { name: &card.image.field, shape: card.image.shape, pictures: vec![self.image] }]
    }
}
