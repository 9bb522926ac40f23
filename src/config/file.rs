//! `config.toml`: read with the line of every value, and written without losing comments.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml_edit::{Array, Document, DocumentMut, Item, Table, TableLike, Value, value};

use crate::files::{read_small, write_private};
use crate::suggest::did_you_mean;

use super::setting::{RawValue, Setting};

/// A value in the file and its line, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigEntry {
    pub raw: RawValue,
    pub line: usize,
}

/// The configuration file. All its values have been checked.
#[derive(Debug, Clone)]
pub struct ConfigFile {
    path: PathBuf,
    text: String,
    top: Section,
    profiles: BTreeMap<String, Section>,
}

type Section = BTreeMap<Setting, ConfigEntry>;

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {}", .path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write {}", .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{}:{line}: {what}", .path.display())]
    Line { path: PathBuf, line: usize, what: String },
    /// The file is not TOML. Holds the library's words.
    #[error("{}:{line}: the line is not valid TOML ({reason})", .path.display())]
    Syntax { path: PathBuf, line: usize, reason: String },
    /// The file has a key that is not the name of a setting.
    #[error("{}:{line}: `{name}` is not a setting{suggestion}", .path.display())]
    UnknownSetting {
        path: PathBuf,
        line: usize,
        /// The key as it is written there.
        name: String,
        /// The end of the sentence: "; did you mean …?", or nothing.
        suggestion: String,
    },
    /// A value to be set is not valid for its setting.
    #[error("{setting}: {what}")]
    Value {
        setting: Setting,
        /// What the setting accepts.
        what: String,
    },
}

impl ConfigFile {
    /// Reads the file. A missing file counts as empty.
    ///
    /// # Errors
    /// Fails if the file cannot be read, is not TOML, or has an unknown setting or an invalid value. The error
    /// names the first wrong line.
    pub fn load(path: &Path) -> Result<ConfigFile, ConfigError> {
        let text = match read_small(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(ConfigError::Read { path: path.to_owned(), source }),
        };
        ConfigFile::parse(path, text)
    }

    fn parse(path: &Path, text: String) -> Result<ConfigFile, ConfigError> {
        let fault = |span: Option<Range<usize>>, what: String| ConfigError::Line {
            path: path.to_owned(),
            line: line_of(&text, span),
            what,
        };
        let document = Document::parse(text.as_str()).map_err(|error| syntax_error(path, &text, &error))?;
        let mut top = Section::new();
        let mut profiles = BTreeMap::new();
        for (name, item) in document.iter() {
            let key_span = document.key(name).and_then(toml_edit::Key::span);
            if name == "profiles" {
                let tables = item
                    .as_table_like()
                    .ok_or_else(|| fault(item.span(), "`profiles` must be a table".into()))?;
                for (profile, item) in tables.iter() {
                    let table = item
                        .as_table_like()
                        .ok_or_else(|| fault(item.span(), format!("`profiles.{profile}` must be a table")))?;
                    profiles.insert(profile.to_owned(), section(path, table, true, &text, &fault)?);
                }
            } else {
                let (setting, entry) = read_entry(path, name, item, key_span, false, &text, &fault)?;
                top.insert(setting, entry);
            }
        }
        Ok(ConfigFile { path: path.to_owned(), top, profiles, text })
    }

    /// Returns the file's path, whether or not it exists.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the value at the top of the file.
    pub fn top(&self, setting: Setting) -> Option<&ConfigEntry> {
        self.top.get(&setting)
    }

    /// Returns the value in a profile.
    pub fn in_profile(&self, profile: &str, setting: Setting) -> Option<&ConfigEntry> {
        self.profiles.get(profile)?.get(&setting)
    }

    pub fn profiles(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }

    /// Writes a value at the top or in a profile, which is created if needed. Keeps comments and order.
    ///
    /// # Errors
    /// Fails if the value is not valid for the setting, or the file cannot be written.
    pub fn set(&self, profile: Option<&str>, setting: Setting, raw: &RawValue) -> Result<(), ConfigError> {
        setting.check(raw).map_err(|what| ConfigError::Value { setting, what })?;
        if profile.is_some() && setting == Setting::Profile {
            return Err(ConfigError::Value {
                setting,
                what: "belongs at the top of the file, not in a profile".into(),
            });
        }
        let mut document = self.document()?;
        let table = match profile {
            None => document.as_table_mut(),
            Some(profile) => {
                let profiles = document.entry("profiles").or_insert_with(implicit_table);
                let named = profiles
                    .as_table_like_mut()
                    .map(|t| t.entry(profile).or_insert(Item::Table(Table::new())));
                match named.and_then(Item::as_table_mut) {
                    Some(table) => table,
                    None => return Err(self.not_a_table(profile)),
                }
            }
        };
        match table.get_mut(setting.name()).and_then(Item::as_value_mut) {
            // Keep the comment after the value.
            Some(old) => {
                let decor = old.decor().clone();
                *old = toml_value(setting, raw);
                *old.decor_mut() = decor;
            }
            None => table[setting.name()] = value(toml_value(setting, raw)),
        }
        self.write(&document)
    }

