//! The services and models that can be used, as data.
//!
//! A *service card* says how to talk to a service: where it is, how requests are authenticated, how it reports errors.
//! A *model card* says what one of its models accepts: the name of each field, its range, and the sizes of its answers.
//! Cards are TOML files. The built-in ones are in `built_in/`; users add their own in the same format. The path of a
//! file is its name: `built_in/SERVICE.toml` is a service, and `built_in/SERVICE/ID.toml` is its model `ID`, which may
//! contain slashes.
//!
//! - [`service`] and [`model`]: the cards. [`dialect`]: the forms of a request.
//! - [`parameters`]: what a user asks of a model, checked against its card and translated to its fields.
//! - [`size`]: the sizes that a model can be asked for.
//! - `check`: what every card has to keep. [`catalog`]: all cards, found by name. [`models`]: those of the service that a run uses.

pub mod catalog;
mod check;
pub mod dialect;
pub mod model;
pub mod models;
pub mod parameters;
pub mod service;
pub mod size;

pub use catalog::{CardError, Catalog, ResolveError};
pub use dialect::Dialect;
pub use model::{ImageField, ImageShape, InputLimits, LargerPrice, MaskPolarity, ModelCard, Price, Status};
pub use models::Models;
pub use parameters::{Feature, Parameters, Unsupported};
pub use service::{Auth, ErrorFormat, Lists, Meaning, ServiceCard, Settlement};
pub use size::{ResultSize, Shape, SizeError, SizeGrammar, SizeRequest, Solution};
