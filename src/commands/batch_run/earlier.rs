//! What to do if results of the same edits exist already.

use crate::batch::Tally;
use crate::edit::Interrupt;
use crate::error::{ErrorKind, Failure};
use crate::money::Usd;
use crate::ui::{self, Ui};

use super::super::edit_options::EditOptions;

/// What to do if results of the same edits exist already.
#[derive(Clone, Copy)]
pub(in super::super) enum OnEarlier {
    /// Use them again, or do as the manifest and its rows say.
    Use,
    /// Use them again, and say how to pay for new ones.
    Mention,
    /// Ask whether to pay for new ones.
    Ask,
}

impl OnEarlier {
    /// Says how many results exist already, and asks whether to pay for new ones if that is possible. `price` is that of
    /// one edit, if it is known.
    pub(super) fn pays_again(
        self,
        tally: Tally,
        price: impl FnOnce() -> Result<Option<Usd>, Failure>,
        options: &EditOptions<'_>,
        interrupt: &Interrupt,
        ui: &Ui,
    ) -> Result<bool, Failure> {
        let (exist, are_used) = match (tally.earlier, tally.tasks) {
            (1, 1) => ("the result exists already".to_owned(), "is used"),
            (2, 2) => ("both results exist already".to_owned(), "are used"),
            (earlier, tasks) if earlier == tasks => {
                (format!("all {tasks} results exist already"), "are used")
            }
            (1, tasks) => (format!("1 of {tasks} results exists already"), "is used"),
            (earlier, tasks) => (format!("{earlier} of {tasks} results exist already"), "are used"),
        };
        match self {
            OnEarlier::Use => Ok(false),
            OnEarlier::Mention => {
                ui.note(&format!("{exist} and {are_used} again for free (--reuse); --pay-again pays again"));
                Ok(false)
            }
            OnEarlier::Ask => {
                let costs = Costs { price: price()?, is_free: options.is_free() };
                let question = question(&exist, tally, options.step_count(), costs);
                let answer = ui.confirm_unless(&question, interrupt).map_err(|error| {
                    let cause = anyhow::Error::new(error).context("cannot read the answer");
                    Failure::new(ErrorKind::Input, cause).hint("say --reuse or --pay-again")
                })?;
                answer.map_err(|signal| {
                    let why = anyhow::anyhow!("interrupted; nothing was sent");
                    Failure::new(ErrorKind::Interrupted(signal), why)
                })
            }
        }
    }
}

/// What edits cost.
#[derive(Clone, Copy)]
struct Costs {
    /// The price of one edit, if it is known.
    price: Option<Usd>,
    is_free: bool,
}

impl Costs {
    /// What this number of edits costs, in words.
    fn of(self, edits: u64) -> String {
        match self.price {
            _ if edits == 0 => "free".to_owned(),
            _ if self.is_free => format!("{}, free here", ui::count(edits as usize, "edit")),
            Some(price) => format!("{}, {}", ui::count(edits as usize, "edit"), price.saturating_mul(edits)),
            None => format!("{} of unknown price", ui::count(edits as usize, "edit")),
        }
    }
}

/// The question: what exists, and what each answer does and costs. Each line is short enough for a narrow terminal.
fn question(exist: &str, tally: Tally, steps: u64, costs: Costs) -> String {
    let used = if tally.earlier == 1 { "use it again" } else { "use them again" };
    let rest = if tally.edits == 0 { "" } else { ", make the rest" };
    let made =
        if tally.tasks == 1 { "make a new one".to_owned() } else { format!("make {} new ones", tally.tasks) };
    format!(
        "{exist}\n  n = {used}{rest}: {}\n      (--reuse)\n  y = {made}: {}\n      (--pay-again)\npay again?",
        costs.of(tally.edits),
        costs.of((tally.earlier * steps).saturating_add(tally.edits)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(tasks: u64, earlier: u64, edits: u64) -> Tally {
        Tally { tasks, earlier, edits, ..Tally::default() }
    }

    #[test]
    fn the_question_says_what_each_answer_does_and_costs_on_a_narrow_terminal() {
        let paid = Costs { price: "0.0315".parse().ok(), is_free: false };
        assert_eq!(
            question("2 of 3 results exist already", tally(3, 2, 1), 1, paid),
            "2 of 3 results exist already\n  n = use them again, make the rest: 1 edit, $0.0315\n      (--reuse)\n  \
             y = make 3 new ones: 3 edits, $0.0945\n      (--pay-again)\npay again?"
        );
        let free = Costs { price: None, is_free: true };
        let all = question("all 2 results exist already", tally(2, 2, 0), 2, free);
        assert!(
            all.contains("n = use them again: free\n") && all.contains(": 4 edits, free here\n"),
            "{all}"
        );
        let unknown = Costs { price: None, is_free: false };
        let one = question("the result exists already", tally(1, 1, 0), 1, unknown);
        assert!(one.contains("y = make a new one: 1 edit of unknown price\n"), "{one}");
        for text in [all, one] {
            assert!(text.lines().all(|line| line.chars().count() <= 46), "{text}");
        }
    }
}
