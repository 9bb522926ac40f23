//! The pictures of a request, and the fields that they go to.

use url::Url;

use crate::cards::{ImageShape, ModelCard};
use crate::pages::Pages;

/// The pictures of a request.
#[derive(Debug)]
pub struct Pictures<T = Picture> {
    /// The picture to edit.
    pub image: T,
    /// Further pictures, in order.
    pub references: Vec<T>,
    /// Where the picture may change, for models that take a mask.
    pub mask: Option<T>,
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
        Pictures { image, references: Vec::new(), mask: None }
    }

    /// Distributes the pictures to the fields of a model.
    pub(super) fn by_field(self, card: &ModelCard) -> Vec<PictureField<'_, T>> {
        let field = &card.image;
        let (mut pictures, mut references) = (vec![self.image], None);
        match &field.references {
            Some(name) if !self.references.is_empty() => {
                references = Some(PictureField { name, shape: ImageShape::Array, pictures: self.references });
            }
            _ => pictures.extend(self.references),
        }
        let mask = card.mask.as_ref().zip(self.mask).map(|(mask, picture)| PictureField {
            name: &mask.field,
            shape: ImageShape::Single,
            pictures: vec![picture],
        });
        let image = PictureField { name: &field.field, shape: field.shape, pictures };
        std::iter::once(image).chain(references).chain(mask).collect()
    }
}
