//! `seededit history --cost`

use serde_json::json;

use crate::error::Failure;
use crate::journal::{Journal, Spending};
use crate::money::format_usd;
use crate::ui::{self, Ui};

use super::reporting::stdout_failed;

/// The length of the month in a date: `2026-01`.
const MONTH_LENGTH: usize = 7;

/// Prints the spending by day, by month and in total, as far as it is not before `since`.
pub(super) fn print(journal: &Journal, since: Option<i64>, ui: &Ui) -> Result<u8, Failure> {
    let days = journal.spending(since)?;
    let mut months: Vec<Spending> = Vec::new();
    let mut total = Spending::none("total");
    for day in &days {
        total = total.and(day);
        let name = day.period.get(..MONTH_LENGTH).unwrap_or(&day.period);
        match months.last_mut().filter(|month| month.period == name) {
            Some(month) => *month = month.clone().and(day),
            None => months.push(Spending::none(name).and(day)),
        }
    }
    for (per, spent) in [("day", days), ("month", months), ("total", vec![total])] {
        for spent in spent {
            print_period(ui, per, &spent)?;
        }
    }
    Ok(0)
}

fn print_period(ui: &Ui, per: &str, spent: &Spending) -> Result<(), Failure> {
    let Spending { period, generations, usd, unpriced } = spent;
    let written = if ui.is_json() {
        ui.json(&json!({
            "per": per, "period": period, "generations": generations, "usd": usd, "unpriced": unpriced,
        }))
    } else {
        let count = ui::count(usize::try_from(*generations).unwrap_or(usize::MAX), "edit");
        let more =
            if *unpriced > 0 { format!(", {unpriced} of them of unknown price") } else { String::new() };
        ui.wrapped_line(&format!("{period:<10}  {:>10}  {count}{more}", format_usd(*usd)), 24)
    };
    written.map_err(stdout_failed)
}
