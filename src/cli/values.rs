//! Options with a fixed set of values, and what `--help` says about each value.

use std::fmt::Display;
use std::str::FromStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::api::ResponseFormat;
use crate::color::ColorWhen;
use crate::config::Setting;
use crate::edit::{IfExists, MetadataRule};
use crate::journal::State;
use crate::ui::Protocol;

pub(super) fn color_when() -> impl TypedValueParser<Value = ColorWhen> {
    named(&[("auto", "On a terminal, unless NO_COLOR is set"), ("always", "Always"), ("never", "Never")])
}

pub(super) fn if_exists() -> impl TypedValueParser<Value = IfExists> {
    named(&[
        ("fail", "Fail before anything is done"),
        ("overwrite", "Replace it, atomically"),
        ("rename", "Take the next free name: -2, -3, …"),
        ("skip", "Do nothing, and exit with 0"),
    ])
}

pub(super) fn protocol() -> impl TypedValueParser<Value = Protocol> {
    named(&[
        ("kitty", "The graphics protocol of kitty, Ghostty, Konsole and others"),
        ("iterm", "The inline images of iTerm2, WezTerm, mintty and others"),
        ("sixel", "Sixel, of xterm, foot, mlterm, Windows Terminal and others"),
        ("blocks", "Half blocks, two pixels in each; in 24-bit color if COLORTERM says so"),
    ])
}

pub(super) fn metadata_rule() -> impl TypedValueParser<Value = MetadataRule> {
    named(&[
        ("keep", "All that is true of the result, with location and camera data"),
        ("safe", "Rights, author, date, camera, color and resolution; no location, no serial numbers"),
        ("none", "Nothing, and nothing about the edit"),
    ])
}

pub(super) fn response_format() -> impl TypedValueParser<Value = ResponseFormat> {
    named(&[
        ("url", "As a link that is valid for a day: it can be fetched again"),
        ("b64_json", "Inside the answer, as Base64"),
    ])
}

/// The states of jobs, by their names or by the words that lists show.
pub(super) fn job_state() -> impl TypedValueParser<Value = State> {
    let help = |state| match state {
        State::Intent => "Planned; nothing was sent",
        State::Sent => "Sent, or about to be",
        State::Answered => "The answer arrived; the result is not yet at its destination",
        State::Delivered => "The result is at its destination",
        State::Refused => "Failed, and certainly not charged",
        State::Unknown => "It may have been charged",
        State::Lost => "Charged, and the result no longer exists",
        State::HandedOn => "Charged; the result was only the input of the next step",
    };
    let values =
        State::ALL.map(|state| PossibleValue::new(state.name()).alias(state.alias()).help(help(state)));
    PossibleValuesParser::new(values).map(|text| {
        // The parser accepts nothing else.
        State::ALL
            .into_iter()
            .find(|state| [state.name(), state.alias()].contains(&&*text))
            .unwrap_or(State::Unknown)
    })
}

pub(super) fn setting() -> impl TypedValueParser<Value = Setting> {
    named(&[
        ("service", "The service, by the name of its card"),
        ("base_url", "Another base URL of the service"),
        ("path", "The path of the generations endpoint"),
        ("model", "The model's name at the service"),
        ("successor", "`auto` or `off`: whether a withdrawn default model is replaced"),
        ("timeout", "How long to wait for an answer"),
        ("connect_timeout", "How long to wait for a connection"),
        ("retries", "How often to retry what certainly cost nothing"),
        ("response_format", "`url` or `b64_json`"),
        ("watermark", "Whether the service adds a watermark"),
        ("guidance_scale", "How closely the prompt is followed"),
        ("if_exists", "What to do when the output exists"),
        ("metadata", "What results keep of the picture's metadata"),
        ("region_context", "How much around a region is uploaded: pixels, or a percentage of the region"),
        ("answer_store", "How much the store of answers holds: a size such as `500 MB`, or `off`"),
        ("max_cost", "The most that a run may cost, in US dollars, or `off`"),
        ("max_cost_per_day", "The most that a day may cost, in US dollars, or `off`"),
        ("confirm_above", "The price in US dollars above which a run asks first, or `off`"),
        ("color", "When to use color"),
        ("api_key_command", "A command that prints the key: a list of its words"),
        ("profile", "The profile to use when none is named"),
    ])
}

/// Parses a whole number from `least` to `most`.
pub(super) fn whole_number<T>(
    least: T,
    most: T,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static
where
    T: FromStr + PartialOrd + Display + Copy + Send + Sync + 'static,
{
    move |text| {
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| format!("not a whole number from {least} to {most}"))
    }
}

/// Parses a whole number that is at least `least`.
pub(super) fn whole_number_from(
    least: u64,
) -> impl Fn(&str) -> Result<u64, String> + Clone + Send + Sync + 'static {
    move |text| {
        let number = text.parse().ok().filter(|number| *number >= least);
        number.ok_or_else(|| format!("not a whole number from {least} on"))
    }
}

/// Accepts the given names, each with its help text, and parses them as `T`.
fn named<T>(values: &[(&'static str, &'static str)]) -> impl TypedValueParser<Value = T> + use<T>
where
    T: FromStr<Err: Display> + Clone + Send + Sync + 'static,
{
    let values = values.iter().map(|(name, help)| PossibleValue::new(*name).help(*help));
    PossibleValuesParser::new(values).try_map(|name| name.parse().map_err(|error: T::Err| error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<T>(parser: impl TypedValueParser<Value = T>) -> Vec<String> {
        let values = parser.possible_values().unwrap();
        values.map(|value| value.get_name().to_owned()).collect()
    }

    #[test]
    fn every_setting_and_every_state_is_accepted() {
        assert_eq!(names(setting()), Setting::ALL.map(|setting| setting.name().to_owned()));
        assert_eq!(names(job_state()), State::ALL.map(|state| state.name().to_owned()));
    }

    #[test]
    fn every_name_parses() {
        fn ensure_all_parse<T: FromStr>(names: Vec<String>) {
            for name in names {
                assert!(name.parse::<T>().is_ok(), "{name}");
            }
        }
        ensure_all_parse::<ColorWhen>(names(color_when()));
        ensure_all_parse::<IfExists>(names(if_exists()));
        ensure_all_parse::<MetadataRule>(names(metadata_rule()));
        ensure_all_parse::<ResponseFormat>(names(response_format()));
        ensure_all_parse::<State>(names(job_state()));
        ensure_all_parse::<Setting>(names(setting()));
    }
}
