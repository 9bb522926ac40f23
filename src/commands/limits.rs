//! What is said about spending limits.

use crate::batch::{Budget, SessionLimit, Shortage};
use crate::cli::BudgetArgs;
use crate::config::Setting;
use crate::error::{Audience, ErrorKind, Failure, RequestInfo};
use crate::journal::DaySpending;
use crate::money::Usd;
use crate::settings::{LimitFlags, SpendingLimits};

/// Returns the limits on the command line as settings.
pub(super) fn flags(args: &BudgetArgs) -> LimitFlags {
    let BudgetArgs { max_cost, max_cost_per_day, confirm_above, .. } = *args;
    LimitFlags { max_cost, max_cost_per_day, confirm_above }
}

/// Names a limit. A client accepts a price where a command line has a limit.
fn name(limit: Setting, limits: SpendingLimits, audience: Audience) -> &'static str {
    match (limit, audience) {
        (_, Audience::CommandLine) => limits.name(limit),
        (Setting::MaxCostPerDay, Audience::Client) => "the user's limit per day of",
        (_, Audience::Client) => "accept_usd",
    }
}

/// Says how a price is given that is not known.
pub(super) fn say_price(audience: Audience) -> &'static str {
    audience.choose(
        "say what one costs with --price",
        "the user can start the server with what one costs, as `seededit mcp --price USD`",
    )
}

/// The failure of edits with a limit whose price is not known.
pub(super) fn price_unknown(limit: Setting, limits: SpendingLimits, audience: Audience) -> Failure {
    let name = match (limit, audience) {
        (Setting::MaxCostPerDay, Audience::Client) => "the user's limit per day",
        _ => name(limit, limits, audience),
    };
    let why = anyhow::anyhow!("what an edit costs is not known, so {name} cannot be kept");
    Failure::new(ErrorKind::Payment, why).hint(format!("nothing was sent; {}", say_price(audience)))
}

/// The failure of an edit that could exceed a limit.
pub(super) fn over_budget(shortage: Shortage, consequence: &str, request: RequestInfo<'_>) -> Failure {
    let RequestInfo { audience, limits, .. } = request;
    let Shortage { cost, left, limit, day, is_session } = shortage;
    if is_session {
        let why = format!(
            "an edit costs {cost}, and {left} of the session's limit of {limit} is left, {consequence}"
        );
        return Failure::new(ErrorKind::Payment, anyhow::anyhow!(why)).hint(RAISE_SESSION);
    }
    let Some(day) = day else {
        let name = name(Setting::MaxCost, limits, audience);
        let why = match audience {
            Audience::CommandLine => {
                format!("an edit costs {cost}, and {left} of {name} {limit} is left, {consequence}")
            }
            Audience::Client => format!("the edit costs {cost}, and {name} is {limit}, {consequence}"),
        };
        return Failure::new(ErrorKind::Payment, anyhow::anyhow!(why)).hint(match audience {
            Audience::CommandLine => raise(limits),
            Audience::Client => {
                format!(
                    "if the user agrees to the price, make the same call with `accept_usd` {}",
                    cost.value()
                )
            }
        });
    };
    let used = used(day, limit, limits, audience);
    let why = format!("an edit costs {cost}, and {used}, {consequence}");
    Failure::new(ErrorKind::Payment, anyhow::anyhow!(why)).hint(way_out(day, limits, audience))
}

/// How a user raises the limit of a session.
const RAISE_SESSION: &str =
    "only the user can change the limit, and start the server again, as `seededit mcp --max-cost USD`";

/// What a day has used of its limit.
fn used(day: DaySpending, limit: Usd, limits: SpendingLimits, audience: Audience) -> String {
    let (DaySpending { spent, open }, name) = (day, name(Setting::MaxCostPerDay, limits, audience));
    if open == Usd::default() {
        return format!("{spent} of {name} {limit} is spent today");
    }
    format!("{spent} of {name} {limit} is spent today and {open} is in flight or in doubt")
}

/// How a user continues after the limit of a run.
fn raise(limits: SpendingLimits) -> String {
    format!("{} to continue", limits.raise(Setting::MaxCost))
}

