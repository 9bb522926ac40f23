//! What is said about spending limits.

use crate::batch::{Budget, Shortage};
use crate::cli::BudgetArgs;
use crate::error::{ErrorKind, Failure};
use crate::journal::DaySpending;
use crate::money::Usd;
use crate::settings::{LimitFlags, SpendingLimits};

/// Returns the limits on the command line as settings.
pub(super) fn flags(args: &BudgetArgs) -> LimitFlags {
    let BudgetArgs { max_cost, max_cost_per_day, confirm_above, .. } = *args;
    LimitFlags { max_cost, max_cost_per_day, confirm_above }
}

/// The failure of edits with a limit whose price is not known. `flag` is that of the limit.
pub(super) fn price_unknown(flag: &str) -> Failure {
    let why = anyhow::anyhow!("what an edit costs is not known, so {flag} cannot be kept");
    Failure::new(ErrorKind::Payment, why).hint("nothing was sent; say what one costs with --price")
}

/// The failure of an edit that could exceed a limit.
pub(super) fn over_budget(shortage: Shortage, consequence: &str) -> Failure {
    let Shortage { cost, left, limit, day, is_session } = shortage;
    if is_session {
        let why = format!(
            "an edit costs {cost}, and {left} of the session's limit of {limit} is left, {consequence}"
        );
        return Failure::new(ErrorKind::Payment, anyhow::anyhow!(why))
            .hint("the server that was started with --max-cost pays no more");
    }
    let Some(day) = day else {
        let why = format!("an edit costs {cost}, and {left} of --max-cost {limit} is left, {consequence}");
        return Failure::new(ErrorKind::Payment, anyhow::anyhow!(why)).hint("raise --max-cost to continue");
    };
    let used = used(day, limit);
    let why = format!("an edit costs {cost}, and {used}, {consequence}");
    Failure::new(ErrorKind::Payment, anyhow::anyhow!(why)).hint(way_out(day))
}

/// What a day has used of its limit.
fn used(day: DaySpending, limit: Usd) -> String {
    let DaySpending { spent, open } = day;
    if open == Usd::default() {
        return format!("{spent} of --max-cost-per-day {limit} is spent today");
    }
    format!("{spent} of --max-cost-per-day {limit} is spent today and {open} is in flight or in doubt")
}

fn way_out(day: DaySpending) -> &'static str {
    if day.open == Usd::default() {
        "raise --max-cost-per-day to continue, or continue tomorrow"
    } else {
        "raise --max-cost-per-day to continue, or continue tomorrow; `seededit recover` finds out what became of edits \
         in doubt"
    }
}

/// Says which limit was exceeded, because edits cost more than expected.
pub(super) fn exceeded(budget: &Budget<'_>) -> Option<String> {
    if let Some(limit) = budget.exceeded_limit() {
        let spent = budget.spent();
        return Some(format!("edits cost more than expected: {spent} in total, above --max-cost {limit}"));
    }
    budget.exceeded_day().map(|(total, limit)| {
        format!("edits cost more than expected: {total} today, above --max-cost-per-day {limit}")
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
) -> Result<(), Failure> {
    let Some(flag) = limits.flag().filter(|_| edits > 0) else { return Ok(()) };
    let Some(price) = price else { return Err(price_unknown(flag)) };
    let cost = price.saturating_mul(edits);
    if let Some(limit) = limits.max_cost.filter(|limit| cost > *limit) {
        let more = format!("more than --max-cost {limit}");
        return Err(too_many(price, edits, limit, &more, "raise --max-cost to continue"));
    }
    if let Some(limit) = limits.max_cost_per_day.filter(|_| cost > Usd::default())
        && day.total().saturating_add(cost) > limit
    {
        let left = limit.saturating_sub(day.total());
        let more = format!("and {}", used(day, limit));
        return Err(too_many(price, edits, left, &more, way_out(day)));
    }
    Ok(())
}

/// The failure of edits of which only some cost at most `left`. `more` says why.
fn too_many(price: Usd, edits: u64, left: Usd, more: &str, hint: &str) -> Failure {
    let cost = price.saturating_mul(edits);
    let fitting = (0..edits).take_while(|sent| price.saturating_mul(sent + 1) <= left).count();
    let why = match edits {
        1 => format!("the edit costs up to {cost}, {more}, so it would not be sent"),
        _ => format!("{edits} edits cost up to {cost}, {more}, so that only {fitting} would be sent"),
    };
    Failure::new(ErrorKind::Payment, anyhow::anyhow!(why)).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(amount: f64) -> Usd {
        Usd::new(amount).unwrap()
    }

    #[test]
    fn a_dry_run_is_refused_like_the_edits_if_they_cost_more_than_a_limit() {
        let message = |price: Option<f64>, edits, limits, day| {
            ensure_affordable(price.map(usd), edits, limits, day).err().map(|failure| {
                assert_eq!(failure.kind, ErrorKind::Payment);
                failure.message()
            })
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
    }

    #[test]
    fn a_shortage_states_the_price_what_was_spent_the_limit_and_the_way_out() {
        let day = Some(DaySpending { spent: usd(0.9), open: usd(0.08) });
        let shortage =
            Shortage { cost: usd(0.0315), left: usd(0.02), limit: usd(1.0), day, is_session: false };
        let failure = over_budget(shortage, "so it was not sent");
        let message = "an edit costs $0.0315, and $0.90 of --max-cost-per-day $1.00 is spent today and $0.08 is in \
                       flight or in doubt, so it was not sent";
        assert_eq!(failure.message(), message);
        assert!(failure.hint.unwrap().starts_with("raise --max-cost-per-day to continue"));
    }
}
