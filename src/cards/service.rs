//! Service cards.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::dialect::Dialect;
use crate::model::InputLimits;

/// What is known about a service.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceCard {
    /// The name of the card.
    #[serde(skip)]
    pub name: String,
    /// The name for people.
    pub title: String,
    /// All requests start with this URL.
    pub base_url: String,
    pub auth: Auth,
    /// Environment variables that hold a key, in order of precedence. `SEEDEDIT_API_KEY` precedes them.
    #[serde(default)]
    pub key_variables: Vec<String>,
    /// The page on which users create keys.
    pub keys_url: Option<String>,
    /// The header for an id of ours, with which a call is found in the service's usage log.
    pub request_id_header: Option<String>,
    /// The header in which a queue names the request that an answer is about.
    pub queue_id_header: Option<String>,
    /// Where a queue keeps a request, below the base URL: its result, and with `/status` its state. `{app}` stands for the
    /// first two segments of the request's path, and `{id}` for the id of the request.
    pub queue_path: Option<String>,
    /// The path of each dialect below the base URL. `{model}` stands for the model's id.
    pub paths: BTreeMap<String, String>,
    pub errors: ErrorFormat,
    /// What the codes of errors mean. A name that ends with `*` stands for all codes that contain the rest of it.
    #[serde(default)]
    pub codes: BTreeMap<String, Meaning>,
    pub settlement: Settlement,
    /// The model that is used if none is chosen.
    pub default_model: Option<String>,
    /// The longest time for an answer, in seconds, if the user chose none.
    pub timeout: Option<u64>,
    /// The time for which a result can be downloaded, in hours.
    #[serde(default = "default_link_hours")]
    pub link_hours: u32,
    /// The lists that the service publishes, if it has any.
    pub lists: Option<Lists>,
    /// Whether the service says what is left in the account, at the path of the default service.
    #[serde(default)]
    pub has_balance: bool,
    /// How long a queue keeps results, for people.
    pub results_kept: Option<String>,
    /// The limits of an input, for models that state none of their own.
    #[serde(default)]
    pub input: InputLimits,
    /// Where the facts are from.
    #[serde(default)]
    pub source: String,
    /// What could not be verified.
    #[serde(default)]
    pub unverified: Vec<String>,
}

fn default_link_hours() -> u32 {
    24
}

impl ServiceCard {
    /// Returns the path of a dialect, with `{model}` not replaced.
    #[must_use]
    pub fn path(&self, dialect: Dialect) -> Option<&str> {
        self.paths.get(dialect.name()).map(String::as_str)
    }

    /// Returns what the code of an error means. An exact name precedes one with `*`.
    #[must_use]
    pub fn meaning(&self, code: &str) -> Option<Meaning> {
        let is_part = |name: &&String| name.strip_suffix('*').is_some_and(|part| code.contains(part));
        let name =
            self.codes.keys().find(|name| *name == code).or_else(|| self.codes.keys().find(is_part))?;
        self.codes.get(name).copied()
    }

    /// Returns the card for a server at another address. Only a server on this machine is known to cost nothing: at any
    /// other one, a request that may have been charged must not be sent again.
    #[must_use]
    pub fn at(self, is_this_machine: bool) -> ServiceCard {
        if self.settlement == Settlement::Free && !is_this_machine {
            return ServiceCard { settlement: Settlement::Never, errors: ErrorFormat::Openai, ..self };
        }
        self
    }

    /// Returns the title inside a sentence: a name as it is, `A server of your own` with a small letter.
    #[must_use]
    pub fn in_text(&self) -> String {
        match self.title.strip_prefix("A ") {
            Some(rest) => format!("a {rest}"),
            None => self.title.clone(),
        }
    }

    /// Returns the part of the usual base URL after the host, such as `/api/v3`; empty if there is none.
    #[must_use]
    pub fn usual_path(&self) -> &str {
        let rest = self.base_url.split_once("://").map_or(self.base_url.as_str(), |(_, rest)| rest);
        rest.find('/').map_or("", |slash| rest[slash..].trim_end_matches('/'))
    }

    /// Whether the service cannot say what became of a call, or need not.
    #[must_use]
    pub fn is_never_asked(&self) -> bool {
        matches!(self.settlement, Settlement::Never | Settlement::Free)
    }

    /// Whether edits cost nothing.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.settlement == Settlement::Free
    }
}

/// The lists that a service publishes. They are free and need no key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lists {
    /// The path of the list of models and their prices, below the base URL.
    pub models: String,
    /// The path of the list of withdrawn models, below the base URL.
    pub deprecations: Option<String>,
}

/// How requests are authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Auth {
    /// `Authorization: Bearer KEY`.
    Bearer,
    /// `Authorization: Key KEY`.
    Key,
    /// No key is needed. If there is one, it is sent as by [`Auth::Bearer`].
    Optional,
}

/// The structure of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorFormat {
    /// `message`, `path`, `requestId` and `statusCode`.
    Aimlapi,
    /// `error` with `code` and `message`, with the codes of Ark.
    Ark,
    /// `error` with `code`, `type` and `message`, with the codes of OpenAI.
    Openai,
    /// `detail`, a text or a list.
    Fal,
    /// Any of several: `error` as a text or an object, or `detail`.
    Local,
}

/// What the code of an error means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Meaning {
    /// The key is missing or wrong.
    Key,
    /// The account has no money, or its quota or spending limit is used up.
    Money,
    /// The key may not do this.
    Forbidden,
    /// The service has no such model, or it is not enabled for the account.
    Model,
    /// The picture or the prompt is not allowed.
    Content,
    /// Too many requests. The same one may succeed later.
    Rate,
}

/// How an outcome that is not known is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Settlement {
    /// The service lists all calls with their price and our id.
    UsageLog,
    /// The service accepts a request before it runs, and says what became of it.
    Queue,
    /// It cannot be settled.
    Never,
    /// It need not be settled: calls cost nothing, so they can be sent again.
    Free,
}