fn way_out(day: DaySpending, limits: SpendingLimits, audience: Audience) -> String {
    let mut text = audience.choose(
        format!("{} to continue, or continue tomorrow", limits.raise(Setting::MaxCostPerDay)),
        "only the user can raise the limit, as `seededit mcp --max-cost-per-day USD`; or continue tomorrow"
            .to_owned(),
    );
    if day.open != Usd::default() {
        text.push_str(&format!("; {} finds out what became of edits in doubt", audience.command("recover")));
    }
    text
}

/// Says which limit was exceeded, because edits cost more than expected.
pub(super) fn exceeded(budget: &Budget<'_>, limits: SpendingLimits, audience: Audience) -> Option<String> {
    if let Some(limit) = budget.exceeded_limit() {
        let (spent, name) = (budget.spent(), name(Setting::MaxCost, limits, audience));
        return Some(format!("edits cost more than expected: {spent} in total, above {name} {limit}"));
    }
    budget.exceeded_day().map(|(total, limit)| {
        let name = name(Setting::MaxCostPerDay, limits, audience);
        format!("edits cost more than expected: {total} today, above {name} {limit}")
    })
}

/// Ensures that the limits allow all of these edits, each at this price.
///
/// # Errors
/// As the edits end: if the price is not known, or a limit would be reached.
pub(super) fn ensure_affordable(
    price: Option<Usd>,
    edits: u64,
    limits: SpendingLimits,
    day: DaySpending,
    audience: Audience,
) -> Result<(), Failure> {
    let Some(first) = limits.first().filter(|_| edits > 0) else { return Ok(()) };
    let Some(price) = price else { return Err(price_unknown(first, limits, audience)) };
    let cost = price.saturating_mul(edits);
    let of_run = limits.max_cost.map(|limit| {
        (limit, format!("more than {} {limit}", name(Setting::MaxCost, limits, audience)), raise(limits))
    });
    let of_day = limits.max_cost_per_day.filter(|_| cost > Usd::default()).map(|limit| {
        let left = limit.saturating_sub(day.total());
        (left, format!("and {}", used(day, limit, limits, audience)), way_out(day, limits, audience))
    });
    match of_run.into_iter().chain(of_day).min_by_key(|(left, ..)| *left) {
        Some((left, more, hint)) if cost > left => Err(too_many(price, edits, left, &more, &hint)),
        _ => Ok(()),
    }
}

/// Ensures that what is left of the limit of a session allows an edit.
///
/// # Errors
/// As the edit ends: if its price is not known, or the limit would be reached.
pub(super) fn ensure_in_session(cost: Option<Usd>, session: &SessionLimit) -> Result<(), Failure> {
    let Some(cost) = cost else {
        let why = anyhow::anyhow!("what an edit costs is not known, so the session's limit cannot be kept");
        let hint = format!("nothing was sent; {}", say_price(Audience::Client));
        return Err(Failure::new(ErrorKind::Payment, why).hint(hint));
    };
    let (left, limit) = (session.left(), session.limit());
    if cost <= left {
        return Ok(());
    }
    let why = format!(
        "the edit costs up to {cost}, and {left} of the session's limit of {limit} is left, so it would not be sent"
    );
    Err(Failure::new(ErrorKind::Payment, anyhow::anyhow!(why)).hint(RAISE_SESSION))
}

/// The failure of edits of which only some cost at most `left`. `more` says why.
fn too_many(price: Usd, edits: u64, left: Usd, more: &str, hint: &str) -> Failure {
    let cost = price.saturating_mul(edits);
    let fitting = (0..edits).take_while(|sent| price.saturating_mul(sent + 1) <= left).count();
    let why = match (edits, fitting) {
        (1, _) => format!("the edit costs up to {cost}, {more}, so it would not be sent"),
        (_, 0) => format!("{edits} edits cost up to {cost}, {more}, so none would be sent"),
        _ => format!("{edits} edits cost up to {cost}, {more}, so that only {fitting} would be sent"),
    };
    Failure::new(ErrorKind::Payment, anyhow::anyhow!(why)).hint(hint)
}

#[cfg(test)]
mod tests {
    use crate::cards::Models;
    use crate::error::Recipient;

    use super::*;

    fn usd(amount: f64) -> Usd {
        Usd::new(amount).unwrap()
    }