    /// Removes a value. Returns whether there was one.
    pub fn unset(&self, profile: Option<&str>, setting: Setting) -> Result<bool, ConfigError> {
        let mut document = self.document()?;
        let table = match profile {
            None => Some(document.as_table_mut() as &mut dyn TableLike),
            Some(profile) => document
                .get_mut("profiles")
                .and_then(Item::as_table_like_mut)
                .and_then(|profiles| profiles.get_mut(profile))
                .and_then(Item::as_table_like_mut),
        };
        let removed = table.is_some_and(|table| table.remove(setting.name()).is_some());
        if removed {
            self.write(&document)?;
        }
        Ok(removed)
    }

    fn document(&self) -> Result<DocumentMut, ConfigError> {
        self.text.parse().map_err(|error| syntax_error(&self.path, &self.text, &error))
    }

    fn write(&self, document: &DocumentMut) -> Result<(), ConfigError> {
        write_private(&self.path, document.to_string().as_bytes())
            .map_err(|source| ConfigError::Write { path: self.path.clone(), source })
    }

    fn not_a_table(&self, profile: &str) -> ConfigError {
        ConfigError::Line {
            path: self.path.clone(),
            line: 1,
            what: format!(
                "profiles.{profile} is written inline; write it as a [profiles.{profile}] section to change it"
            ),
        }
    }
}

fn syntax_error(path: &Path, text: &str, error: &toml_edit::TomlError) -> ConfigError {
    ConfigError::Syntax {
        path: path.to_owned(),
        line: line_of(text, error.span()),
        reason: error.message().replace('\n', ", "),
    }
}

fn implicit_table() -> Item {
    let mut table = Table::new();
    table.set_implicit(true);
    Item::Table(table)
}

/// Creates an error from a span of the text and what is wrong there.
type Fault<'a> = dyn Fn(Option<Range<usize>>, String) -> ConfigError + 'a;

fn section(
    path: &Path,
    table: &dyn TableLike,
    in_profile: bool,
    text: &str,
    fault: &Fault<'_>,
) -> Result<Section, ConfigError> {
    table
        .iter()
        .map(|(name, item)| {
            read_entry(
                path,
                name,
                item,
                table.key(name).and_then(toml_edit::Key::span),
                in_profile,
                text,
                fault,
            )
        })
        .collect()
}

fn read_entry(
    path: &Path,
    name: &str,
    item: &Item,
    key_span: Option<Range<usize>>,
    in_profile: bool,
    text: &str,
    fault: &Fault<'_>,
) -> Result<(Setting, ConfigEntry), ConfigError> {
    if name == "api_key" {
        return Err(fault(
            key_span,
            "a key does not belong here; store it with `seededit auth login`".into(),
        ));
    }
    let Some(setting) = Setting::from_name(name) else {
        let settings = Setting::ALL.into_iter().map(Setting::name);
        let suggestion = did_you_mean(name, settings.filter(|name| !in_profile || *name != "profile"));
        return Err(ConfigError::UnknownSetting {
            path: path.to_owned(),
            line: line_of(text, key_span),
            name: name.to_owned(),
            suggestion,
        });
    };
    if in_profile && setting == Setting::Profile {
        return Err(fault(key_span, "`profile` belongs at the top of the file, not in a profile".into()));
    }
    let raw = raw(item).map_err(|what| fault(item.span(), format!("{name} {what}")))?;
    setting.check(&raw).map_err(|what| fault(item.span(), format!("{name}: {what}")))?;
    Ok((setting, ConfigEntry { raw, line: line_of(text, item.span()) }))
}

