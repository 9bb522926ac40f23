//! The user's files: `config.toml` with settings, `credentials.toml` with keys.

mod credentials;
mod file;
mod key;
mod setting;

pub use credentials::{Credentials, CredentialsError, KeyOwner};
pub use file::{ConfigError, ConfigFile};
pub use key::{KEY_VARIABLE, KeyLookup, KeyOrigin, KeySourceError, find_key, key_variables};
pub use setting::{RawValue, ServiceName, Setting, SuccessorRule, parse_retries};