    #[test]
    fn a_dry_run_is_refused_like_the_edits_if_they_cost_more_than_a_limit() {
        let message = |price: Option<f64>, edits, limits, day| {
            ensure_affordable(price.map(usd), edits, limits, day, Audience::CommandLine).err().map(
                |failure| {
                    assert_eq!(failure.kind, ErrorKind::Payment);
                    failure.message()
                },
            )
        };
        let of_run = |price, edits, max_cost| {
            let limits = SpendingLimits { max_cost: Some(usd(max_cost)), ..SpendingLimits::default() };
            message(price, edits, limits, DaySpending::default())
        };
        assert_eq!(of_run(Some(0.03), 1, 0.03), None);
        assert_eq!(of_run(None, 0, 0.01), None);
        let one = "the edit costs up to $0.03, more than --max-cost $0.01, so it would not be sent";
        assert_eq!(of_run(Some(0.03), 1, 0.01).as_deref(), Some(one));
        let some = "4 edits cost up to $0.12, more than --max-cost $0.10, so that only 3 would be sent";
        assert_eq!(of_run(Some(0.03), 4, 0.1).as_deref(), Some(some));
        assert!(of_run(None, 1, 1.0).unwrap().contains("is not known"));

        let of_day = |price, edits, spent, open| {
            let limits = SpendingLimits { max_cost_per_day: Some(usd(1.0)), ..SpendingLimits::default() };
            message(price, edits, limits, DaySpending { spent: usd(spent), open: usd(open) })
        };
        assert_eq!(of_day(Some(0.25), 4, 0.0, 0.0), None);
        assert_eq!(of_day(Some(0.25), 2, 0.25, 0.25), None);
        let some = "4 edits cost up to $1.00, and $0.50 of --max-cost-per-day $1.00 is spent today, so that only 2 would \
                    be sent";
        assert_eq!(of_day(Some(0.25), 4, 0.5, 0.0).as_deref(), Some(some));
        let one = "the edit costs up to $0.25, and $0.75 of --max-cost-per-day $1.00 is spent today and $0.05 is in \
                   flight or in doubt, so it would not be sent";
        assert_eq!(of_day(Some(0.25), 1, 0.75, 0.05).as_deref(), Some(one));
        assert_eq!(of_day(Some(0.0), 1, 5.0, 0.0), None);
        assert!(of_day(None, 1, 0.0, 0.0).unwrap().contains("so --max-cost-per-day cannot be kept"));
        assert!(of_day(Some(0.25), 4, 0.9, 0.0).unwrap().ends_with("so none would be sent"));

        // The limit of which less is left decides.
        let both = |max_cost, spent| {
            let limits = SpendingLimits {
                max_cost: Some(usd(max_cost)),
                max_cost_per_day: Some(usd(1.0)),
                ..SpendingLimits::default()
            };
            message(Some(0.25), 4, limits, DaySpending { spent: usd(spent), open: usd(0.0) }).unwrap()
        };
        assert!(both(0.75, 0.5).contains("is spent today, so that only 2"), "{}", both(0.75, 0.5));
        assert!(both(0.25, 0.5).contains("more than --max-cost $0.25, so that only 1"));
    }

    #[test]
    fn a_shortage_states_the_price_what_was_spent_the_limit_and_the_way_out() {
        let day = Some(DaySpending { spent: usd(0.9), open: usd(0.08) });
        let shortage =
            Shortage { cost: usd(0.0315), left: usd(0.02), limit: usd(1.0), day, is_session: false };
        let models = Models::built_in("aimlapi").unwrap();
        let request = RequestInfo {
            model: "m",
            models: &models,
            base_url: &"https://api.example".parse().unwrap(),
            recipient: Recipient::Service,
            profile: None,
            audience: Audience::CommandLine,
            limits: SpendingLimits::default(),
        };
        let failure = over_budget(shortage, "so it was not sent", request);
        let message = "an edit costs $0.0315, and $0.90 of --max-cost-per-day $1.00 is spent today and $0.08 is in \
                       flight or in doubt, so it was not sent";
        assert_eq!(failure.message(), message);
        let hint = failure.hint_for(Audience::CommandLine).unwrap();
        assert!(hint.starts_with("raise --max-cost-per-day to continue"), "{hint}");
    }
}
