//! What the sandbox knows about models: one row each, copied from the documentation and not from the client's
//! tables.
//!
//! Prices are those of the documentation's example calls. Where it shows none, [`MADE_UP`] is charged.

mod alibaba;
pub(super) mod ark;
mod bytedance;
pub(super) mod edits;
pub(super) mod fal;
mod flux;
mod google;
mod other_makers;
pub(super) mod withdrawn;

use seededit_picture::Format;

use super::credits::Credits;
use super::field::{Field, Rule};
use super::size::{DefaultSize, Sides};

pub(super) use bytedance::SEEDEDIT;

/// A model of the default host that is asked in JSON.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) id: &'static str,
    pub(super) aliases: &'static [&'static str],
    /// All fields except `model`.
    pub(super) fields: &'static [Field],
    pub(super) size: DefaultSize,
    /// The format of a result, unless `output_format` says otherwise.
    pub(super) format: Format,
    pub(super) answer: AnswerForm,
    pub(super) price: Price,
}

/// What a result costs.
#[derive(Debug, Clone, Copy)]
pub(super) enum Price {
    /// The configured price.
    Configured,
    /// This number of credits.
    Fixed(u64),
    /// [`MADE_UP`]: the documentation shows no price, so that the list of models has none either.
    MadeUp,
}

/// What is charged for a model whose documentation shows no price, in credits: 0.05 USD.
const MADE_UP: u64 = 100_000;

impl Price {
    pub(super) fn credits(self, configured: Credits) -> Credits {
        match self {
            Price::Configured => configured,
            Price::Fixed(credits) => Credits(credits),
            Price::MadeUp => Credits(MADE_UP),
        }
    }
}

/// The structure of an answer with status 200.
#[derive(Debug, Clone, Copy)]
pub(super) struct AnswerForm {
    pub(super) lists: Lists,
    /// Whether it has `created`.
    pub(super) created: bool,
    /// Whether it has `seed` and the other members that the models behind fal add.
    pub(super) fal: bool,
    /// Whether it has `meta.usage`.
    pub(super) meta: bool,
    /// The members of each result beside the picture.
    pub(super) item: ItemForm,
    /// Whether links are signed for a time, or lead to a content delivery network.
    pub(super) link: LinkForm,
}

/// The lists of results in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lists {
    Data,
    Images,
    Both,
    /// One object, `image`.
    Image,
}

/// The members of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ItemForm {
    /// `url` and `b64_json`; one of them is null.
    Plain,
    /// Only the one that is there.
    Bare,
    /// Also `size`.
    Sized,
    /// Also `mime_type`.
    Typed,
    /// Also `size` and `output_format`.
    Ark,
    /// Also `request_id` and `content_violation`.
    Reviewed,
    /// `url`, `content_type`, `file_name`, `file_size`, `width` and `height`.
    File,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkForm {
    Signed,
    Unsigned,
}

impl AnswerForm {
    pub(super) const PLAIN: AnswerForm = AnswerForm {
        lists: Lists::Data,
        created: false,
        fal: false,
        meta: true,
        item: ItemForm::Plain,
        link: LinkForm::Unsigned,
    };

    const SEEDEDIT: AnswerForm = AnswerForm { created: true, link: LinkForm::Signed, ..AnswerForm::PLAIN };

    /// `data` and `images`.
    const FAL: AnswerForm =
        AnswerForm { lists: Lists::Both, fal: true, item: ItemForm::File, ..AnswerForm::PLAIN };

    /// `images`, and neither `data` nor `meta`.
    const IMAGES: AnswerForm = AnswerForm { lists: Lists::Images, meta: false, ..AnswerForm::FAL };
}

const LISTS: [&[Model]; 5] =
    [bytedance::MODELS, alibaba::MODELS, flux::MODELS, google::MODELS, other_makers::MODELS];

/// All models that are asked in JSON.
pub(super) fn all() -> impl Iterator<Item = &'static Model> {
    LISTS.into_iter().flatten()
}

/// The model with this id or alias.
pub(super) fn find(id: &str) -> Option<&'static Model> {
    all().find(|model| model.is_called(id))
}

/// The highest price of one result of the model with this id, at any host.
pub(super) fn price_of(id: &str, references: usize, configured: Credits) -> Option<Credits> {
    if let Some(model) = find(id) {
        return Some(model.price.credits(configured));
    }
    if let Some(model) = edits::MODELS.iter().find(|model| model.id == id) {
        return Some(model.price.credits(configured));
    }
    if let Some(ark::ArkModel { price, .. }) = ark::find(id) {
        return Some(Credits(price.credits(u64::MAX, references.saturating_add(1))));
    }
    let (small, large) = fal::find(id)?.prices;
    Some(Credits(small.max(large)))
}

impl Model {
    pub(super) fn is_called(&self, id: &str) -> bool {
        self.id == id || self.aliases.contains(&id)
    }

    /// The bounds of a size that is given as an object.
    pub(super) fn sides(&self) -> Option<Sides> {
        self.fields.iter().find_map(|field| match field.rule {
            Rule::Size(sides, _) => Some(sides),
            _ => None,
        })
    }
}
