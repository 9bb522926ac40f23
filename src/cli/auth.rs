//! `auth`.

use clap::{Args, Subcommand};

use super::common::{ConnectArgs, JsonArgs, ProfileArgs};

/// Store, remove and check the API key.
///
/// The key is taken from the first of: SEEDEDIT_API_KEY, AIMLAPI_API_KEY, AIMLAPI_KEY,
/// AIML_API_KEY, the setting api_key_command, and what `auth login` stored. There is no flag that
/// takes a key, since command lines can be read by others.
#[derive(Debug, Args)]
pub struct AuthArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: AuthCommand,
}

/// The commands of `auth`.
#[derive(Debug, Subcommand)]
pub enum AuthCommand {
    /// Check a key with the free balance call and store it, readable by you only
    Login(LoginArgs),
    /// Remove the stored key
    Logout(LogoutArgs),
    /// Say where the key comes from, and its first characters
    Status(StatusArgs),
}

/// Arguments of `auth login`.
#[derive(Debug, Args)]
pub struct LoginArgs {
    /// Read the key from standard input rather than asking for it
    #[arg(long)]
    pub with_token: bool,
    /// Store it without asking the service whether it is good
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
    /// JSON in place of words.
    #[command(flatten)]
    pub json: JsonArgs,
}
