//! The topics of `help` that are not commands.

use crate::suggest::{closest, normalized};

/// A text that `help` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Commands for common tasks.
    Recipes,
    /// What each exit code means.
    ExitCodes,
    /// The environment variables.
    Environment,
}

impl Topic {
    /// All topics, in the order in which they are listed.
    pub const ALL: [Topic; 3] = [Topic::Recipes, Topic::ExitCodes, Topic::Environment];

    /// Returns the word that names the topic.
    pub fn name(self) -> &'static str {
        match self {
            Topic::Recipes => "recipes",
            Topic::ExitCodes => "exit-codes",
            Topic::Environment => "environment",
        }
    }

    /// Returns what the text is about.
    pub fn about(self) -> &'static str {
        match self {
            Topic::Recipes => "Commands for common tasks, to copy",
            Topic::ExitCodes => "What each exit code means",
            Topic::Environment => "The environment variables that are read",
        }
    }

    /// Returns the topic that these words of `help` name.
    pub fn named(words: &[String]) -> Option<Topic> {
        let [word] = words else { return None };
        Topic::ALL.into_iter().find(|topic| normalized(topic.name()) == normalized(word))
    }

    /// Returns the topic that a mistyped word most likely means.
    pub fn closest(word: &str) -> Option<Topic> {
        let name = closest(word, Topic::ALL.map(Topic::name))?;
        Topic::ALL.into_iter().find(|topic| topic.name() == name)
    }
}
