//! `seededit balance`

use serde_json::json;

use crate::api::balance;
use crate::cli::BalanceArgs;
use crate::env::Env;
use crate::error::Failure;
use crate::ui::Ui;

use super::context::{self, Connection};
use super::reporting::stdout_failed;
use super::target::Target;

pub(super) fn run(args: &BalanceArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let settings = context::settings(&context::flags(&args.connect), env)?;
    let service = settings.models.service();
    if !service.has_balance {
        let hint = if service.is_free() { "edits cost nothing there" } else { "look at its console" };
        return Err(Failure::input(format!(
            "{} does not say what is left in the account",
            service.in_text()
        ))
        .hint(hint));
    }
    let target = Target::find(&args.connect, &settings, env)?;
    let connection = Connection::new(&settings, env, target)?;
    let left = balance(&connection.transport, &connection.endpoint.base, &connection.key)
        .map_err(|error| context::explained(error.into(), &settings).redacted(&connection.key))?;
    let written = if ui.is_json() {
        ui.json(&json!({"service": service.name, "amount": left.amount, "currency": left.currency}))
    } else {
        ui.line(format!("{:.2} {}", left.amount, left.currency))
    };
    written.map_err(stdout_failed)?;
    Ok(0)
}
