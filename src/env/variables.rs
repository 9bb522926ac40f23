//! The table of environment variables. The man pages print it, and tests compare it with the sources and the
//! documentation.

/// One or several variables with the same meaning.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    pub names: &'static [&'static str],
    /// What the variable says, as a fragment of a sentence.
    pub meaning: &'static str,
    pub readers: Readers,
}

/// The commands that a variable matters to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    All,
    /// Commands that use the key.
    Key,
    /// Commands that need to know the service.
    Service,
    /// Commands that connect to the service.
    Connection,
    /// Commands with the flag `--model`.
    Model,
    /// Commands with the flag `--max-cost`.
    Budget,
    /// Commands that use a profile.
    Profile,
    /// Commands with the flag `--sandbox`.
    Sandbox,
    /// Commands that use the journal.
    Journal,
    /// `batch` alone.
    Batch,
    /// Commands that draw pictures in the terminal.
    Drawing,
}

/// Every variable that the program reads.
pub const VARIABLES: [Variable; 27] = [
    Variable {
        names: &["SEEDEDIT_API_KEY"],
        meaning: "the key for whichever service is used; it precedes those below",
        readers: Readers::Key,
    },
    Variable {
        names: &["AIMLAPI_API_KEY", "AIMLAPI_KEY", "AIML_API_KEY"],
        meaning: "the key for `aimlapi`: the first of these that is set",
        readers: Readers::Key,
    },
    Variable { names: &["ARK_API_KEY"], meaning: "the key for `ark` and `byteplus`", readers: Readers::Key },
    Variable {
        names: &["BYTEPLUS_API_KEY"],
        meaning: "the key for `byteplus`; it precedes `ARK_API_KEY`",
        readers: Readers::Key,
    },
    Variable { names: &["FAL_KEY"], meaning: "the key for `fal`", readers: Readers::Key },
    Variable { names: &["OPENAI_API_KEY"], meaning: "the key for `openai`", readers: Readers::Key },
    Variable { names: &["SEEDEDIT_BASE_URL"], meaning: "the setting `base_url`", readers: Readers::Service },
    Variable { names: &["SEEDEDIT_SERVICE"], meaning: "the setting `service`", readers: Readers::Service },
    Variable { names: &["SEEDEDIT_MODEL"], meaning: "the setting `model`", readers: Readers::Model },
    Variable { names: &["SEEDEDIT_MAX_COST"], meaning: "the setting `max_cost`", readers: Readers::Budget },
    Variable {
        names: &["SEEDEDIT_MAX_COST_PER_DAY"],
        meaning: "the setting `max_cost_per_day`",
        readers: Readers::Budget,
    },
    Variable {
        names: &["SEEDEDIT_CONFIRM_ABOVE"],
        meaning: "the setting `confirm_above`",
        readers: Readers::Budget,
    },
    Variable { names: &["SEEDEDIT_PROFILE"], meaning: "the setting `profile`", readers: Readers::Profile },
    Variable {
        names: &["SEEDEDIT_SANDBOX"],
        meaning: "`1` does what `--sandbox` does",
        readers: Readers::Sandbox,
    },
    Variable {
        names: &["SEEDEDIT_CONFIG_DIR"],
        meaning: "the configuration directory",
        readers: Readers::All,
    },
    Variable {
        names: &["SEEDEDIT_DATA_DIR"],
        meaning: "the data directory, which has the journal",
        readers: Readers::Journal,
    },
    Variable { names: &["NO_COLOR"], meaning: "no color, unless `--color always`", readers: Readers::All },
    Variable { names: &["TERM"], meaning: "`dumb`: no color and no progress", readers: Readers::All },
    Variable {
        names: &["COLORTERM"],
        meaning: "`truecolor` or `24bit`: `show` draws in all colors, not only in 256",
        readers: Readers::Drawing,
    },
    Variable {
        names: &["TERM_PROGRAM", "LC_TERMINAL"],
        meaning: "`iTerm.app`, `iTerm2`: `show` sends pictures as iTerm2 takes them",
        readers: Readers::Drawing,
    },
    Variable {
        names: &["https_proxy", "HTTPS_PROXY"],
        meaning: "the proxy for https",
        readers: Readers::Connection,
    },
    Variable {
        names: &["http_proxy"],
        meaning: "the proxy for plain http; `HTTP_PROXY` is not read",
        readers: Readers::Connection,
    },
    Variable {
        names: &["all_proxy", "ALL_PROXY"],
        meaning: "the proxy for both; each is an `http`, `https`, `socks4`, `socks4a`, `socks5` or `socks5h` URL",
        readers: Readers::Connection,
    },
    Variable {
        names: &["no_proxy", "NO_PROXY"],
        meaning: "hosts to reach directly",
        readers: Readers::Connection,
    },
    Variable {
        names: &["SSL_CERT_FILE"],
        meaning: "a file of PEM certificates to trust, instead of the system's",
        readers: Readers::Connection,
    },
    Variable {
        names: &["SSL_CERT_DIR"],
        meaning: "directories of PEM certificates to trust, instead of the system's",
        readers: Readers::Connection,
    },
    Variable {
        names: &["SQLITE_TMPDIR", "TMPDIR"],
        meaning: "the directory for the temporary files of a large batch",
        readers: Readers::Batch,
    },
];
