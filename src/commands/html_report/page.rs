//! The page itself: HTML from texts, all of which are escaped.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::ui::sanitize;

use super::super::preview::Preview;

/// The start of every page. It identifies an earlier report, so it never changes.
pub(super) const START: &str = "<!DOCTYPE html>\n<!-- report of seededit batch -->\n";

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// An edit on the page.
#[derive(Debug, Clone, Default)]
pub(super) struct Entry {
    /// The prompt, or what else names the edit.
    pub(super) title: String,
    pub(super) before: Option<Picture>,
    pub(super) after: Option<Picture>,
    /// Names and values, such as `price` and `$0.03`.
    pub(super) facts: Vec<(&'static str, String)>,
    /// Why there is no result, and what to do next.
    pub(super) failure: Option<(String, Option<String>)>,
}

/// A picture on the page.
#[derive(Debug, Clone, Default)]
pub(super) struct Picture {
    /// The name of the file, for people.
    pub(super) name: String,
    /// The file, relative to the page and percent-encoded. `None` if it has none.
    pub(super) link: Option<String>,
    /// A small JPEG, and its size. `None` if the picture cannot be shown.
    pub(super) preview: Option<Preview>,
}

/// Everything before the entries. `is_sandbox` is whether a sandbox made the results: they look like those of a model.
pub(super) fn head(title: &str, summary: &str, is_sandbox: bool) -> String {
    let (title, summary) = (escaped(title), escaped(summary));
    let note = if is_sandbox {
        "\n<p class=\"sandbox\">Made by the sandbox: the results are not the model's work, and nothing was paid.</p>"
    } else {
        ""
    };
    // The policy forbids everything that the page does not contain.
    format!(
        "{START}<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; \
         style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n\
         <p class=\"summary\">{summary}</p>{note}\n</header>\n<main>\n"
    )
}

/// Everything after the entries.
pub(super) fn tail() -> String {
    format!("</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n")
}

impl Entry {
    /// The entry as HTML.
    pub(super) fn html(&self) -> String {
        let class = if self.failure.is_some() { "failure" } else { "result" };
        let mut html = format!("<article class=\"{class}\">\n<h2>{}</h2>\n", escaped(&self.title));
        // Writing to a string cannot fail.
        if let Some((message, hint)) = &self.failure {
            let _ = writeln!(html, "<p class=\"message\">{}</p>", escaped(message));
            if let Some(hint) = hint {
                let _ = writeln!(html, "<p class=\"hint\">{}</p>", escaped(hint));
            }
        }
        html.push_str(&self.pictures());
        html.push_str("<dl>\n");
        let files = [("picture", &self.before), ("result", &self.after)];
        for (name, picture) in files.into_iter().filter_map(|(name, file)| Some((name, file.as_ref()?))) {
            let _ = writeln!(html, "<dt>{name}</dt><dd>{}</dd>", picture.named());
        }
        for (name, value) in &self.facts {
            let _ = writeln!(html, "<dt>{}</dt><dd>{}</dd>", escaped(name), escaped(value));
        }
        html.push_str("</dl>\n</article>\n");
        html
    }

    /// Both pictures under a slider, or the one that can be shown.
    fn pictures(&self) -> String {
        let preview = |picture: &Option<Picture>| {
            let picture = picture.as_ref()?;
            Some((picture.name.clone(), picture.preview.clone()?))
        };
        match (preview(&self.before), preview(&self.after)) {
            (Some((before_name, before)), Some((after_name, after))) => format!(
                "<figure class=\"pair\" style=\"aspect-ratio: {} / {}\">\n{}{}\
                 <input type=\"range\" min=\"0\" max=\"100\" value=\"50\" aria-label=\"Divider between {} and {}\">\n\
                 </figure>\n<p class=\"legend\" aria-hidden=\"true\"><span>before</span><span>after</span></p>\n",
                after.width,
                after.height,
                before.image("before", &format!("before: {before_name}")),
                after.image("after", &format!("after: {after_name}")),
                escaped(&before_name),
                escaped(&after_name),
            ),
            (Some((name, one)), None) | (None, Some((name, one))) => one.image("single", &name),
            (None, None) => String::new(),
        }
    }
}

impl Picture {
    /// The name, as a link to the file if there is one.
    fn named(&self) -> String {
        match &self.link {
            Some(link) => format!("<a href=\"{}\">{}</a>", escaped(link), escaped(&self.name)),
            None => escaped(&self.name),
        }
    }
}

impl Preview {
    fn image(&self, class: &str, alt: &str) -> String {
        format!(
            "<img class=\"{class}\" alt=\"{}\" width=\"{}\" height=\"{}\" src=\"data:image/jpeg;base64,{}\">\n",
            escaped(alt),
            self.width,
            self.height,
            STANDARD.encode(&self.jpeg)
        )
    }
}

/// Escapes a text for HTML, also within quotes. Control characters and marks that change the direction of text are written
/// out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in sanitize(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_escaped() {
        let hostile = "<script>\"'&\u{202e}";
        let picture = || {
            let preview = Preview { jpeg: vec![1, 2, 3], width: 4, height: 3 };
            Some(Picture { name: hostile.into(), link: Some("a\"b".into()), preview: Some(preview) })
        };
        let entry = Entry {
            title: hostile.into(),
            before: picture(),
            after: picture(),
            facts: vec![("seed", hostile.into())],
            failure: Some((hostile.into(), Some(hostile.into()))),
        };
        let html = head(hostile, hostile, true) + &entry.html();
        let safe = "&lt;script&gt;&quot;&#39;&amp;\\u{202e}";
        assert!(!html.contains("<script>") && !html.contains('\u{202e}'), "{html}");
        assert_eq!(html.matches(safe).count(), 3 + 1 + 2 + 4 + 2 + 1, "{html}");
        assert!(html.contains("href=\"a&quot;b\"") && html.contains("src=\"data:image/jpeg;base64,AQID\""));
    }

    #[test]
    fn an_entry_without_pictures_has_none() {
        let entry = Entry { title: "x".into(), ..Entry::default() };
        assert!(!entry.html().contains("<img") && !entry.html().contains("<input"));
    }
}
