//! The certificates that variables name.

use crate::env::Env;
use crate::error::Failure;
use crate::error_chain::io_reason;

/// Checks the certificates that the environment names instead of the system's. The library that loads them does not say
/// which variable is wrong.
pub(super) fn ensure_certificates(env: &Env) -> Result<(), Failure> {
    let problem = |variable: &str, path: &str, why: &str| {
        Err(Failure::input(format!("{variable} names {path}, {why}"))
            .hint("nothing was sent; name PEM certificates, or unset the variable to use the system's"))
    };
    if let Some(path) = env.var("SSL_CERT_FILE") {
        match std::fs::read(&path) {
            Ok(text) if contains(&text, b"-----BEGIN CERTIFICATE-----") => {}
            Ok(_) => return problem("SSL_CERT_FILE", &path, "which has no certificate"),
            Err(error) => {
                let why = format!("which cannot be read: {}", io_reason(&error));
                return problem("SSL_CERT_FILE", &path, &why);
            }
        }
    }
    if let Some(paths) = env.var("SSL_CERT_DIR")
        && !std::env::split_paths(&paths).any(|path| path.is_dir())
    {
        return problem("SSL_CERT_DIR", &paths, "which is not a directory");
    }
    Ok(())
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
