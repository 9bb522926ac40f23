//! `seededit inspect`

use std::io;

use serde_json::json;

use crate::cli::InspectArgs;
use crate::edit::{Loaded, PlanError, Processing, RawPicture};
use crate::env::Env;
use crate::error::Failure;
use crate::picture::fit::told;
use crate::picture::{Size, adaptive_size, limits};
use crate::ui::{self, JobInfo, Ui};

use super::{offline, report, stdout_failed};

pub(super) fn run(args: &InspectArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let source = offline::source(&args.image, "inspect", env)?;
    let name = source.name();
    match offline::read(&source) {
        Ok(picture) => show(&name, picture, ui).map_err(stdout_failed),
        Err(failure) => Ok(report(&failure, JobInfo::new(None, Some(&name)), ui)),
    }
}

fn show(name: &str, picture: RawPicture, ui: &Ui) -> io::Result<u8> {
    let (header, bytes) = (*picture.header(), picture.byte_count());
    let checks = limits::checks(&header, bytes);
    let accepted = checks.iter().all(|check| check.met);
    // What will be sent is made, and not only told: that alone says whether it can be.
    let sent = picture.fit(&Processing::default()).map_err(|error| Failure::from(PlanError::from(error)));
    let shown = sent.as_ref().map_or(header.upright(), |sent| sent.header.upright());
    let back = adaptive_size(shown);
    if ui.is_json() {
        let checks: Vec<_> = checks
            .iter()
            .map(|check| json!({"limit": check.limit.to_string(), "found": check.found, "met": check.met}))
            .collect();
        ui.json(&json!({
            "status": "ok",
            "input": name,
            "format": header.format.name(),
            "width": header.size.width,
            "height": header.size.height,
            "orientation": header.orientation.value(),
            "alpha": header.alpha,
            "bytes": bytes,
            "accepted": accepted,
            "limits": checks,
            "sent": sent.as_ref().ok().map(as_json),
            "refused": sent.as_ref().err().map(why),
            "result": size(back),
        }))?;
        return Ok(0);
    }
    let mut lines = vec![
        ui::sanitize(name).into_owned(),
        row("format", header.format.name()),
        row("size", &header.size.to_string()),
        row("orientation", &format!("{} ({})", header.orientation.value(), header.orientation)),
        row("alpha", if header.alpha { "yes" } else { "no" }),
        row("bytes", &format!("{bytes} ({})", ui::bytes(bytes))),
    ];
    for check in &checks {
        let mark = if check.met { "met" } else { "NOT MET" };
        lines.push(row(mark, &format!("{}: {}", check.limit, check.found)));
    }
    lines.push(row("accepted", if accepted { "yes" } else { "no" }));
    match &sent {
        Ok(sent) => {
            let changes = if sent.changes.is_empty() { "as it is".into() } else { told(&sent.changes) };
            lines.push(row("sent", &changes));
        }
        Err(failure) => lines.push(row("NOT SENT", &why(failure))),
    }
    lines.push(row("comes back", &back.to_string()));
    ui.line(lines.join("\n"))?;
    Ok(0)
}

fn as_json(sent: &Loaded) -> serde_json::Value {
    let upright = sent.header.upright();
    json!({
        "format": sent.header.format.name(),
        "width": upright.width,
        "height": upright.height,
        "bytes": sent.bytes.len(),
        "changes": sent.changes.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

/// Why a picture is not sent, and what helps.
fn why(failure: &Failure) -> String {
    let cause = failure.cause.root_cause().to_string();
    match &failure.hint {
        Some(hint) => format!("{cause}; {hint}"),
        None => cause,
    }
}

fn row(name: &str, value: &str) -> String {
    format!("  {name:<12} {value}")
}

fn size(size: Size) -> serde_json::Value {
    json!({"width": size.width, "height": size.height})
}
