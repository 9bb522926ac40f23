//! Replaces whatever differs between runs: paths, ports, ids, times.

use std::path::Path;

/// The length of a job id.
const JOB_LENGTH: usize = 16;

/// Replaces values in `text` by `[time]`, `[port]`, `[job]`, `[id]`, `[millis]` and the like, and each of `paths` by
/// its name.
pub(crate) fn normalize(text: &str, paths: &[(&Path, &str)]) -> String {
    let mut text = text.to_owned();
    for (path, name) in paths {
        text = text.replace(&*path.to_string_lossy(), name);
    }
    let digit = |c: char| c.is_ascii_digit();
    let word = |c: char| c.is_ascii_alphanumeric();
    let id = |c: char| c.is_ascii_hexdigit() || c == '-';
    text = replace_after(&text, "127.0.0.1:", digit, "[port]");
    text = replace_after(&text, "localhost:", digit, "[port]");
    text = replace_jobs(&text);
    text = replace_after(&text, "\"job\":\"", word, "[job]");
    text = replace_after(&text, "\"elapsed_ms\":", digit, "[millis]");
    for before in
        ["inference id ", "\"inference_id\":\"", "\"request_id\":\"", "x-inference-id: ", "/pictures/"]
    {
        text = replace_after(&text, before, id, "[id]");
    }
    replace_amounts(&text)
}

/// Replaces each run of characters that `belongs` after `before` by `name`.
fn replace_after(text: &str, before: &str, belongs: impl Fn(char) -> bool, name: &str) -> String {
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

/// Replaces the job in each request id by `[job]`.
fn replace_jobs(text: &str) -> String {
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

/// Replaces each `12.3 s` by `[time]`, and each `549 KiB` by `[amount]`.
fn replace_amounts(text: &str) -> String {
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
