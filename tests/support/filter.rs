//! Transcripts without what differs from run to run: places, ports, ids, times.

use std::path::Path;

/// How many letters and digits name a job.
const JOB_LENGTH: usize = 16;

/// `text` with the names `[time]`, `[port]`, `[job]`, `[id]`, `[millis]` and the like in place of
/// values, and `places` by their own names.
pub(crate) fn plain(text: &str, places: &[(&Path, &str)]) -> String {
    let mut text = text.to_owned();
    for (path, name) in places {
        text = text.replace(&*path.to_string_lossy(), name);
    }
    let digit = |c: char| c.is_ascii_digit();
    let word = |c: char| c.is_ascii_alphanumeric();
    let id = |c: char| c.is_ascii_hexdigit() || c == '-';
    text = named(&text, "127.0.0.1:", digit, "[port]");
    text = named(&text, "localhost:", digit, "[port]");
    text = named_jobs(&text);
    text = named(&text, "\"job\":\"", word, "[job]");
    text = named(&text, "\"elapsed_ms\":", digit, "[millis]");
    for before in
        ["inference id ", "\"inference_id\":\"", "\"request_id\":\"", "x-inference-id: ", "/pictures/"]
    {
        text = named(&text, before, id, "[id]");
    }
    without_times(&text)
}

/// `text` with `name` for each run of characters that `belongs` after `before`.
fn named(text: &str, before: &str, belongs: impl Fn(char) -> bool, name: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(before) {
        let (head, tail) = rest.split_at(at + before.len());
        let end = tail.find(|c| !belongs(c)).unwrap_or(tail.len());
        out.push_str(head);
        out.push_str(if end > 0 { name } else { "" });
        rest = &tail[end..];
    }
    out + rest
}

/// `text` with `[job]` for the job in each request id.
fn named_jobs(text: &str) -> String {
    let mut parts = text.split("seededit-");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let job = part.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(part.len());
        out.push_str("seededit-");
        out.push_str(if job == JOB_LENGTH { "[job]" } else { &part[..job] });
        out.push_str(&part[job..]);
    }
    out
}

/// `text` with `[time]` for each `12.3 s`, and `[amount]` for each `549 KiB`.
fn without_times(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let unit = word.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
        let name = match unit.split('\n').next().unwrap_or_default().trim_end_matches([';', ',', ')']) {
            "s" => "[time]",
            "KiB" | "MiB" => "[amount]",
            _ => "",
        };
        let number = |word: &String| !word.is_empty() && word.chars().all(|c| c.is_ascii_digit() || c == '.');
        let decimal = |word: &String| unit.starts_with("KiB") || word.contains('.');
        if !name.is_empty() && words.last().is_some_and(|word| number(word) && decimal(word)) {
            words.pop();
            let unit = if name == "[time]" { "s" } else { &word[..3] };
            words.push(word.replacen(unit, name, 1));
        } else {
            words.push(word.to_owned());
        }
    }
    words.join(" ")
}
