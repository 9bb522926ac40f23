//! The models of the service that a run uses.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::catalog::{CardError, Catalog, ResolveError};
use crate::model::{ModelCard, Status};
use crate::parameters::Parameters;
use crate::service::ServiceCard;

/// The models of one service. Cheap to clone; each card is parsed once.
#[derive(Debug, Clone)]
pub struct Models(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    catalog: Catalog,
    service: ServiceCard,
    accepts_any: bool,
    found: Mutex<HashMap<String, Arc<ModelCard>>>,
}

impl Models {
    /// Returns the models of a service. With `accepts_any`, a model without a card is used like the service's card for
    /// other models, if there is one: the requests then go to another host, which may have models of its own.
    #[must_use]
    pub fn new(catalog: Catalog, service: ServiceCard, accepts_any: bool) -> Models {
        Models(Arc::new(Inner { catalog, service, accepts_any, found: Mutex::default() }))
    }

    /// Returns the models of a service with a built-in card.
    ///
    /// # Errors
    /// If there is no such service.
    pub fn built_in(service: &str) -> Result<Models, ResolveError> {
        let catalog = Catalog::built_in();
        let service = catalog.service(service)?;
        Ok(Models::new(catalog, service, false))
    }

    #[must_use]
    pub fn service(&self) -> &ServiceCard {
        &self.0.service
    }

    /// Whether requests go to another host than that of the card.
    #[must_use]
    pub fn are_elsewhere(&self) -> bool {
        self.0.accepts_any
    }

    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.0.catalog
    }

    /// Finds a model by its name, as [`Catalog::model`] does.
    ///
    /// # Errors
    /// As [`Catalog::model`].
    pub fn find(&self, name: &str) -> Result<Arc<ModelCard>, ResolveError> {
        let lock = || self.0.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(card) = lock().get(name) {
            return Ok(Arc::clone(card));
        }
        let Inner { catalog, service, accepts_any, .. } = &*self.0;
        let card = match catalog.model(&service.name, name) {
            Err(error @ ResolveError::NoModel { .. }) if *accepts_any => {
                catalog.other_model(&service.name, name)?.ok_or(error)?
            }
            found => found?,
        };
        let card = Arc::new(card);
        lock().insert(name.to_owned(), Arc::clone(&card));
        Ok(card)
    }

    /// Returns the ids of the models that can be used and accept these parameters.
    ///
    /// # Errors
    /// If a card cannot be parsed.
    pub fn accepting(&self, parameters: &Parameters, prompt: &str) -> Result<Vec<String>, CardError> {
        let models = self.0.catalog.models(&self.0.service.name)?;
        let accepts =
            |card: &ModelCard| card.status != Status::Withdrawn && parameters.check(prompt, card).is_empty();
        Ok(models.into_iter().filter(accepts).map(|card| card.id).collect())
    }
}