fn raw(item: &Item) -> Result<RawValue, String> {
    match item.as_value() {
        Some(Value::String(text)) => Ok(RawValue::Text(text.value().clone())),
        Some(Value::Integer(number)) => Ok(RawValue::Text(number.value().to_string())),
        Some(Value::Float(number)) => Ok(RawValue::Text(number.value().to_string())),
        Some(Value::Boolean(switch)) => Ok(RawValue::Text(switch.value().to_string())),
        Some(Value::Array(words)) => {
            let words: Option<Vec<String>> =
                words.iter().map(|word| word.as_str().map(str::to_owned)).collect();
            words
                .map(RawValue::List)
                .ok_or_else(|| "has a list that contains something other than strings".into())
        }
        _ => Err("has a value of the wrong type".into()),
    }
}

/// Converts to TOML. Numbers and booleans are written as such, so that the file reads naturally.
fn toml_value(setting: Setting, raw: &RawValue) -> Value {
    match raw {
        RawValue::List(words) => Value::Array(words.iter().collect::<Array>()),
        RawValue::Text(text) => match setting {
            Setting::Watermark => text.parse::<bool>().map_or_else(|_| text.into(), Value::from),
            Setting::Retries => text.trim().parse::<i64>().map_or_else(|_| text.into(), Value::from),
            Setting::GuidanceScale => text.trim().parse::<f64>().map_or_else(|_| text.into(), Value::from),
            _ => text.into(),
        },
    }
}

fn line_of(text: &str, span: Option<Range<usize>>) -> usize {
    let end = span.map_or(0, |span| span.start).min(text.len());
    text.as_bytes()[..end].iter().filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn parse(text: &str) -> Result<ConfigFile, String> {
        ConfigFile::parse(Path::new("config.toml"), text.into()).map_err(|error| error.to_string())
    }

    #[test]
    fn an_error_names_its_file_and_line() {
        for (text, message) in [
            (
                "model = \"m\"\ncolour = 1\n",
                "config.toml:2: `colour` is not a setting; did you mean `color`?",
            ),
            ("\n\nretries = 99\n", "config.toml:3: retries: must be a whole number from 0 to 20"),
            (
                "[profiles.a]\nmodel = [1]\n",
                "config.toml:2: model has a list that contains something other than strings",
            ),
            (
                "[profiles.a]\nprofile = \"b\"\n",
                "config.toml:2: `profile` belongs at the top of the file, not in a profile",
            ),
            (
                "api_key = \"x\"\n",
                "config.toml:1: a key does not belong here; store it with `seededit auth login`",
            ),
        ] {
            assert_eq!(parse(text).unwrap_err(), message);
        }
        assert!(parse("model = \"m\"\nmodel = ").unwrap_err().starts_with("config.toml:2: "));
    }

    #[test]
    fn values_are_read_with_their_lines_at_the_top_and_in_profiles() {
        let file = parse("retries = 2\n\n[profiles.ark]\nbase_url = \"https://ark.example\"\n").unwrap();
        assert_eq!(
            file.top(Setting::Retries),
            Some(&ConfigEntry { raw: RawValue::Text("2".into()), line: 1 })
        );
        assert_eq!(file.in_profile("ark", Setting::BaseUrl).unwrap().line, 4);
        assert_eq!(file.in_profile("other", Setting::BaseUrl), None);
        assert_eq!(file.profiles().collect::<Vec<_>>(), ["ark"]);
    }

    #[test]
    fn setting_a_value_keeps_comments_and_order() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        fs::write(&path, "# mine\nretries = 2 # patient\n\n[profiles.ark]\n# theirs\nmodel = \"m\"\n")
            .unwrap();
        let load = || ConfigFile::load(&path).unwrap();
        load().set(None, Setting::Retries, &RawValue::Text("5".into())).unwrap();
        load().set(Some("ark"), Setting::Watermark, &RawValue::Text("false".into())).unwrap();
        load()
            .set(None, Setting::ApiKeyCommand, &RawValue::List(vec!["pass".into(), "show".into()]))
            .unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "# mine\nretries = 5 # patient\napi_key_command = [\"pass\", \"show\"]\n\n[profiles.ark]\n# theirs\nmodel = \"m\"\nwatermark = false\n"
        );
        assert!(load().unset(Some("ark"), Setting::Model).unwrap());
        assert!(!load().unset(Some("ark"), Setting::Model).unwrap());
    }

    #[test]
    fn a_profile_is_created_when_a_value_is_set_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        ConfigFile::load(&path)
            .unwrap()
            .set(Some("new"), Setting::Model, &RawValue::Text("m".into()))
            .unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "[profiles.new]\nmodel = \"m\"\n");
    }
}
