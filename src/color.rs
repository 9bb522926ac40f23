//! When to use color.

use std::fmt;
use std::str::FromStr;

use anstream::ColorChoice;

use crate::env::Env;

/// When to use color on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColorWhen {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    Always,
    Never,
}

impl ColorWhen {
    /// Resolves the choice for this environment. `NO_COLOR` and `TERM=dumb` are obeyed unless color is forced.
    pub fn choice(self, env: &Env) -> ColorChoice {
        match self {
            ColorWhen::Always => ColorChoice::Always,
            ColorWhen::Auto if env.stderr_is_terminal && !is_plain(env) => ColorChoice::Always,
            ColorWhen::Auto | ColorWhen::Never => ColorChoice::Never,
        }
    }
}

/// Whether a terminal takes no color: `NO_COLOR` is set, or it is `dumb`.
pub fn is_plain(env: &Env) -> bool {
    env.var_os("NO_COLOR").is_some() || env.var("TERM").is_some_and(|term| term == "dumb")
}

impl FromStr for ColorWhen {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(ColorWhen::Auto),
            "always" => Ok(ColorWhen::Always),
            "never" => Ok(ColorWhen::Never),
            _ => Err("must be auto, always or never"),
        }
    }
}

impl fmt::Display for ColorWhen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ColorWhen::Auto => "auto",
            ColorWhen::Always => "always",
            ColorWhen::Never => "never",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn color_is_for_terminals_unless_no_color_is_set() {
        let mut env = Env::default();
        assert_eq!(ColorWhen::Auto.choice(&env), ColorChoice::Never);
        env.stderr_is_terminal = true;
        assert_eq!(ColorWhen::Auto.choice(&env), ColorChoice::Always);
        let mut env = Env::with_vars([("NO_COLOR", "1")]);
        env.stderr_is_terminal = true;
        assert_eq!(ColorWhen::Auto.choice(&env), ColorChoice::Never);
        assert_eq!(ColorWhen::Always.choice(&env), ColorChoice::Always);
    }
}
