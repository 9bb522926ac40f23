//! The user's files: `config.toml` with settings, `credentials.toml` with keys.

mod credentials;
mod file;
mod key;
mod setting;

pub use credentials::{Credentials, CredentialsError};
pub use file::{ConfigError, ConfigFile};
pub use key::{KEY_VARIABLES, KeyLookup, KeyOrigin, KeySourceError, find_key};
pub use setting::{RawValue, Setting, parse_retries};
