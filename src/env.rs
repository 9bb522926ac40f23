//! The process environment, read once and passed down as a value.

mod variables;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::path::PathBuf;

use crate::api::{Proxies, ProxyError, ProxyUrl};

pub use variables::{Readers, VARIABLES, Variable};

/// Environment variables, the kinds of the standard streams, and default directories.
#[derive(Debug, Clone, Default)]
pub struct Env {
    vars: BTreeMap<OsString, OsString>,
    pub stdin_is_terminal: bool,
    pub stdout_is_terminal: bool,
    /// Whether standard output was closed when the process started.
    pub stdout_is_closed: bool,
    pub stderr_is_terminal: bool,
    /// The configuration directory unless `SEEDEDIT_CONFIG_DIR` is set.
    default_config_dir: Option<PathBuf>,
    /// The data directory unless `SEEDEDIT_DATA_DIR` is set.
    default_data_dir: Option<PathBuf>,
}

impl Env {
    /// Reads the environment of the process. No other code does.
    pub fn read() -> Env {
        Env {
            vars: std::env::vars_os().collect(),
            stdin_is_terminal: std::io::stdin().is_terminal(),
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stdout_is_closed: stdout_is_closed(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
            default_config_dir: dirs::config_dir().map(|dir| dir.join("seededit")),
            default_data_dir: dirs::data_dir().map(|dir| dir.join("seededit")),
        }
    }

    /// Creates an environment with these variables and no terminal.
    pub fn with_vars<'a>(vars: impl IntoIterator<Item = (&'a str, &'a str)>) -> Env {
        let vars = vars.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Env { vars, ..Env::default() }
    }

    /// Returns the same environment without a terminal, so that nobody can be asked.
    #[must_use]
    pub fn without_terminal(&self) -> Env {
        Env { stdin_is_terminal: false, stdout_is_terminal: false, stderr_is_terminal: false, ..self.clone() }
    }

    /// Returns a variable's value. An empty variable counts as unset.
    pub fn var_os(&self, name: &str) -> Option<&OsStr> {
        self.vars.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// Returns a variable's value as text. Bytes that are not UTF-8 become `�`, which no setting accepts.
    pub fn var(&self, name: &str) -> Option<String> {
        self.var_os(name).map(|value| value.to_string_lossy().into_owned())
    }

    /// Returns all variables, for programs that run on the user's behalf.
    pub fn vars(&self) -> impl Iterator<Item = (&OsString, &OsString)> {
        self.vars.iter()
    }

    /// Returns whether a switch is on: set to anything but `0`, `false`, `no` and `off`.
    pub fn is_on(&self, name: &str) -> bool {
        self.var(name).is_some_and(|value| !matches!(value.as_str(), "0" | "false" | "no" | "off"))
    }

    /// Returns the configuration directory: `SEEDEDIT_CONFIG_DIR`, or the platform's default.
    pub fn config_dir(&self) -> Option<PathBuf> {
        self.var_os("SEEDEDIT_CONFIG_DIR").map(PathBuf::from).or_else(|| self.default_config_dir.clone())
    }

    /// Returns the data directory, which holds the journal: `SEEDEDIT_DATA_DIR`, or the platform's default.
    pub fn data_dir(&self) -> Option<PathBuf> {
        self.var_os("SEEDEDIT_DATA_DIR").map(PathBuf::from).or_else(|| self.default_data_dir.clone())
    }

    /// Returns the proxies from the usual variables. Lower case outranks upper case. `HTTP_PROXY` in upper case is
    /// ignored, because in a CGI environment a client of the web server could set it.
    ///
    /// # Errors
    /// Returns an error if one cannot be used.
    pub fn proxies(&self) -> Result<Proxies, ProxyError> {
        let proxy = |names: &[&'static str]| {
            let first = names.iter().find_map(|name| Some((name, self.var(name)?)));
            first.map(|(name, value)| ProxyUrl::parse(name, &value)).transpose()
        };
        Ok(Proxies {
            https: proxy(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])?,
            http: proxy(&["http_proxy", "all_proxy", "ALL_PROXY"])?,
            bypass: self.var("no_proxy").or_else(|| self.var("NO_PROXY")),
        })
    }
}

/// Returns whether standard output was closed at the start.
///
/// The Rust runtime then opens the null device in its place, for reading and writing. A shell opens it only for
/// writing.
#[cfg(unix)]
fn stdout_is_closed() -> bool {
    use std::os::unix::fs::MetadataExt;
    let stdout = std::io::stdout();
    let both_ways = rustix::fs::fcntl_getfl(&stdout)
        .is_ok_and(|flags| flags & rustix::fs::OFlags::ACCMODE == rustix::fs::OFlags::RDWR);
    let null = std::fs::metadata("/dev/null").map(|null| null.rdev()).ok();
    both_ways && rustix::fs::fstat(&stdout).is_ok_and(|found| Some(found.st_rdev) == null)
}

#[cfg(not(unix))]
fn stdout_is_closed() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_counts_as_unset() {
        assert_eq!(Env::with_vars([("SEEDEDIT_MODEL", "")]).var("SEEDEDIT_MODEL"), None);
    }

    #[test]
    fn a_switch_is_off_for_zero_and_false() {
        for (value, on) in [("1", true), ("yes", true), ("0", false), ("false", false), ("", false)] {
            assert_eq!(
                Env::with_vars([("SEEDEDIT_SANDBOX", value)]).is_on("SEEDEDIT_SANDBOX"),
                on,
                "{value}"
            );
        }
    }

    #[test]
    fn lower_case_proxy_variables_win_and_upper_case_http_proxy_is_not_read() {
        let env = Env::with_vars([
            ("HTTPS_PROXY", "http://b"),
            ("https_proxy", "http://a"),
            ("HTTP_PROXY", "http://c"),
        ]);
        let proxies = env.proxies().unwrap();
        assert_eq!(proxies.https, ProxyUrl::parse("https_proxy", "http://a").ok());
        assert_eq!(proxies.http, None);
    }
}
