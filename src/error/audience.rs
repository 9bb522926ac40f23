//! For whom a message is, and by which means they do what it says.

use crate::secret::without_queries;

/// Who reads a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// A person at a command line, or a script: with commands and flags.
    CommandLine,
    /// A client of `mcp`: with tools and their arguments. What these cannot do, the user can do at a command line.
    Client,
}

impl Audience {
    /// Chooses the text for this audience.
    pub fn choose<T>(self, command_line: T, client: T) -> T {
        match self {
            Audience::CommandLine => command_line,
            Audience::Client => client,
        }
    }

    /// Names an option that both have: `name` is that of the flag, without its dashes.
    pub fn option(self, name: &str) -> String {
        match self {
            Audience::CommandLine => format!("--{name}"),
            Audience::Client => format!("`{}`", name.replace('-', "_")),
        }
    }

    /// Names a command that no tool runs.
    pub fn user_command(self, command: &str) -> String {
        match self {
            Audience::CommandLine => format!("`{command}`"),
            Audience::Client => format!("`{command}`, which only the user can run,"),
        }
    }

    /// Names a command that is also a tool.
    pub fn command(self, name: &str) -> String {
        match self {
            Audience::CommandLine => format!("`seededit {name}`"),
            Audience::Client => format!("the tool `{name}`"),
        }
    }
}

/// The next action, as each audience can do it, with the queries of links redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    command_line: String,
    /// `None` if it is the same.
    client: Option<String>,
}

impl Hint {
    /// Creates a hint that differs: at a command line, and for a client.
    pub fn each(command_line: impl Into<String>, client: impl Into<String>) -> Hint {
        let client = Some(without_queries(client.into()));
        Hint { client, ..command_line.into().into() }
    }

    /// Creates a hint from its text for each audience.
    pub fn with(text: impl Fn(Audience) -> String) -> Hint {
        Hint::each(text(Audience::CommandLine), text(Audience::Client))
    }

    /// Returns the hint with `start` in front of it, for each audience.
    #[must_use]
    pub fn after(&self, start: &str) -> Hint {
        let with_start = |text: &String| format!("{start}{text}");
        Hint { command_line: with_start(&self.command_line), client: self.client.as_ref().map(with_start) }
    }

    pub fn text(&self, audience: Audience) -> &str {
        match (audience, &self.client) {
            (Audience::Client, Some(client)) => client,
            _ => &self.command_line,
        }
    }
}

impl From<String> for Hint {
    fn from(text: String) -> Hint {
        Hint { command_line: without_queries(text), client: None }
    }
}

impl From<&str> for Hint {
    fn from(text: &str) -> Hint {
        text.to_owned().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_arguments_and_tools_where_a_command_line_has_flags_and_commands() {
        let hint = Hint::with(|audience| {
            format!("{} or {}", audience.option("negative-prompt"), audience.command("recover"))
        });
        assert_eq!(hint.text(Audience::CommandLine), "--negative-prompt or `seededit recover`");
        assert_eq!(hint.text(Audience::Client), "`negative_prompt` or the tool `recover`");
        assert_eq!(Hint::from("wait").text(Audience::Client), "wait");
        let hint = Hint::each("open https://h/a?sig=s", "fetch https://h/b?sig=s");
        assert_eq!(hint.text(Audience::CommandLine), "open https://h/a?…");
        assert_eq!(hint.text(Audience::Client), "fetch https://h/b?…");
    }
}
