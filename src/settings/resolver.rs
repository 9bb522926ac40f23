//! Finds the values of settings in their layers.

use std::str::FromStr;
use std::time::Duration;

use crate::api::BaseUrl;
use crate::cards::{Catalog, Models, ServiceCard};
use crate::config::{ConfigFile, RawValue, ServiceName, Setting};
use crate::duration::{format_duration, parse_timeout};
use crate::env::Env;
use crate::money::{CostLimit, Usd};

use super::spending_limits::LimitSource;
use super::{Flags, LimitFlags, LimitSources, Origin, Row, SettingsError, SpendingLimits};

/// A setting's value and where it came from.
#[derive(Debug)]
pub(super) struct Sourced<T> {
    /// `None` if the service or the command decides.
    value: Option<T>,
    /// The value as it is listed: as the user wrote it.
    text: Option<String>,
    origin: Origin,
}

/// Finds values in the layers, and lists each setting that it resolves.
pub(super) struct Resolver<'a> {
    env: &'a Env,
    file: &'a ConfigFile,
    /// The profile in use.
    pub(super) profile: Option<String>,
    /// The settings that were resolved.
    pub(super) rows: Vec<Row>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(env: &'a Env, file: &'a ConfigFile) -> Resolver<'a> {
        Resolver { env, file, profile: None, rows: Vec::with_capacity(Setting::ALL.len()) }
    }

    /// Resolves which profile is in use; all other settings depend on it.
    pub(super) fn profile(&mut self, flag: Option<&String>) -> Result<Sourced<String>, SettingsError> {
        let flag = flag.map(|name| (name.clone(), name.clone()));
        let found = self.find(Setting::Profile, flag, |text| Ok(text.to_owned()))?;
        if let Some(name) = &found.value
            && !self.file.profiles().any(|known| known == name)
        {
            return Err(SettingsError::NoProfile {
                name: name.clone(),
                path: self.file.path().to_owned(),
                known: self.file.profiles().map(str::to_owned).collect(),
            });
        }
        self.profile.clone_from(&found.value);
        Ok(found)
    }

    /// Resolves the service and its address. A base URL selects the service whose address it is.
    pub(super) fn service(
        &mut self,
        flags: &Flags,
        catalog: Catalog,
    ) -> Result<(Models, BaseUrl), SettingsError> {
        let named: Option<ServiceName> = self.optional(Setting::Service, flags.service.as_ref())?;
        let address: Option<BaseUrl> = self.optional(Setting::BaseUrl, flags.base_url.as_ref())?;
        let card = match (&named, &address) {
            (Some(name), _) => catalog.service(name.as_str())?,
            (None, Some(address)) => match catalog.service_at(&address.to_string())? {
                Some(card) => card,
                None => catalog.service(ServiceName::DEFAULT)?,
            },
            (None, None) => catalog.service(ServiceName::DEFAULT)?,
        };
        let usual = card_address(&card)?;
        let defaults = [(Setting::Service, card.name.clone()), (Setting::BaseUrl, usual.to_string())];
        for row in &mut self.rows {
            if let Some((_, value)) = defaults.iter().find(|(setting, _)| *setting == row.setting) {
                row.value.get_or_insert_with(|| value.clone());
            }
        }
        let is_elsewhere = address.as_ref().is_some_and(|address| *address != usual);
        let address = address.unwrap_or(usual);
        let card = card.at(address.is_on_this_machine());
        Ok((Models::new(catalog, card, is_elsewhere), address))
    }

    /// Resolves the longest time for an answer, whose default depends on the service.
    pub(super) fn timeout(
        &mut self,
        flag: Option<(Duration, String)>,
        default: Option<Duration>,
    ) -> Result<Duration, SettingsError> {
        let mut found = self.find(Setting::Timeout, flag, parse_timeout)?;
        if let (Origin::Default, Some(default)) = (&found.origin, default) {
            (found.value, found.text) = (Some(default), Some(format_duration(default)));
        }
        self.list(Setting::Timeout, found).ok_or_else(|| no_value(Setting::Timeout))
    }

    pub(super) fn limits(&mut self, flags: LimitFlags) -> Result<SpendingLimits, SettingsError> {
        let mut limit =
            |setting, flag: Option<CostLimit>| -> Result<(Option<Usd>, LimitSource), SettingsError> {
                let amount = self.optional(setting, flag.as_ref())?.and_then(CostLimit::amount);
                // It was listed last.
                Ok((amount, self.rows.last().map_or_else(LimitSource::default, |row| (&row.origin).into())))
            };
        let (max_cost, of_run) = limit(Setting::MaxCost, flags.max_cost)?;
        let (max_cost_per_day, of_day) = limit(Setting::MaxCostPerDay, flags.max_cost_per_day)?;
        let (confirm_above, of_question) = limit(Setting::ConfirmAbove, flags.confirm_above)?;
        let sources = LimitSources { max_cost: of_run, max_cost_per_day: of_day, confirm_above: of_question };
        Ok(SpendingLimits { max_cost, max_cost_per_day, confirm_above, sources })
    }

    pub(super) fn required<T>(&mut self, setting: Setting, flag: Option<&T>) -> Result<T, SettingsError>
    where
        T: Clone + ToString + FromStr<Err: ToString>,
    {
        self.optional(setting, flag)?.ok_or_else(|| no_value(setting))
    }

    pub(super) fn optional<T>(
        &mut self,
        setting: Setting,
        flag: Option<&T>,
    ) -> Result<Option<T>, SettingsError>
    where
        T: Clone + ToString + FromStr<Err: ToString>,
    {
        let flag = flag.map(|value| (value.clone(), value.to_string()));
        let found =
            self.find(setting, flag, |text| text.trim().parse().map_err(|error: T::Err| error.to_string()))?;
        Ok(self.list(setting, found))
    }

    pub(super) fn duration(
        &mut self,
        setting: Setting,
        flag: Option<(Duration, String)>,
    ) -> Result<Duration, SettingsError> {
        let found = self.find(setting, flag, parse_timeout)?;
        self.list(setting, found).ok_or_else(|| no_value(setting))
    }

    pub(super) fn command(&mut self) -> Option<Vec<String>> {
        let (value, origin) = match self.in_file(Setting::ApiKeyCommand) {
            Some((RawValue::List(words), origin)) => (Some(words), origin),
            _ => (None, Origin::Default),
        };
        // The other words of a command may be private.
        let text = value.as_ref().map(|words| format!("{} …", words.first().map_or("", String::as_str)));
        self.list(Setting::ApiKeyCommand, Sourced { value, text, origin })
    }

    pub(super) fn list<T>(&mut self, setting: Setting, found: Sourced<T>) -> Option<T> {
        self.rows.push(Row { setting, value: found.text, origin: found.origin });
        found.value
    }

    /// Returns the value of the first layer that has one. `flag` is the value on the command line with its text.
    fn find<T>(
        &self,
        setting: Setting,
        flag: Option<(T, String)>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Sourced<T>, SettingsError> {
        if let Some((value, text)) = flag {
            return Ok(Sourced { value: Some(value), text: Some(text), origin: Origin::Flag });
        }
        let (text, origin) = if let Some(variable) = setting.variable()
            && let Some(text) = self.env.var(variable)
        {
            (text, Origin::Variable(variable))
        } else if let Some((RawValue::Text(text), origin)) = self.in_file(setting) {
            (text, origin)
        } else if let Some(text) = setting.default() {
            (text.to_owned(), Origin::Default)
        } else {
            return Ok(Sourced { value: None, text: None, origin: Origin::Default });
        };
        let variable = setting.variable().unwrap_or(setting.name());
        let value = parse(&text).map_err(|what| SettingsError::Variable { variable, what })?;
        Ok(Sourced { value: Some(value), text: Some(text), origin })
    }

    fn in_file(&self, setting: Setting) -> Option<(RawValue, Origin)> {
        if let Some(name) = &self.profile
            && let Some(entry) = self.file.in_profile(name, setting)
        {
            return Some((entry.raw.clone(), Origin::Profile { name: name.clone(), line: entry.line }));
        }
        self.file.top(setting).map(|entry| (entry.raw.clone(), Origin::File { line: entry.line }))
    }
}

fn card_address(card: &ServiceCard) -> Result<BaseUrl, SettingsError> {
    card.base_url.parse().map_err(|error: <BaseUrl as FromStr>::Err| SettingsError::Card {
        service: card.name.clone(),
        what: error.to_string(),
    })
}

/// A required setting has a default, so this is never seen; a test checks that all defaults are valid.
fn no_value(setting: Setting) -> SettingsError {
    SettingsError::Variable { variable: setting.name(), what: "has no value".into() }
}
