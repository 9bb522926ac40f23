//! `credentials.toml`: the stored keys, readable by the owner only.

use std::io;
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, Table, value};

use crate::files::{read_small, write_private};
use crate::secret::{ApiKey, KeyError};

use super::setting::ServiceName;

/// Whose key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyOwner<'a> {
    /// The default service.
    Default,
    /// Another service.
    Service(&'a str),
    /// A profile with a key of its own.
    Profile(&'a str),
}

impl<'a> KeyOwner<'a> {
    /// The owner of a service's key.
    pub fn service(name: &'a str) -> KeyOwner<'a> {
        if name == ServiceName::DEFAULT { KeyOwner::Default } else { KeyOwner::Service(name) }
    }

    /// Returns the tables in which the key is.
    fn section(self) -> Option<(&'static str, &'a str)> {
        match self {
            KeyOwner::Default => None,
            KeyOwner::Service(name) => Some(("services", name)),
            KeyOwner::Profile(name) => Some(("profiles", name)),
        }
    }
}

/// The stored keys: the default key, and one for each service or profile that has its own.
pub struct Credentials {
    path: PathBuf,
    document: DocumentMut,
}

/// Why the file cannot be used. No message quotes its content.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    #[error("cannot use {}", .path.display())]
    Io { path: PathBuf, source: io::Error },
    /// It does not have the structure that `auth login` writes.
    #[error("{} is not a credentials file", .0.display())]
    Malformed(PathBuf),
    #[error("the key in {} cannot be used", .path.display())]
    Key { path: PathBuf, source: KeyError },
}

impl Credentials {
    /// Reads the file. A missing file counts as empty.
    pub fn load(path: &Path) -> Result<Credentials, CredentialsError> {
        let text = match read_small(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(CredentialsError::Io { path: path.to_owned(), source }),
        };
        let document = text.parse().map_err(|_| CredentialsError::Malformed(path.to_owned()))?;
        Ok(Credentials { path: path.to_owned(), document })
    }

    /// Returns the key of an owner.
    ///
    /// # Errors
    /// Fails if the stored text is not a valid key.
    pub fn key(&self, owner: KeyOwner<'_>) -> Result<Option<ApiKey>, CredentialsError> {
        let item = match owner.section() {
            None => self.document.get("api_key"),
            Some((group, name)) => self
                .document
                .get(group)
                .and_then(|sections| sections.get(name))
                .and_then(|section| section.get("api_key")),
        };
        let Some(item) = item else { return Ok(None) };
        let text = item.as_str().ok_or_else(|| CredentialsError::Malformed(self.path.clone()))?;
        let key = ApiKey::parse(text)
            .map_err(|source| CredentialsError::Key { path: self.path.clone(), source })?;
        Ok(Some(key))
    }

    /// Stores a key. If writing fails, the old file is unchanged.
    pub fn store(&mut self, owner: KeyOwner<'_>, key: &ApiKey) -> Result<(), CredentialsError> {
        let section = match owner.section() {
            None => self.document.as_table_mut(),
            Some((group, name)) => {
                let mut sections = Table::new();
                sections.set_implicit(true);
                self.document
                    .entry(group)
                    .or_insert(Item::Table(sections))
                    .as_table_mut()
                    .and_then(|sections| {
                        sections.entry(name).or_insert(Item::Table(Table::new())).as_table_mut()
                    })
                    .ok_or_else(|| CredentialsError::Malformed(self.path.clone()))?
            }
        };
        section["api_key"] = value(key.expose());
        self.write()
    }

    /// Removes a key. Returns whether there was one.
    pub fn remove(&mut self, owner: KeyOwner<'_>) -> Result<bool, CredentialsError> {
        let section = match owner.section() {
            None => Some(self.document.as_table_mut()),
            Some((group, name)) => self
                .document
                .get_mut(group)
                .and_then(|sections| sections.get_mut(name))
                .and_then(Item::as_table_mut),
        };
        let removed = section.is_some_and(|section| section.remove("api_key").is_some());
        if removed {
            self.write()?;
        }
        Ok(removed)
    }

    fn write(&self) -> Result<(), CredentialsError> {
        write_private(&self.path, self.document.to_string().as_bytes())
            .map_err(|source| CredentialsError::Io { path: self.path.clone(), source })
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({})", self.path.display())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn each_profile_and_each_service_has_its_own_key() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("credentials.toml");
        let key = |text| ApiKey::parse(text).unwrap();
        Credentials::load(&path).unwrap().store(KeyOwner::Default, &key("aaaa")).unwrap();
        Credentials::load(&path).unwrap().store(KeyOwner::Profile("ark"), &key("bbbb")).unwrap();
        let mut stored = Credentials::load(&path).unwrap();
        assert_eq!(stored.key(KeyOwner::service("aimlapi")).unwrap().unwrap().expose(), "aaaa");
        assert_eq!(stored.key(KeyOwner::Profile("ark")).unwrap().unwrap().expose(), "bbbb");
        assert!(stored.key(KeyOwner::service("ark")).unwrap().is_none());
        assert!(stored.remove(KeyOwner::Default).unwrap());
        assert!(!stored.remove(KeyOwner::Default).unwrap());
        assert!(Credentials::load(&path).unwrap().key(KeyOwner::Profile("ark")).unwrap().is_some());
    }

    #[test]
    fn a_malformed_file_is_named_but_not_quoted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("credentials.toml");
        fs::write(&path, "api_key = \"topsecret").unwrap();
        let error = Credentials::load(&path).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("topsecret"));
    }
}
