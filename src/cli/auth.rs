//! `auth`.

use clap::{Args, Subcommand};

use super::common::{ConnectArgs, JsonArgs, ProfileArgs};

/// Store, remove and check the API key.
///
/// The key is the first found of: SEEDEDIT_API_KEY, the variables of the service (such as
/// AIMLAPI_API_KEY or OPENAI_API_KEY), the setting api_key_command, and the key stored by
/// `auth login`. A service's own key is never sent to another service. No flag takes a key,
/// since other users can read command lines.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct AuthArgs {
    /// What to run.
    #[command(subcommand)]
    pub command: AuthCommand,
}

/// The commands of `auth`.
#[derive(Debug, Subcommand)]
pub enum AuthCommand {
    /// Check a key with the free balance call, and store it for this user only
    Login(LoginArgs),
    /// Remove the stored key
    Logout(LogoutArgs),
    /// Show where the key comes from, and its first characters
    Status(StatusArgs),
}

/// Arguments of `auth login`.
#[derive(Debug, Args)]
pub struct LoginArgs {
    /// Read the key from standard input instead of asking for it
    #[arg(long)]
    pub with_token: bool,
    /// Store the key without checking it
    #[arg(long)]
    pub no_verify: bool,
    /// Which service.
    #[command(flatten)]
    pub connect: ConnectArgs,
}

/// Arguments of `auth logout`.
#[derive(Debug, Args)]
pub struct LogoutArgs {
    /// Which profile.
    #[command(flatten)]
    pub profile: ProfileArgs,
}

/// Arguments of `auth status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Which profile.
    #[command(flatten)]
    pub profile: ProfileArgs,
    /// JSON instead of text.
    #[command(flatten)]
    pub json: JsonArgs,
}

const EXAMPLES: &str = "\
Examples:
  seededit auth login                       ask for the key
  seededit auth login --with-token < key.txt
  seededit auth status                      which key is used";
