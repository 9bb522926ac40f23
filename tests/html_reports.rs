//! The page of `batch --html`.

use serde_json::json;

#[cfg(target_os = "linux")]
use crate::support::Browser;
use crate::support::{Service, TestEnv, png};

/// Writes a page about a failure and two results, with hostile texts.
fn page() -> (TestEnv, String) {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["ark-error=400:1"]));
    env.write("a & <b>.png", png(300, 200));
    env.write_manifest(&[
        json!({"image": "in.png", "prompt": "fails & <i>ends</i>", "output": "out/3.jpg"}),
        json!({"image": "in.png", "prompt": "add a <script>alert(1)</script> \"bird\"", "output": "out/1.jpg", "seed": 7}),
        json!({"image": "a & <b>.png", "prompt": "at night", "output": "out/2 #x.jpg"}),
    ]);
    std::fs::create_dir(env.path("pages")).unwrap();
    env.batch_exits("-j 1 --html pages/report.html", &service, 11);
    let page = String::from_utf8(env.read("pages/report.html")).unwrap();
    (env, page)
}

/// The texts between a start and an end.
fn between<'a>(page: &'a str, start: &str, end: &str) -> Vec<&'a str> {
    page.split(start).skip(1).map(|rest| rest.split(end).next().unwrap()).collect()
}

#[test]
fn a_page_has_each_edit_with_pictures_prompt_price_or_failure() {
    let (_env, page) = page();
    assert!(
        page.starts_with("<!DOCTYPE html>\n<!-- report of seededit batch -->\n<html lang=\"en\">"),
        "{page}"
    );
    assert_eq!(between(&page, "<h1>", "</h1>"), ["m.jsonl"]);
    let summary = between(&page, "<p class=\"summary\">", "</p>");
    assert!(summary[0].contains("$0.06") && summary[0].contains("1 failed"), "{summary:?}");
    assert_eq!(
        between(&page, "<h2>", "</h2>"),
        [
            "fails &amp; &lt;i&gt;ends&lt;/i&gt;",
            "add a &lt;script&gt;alert(1)&lt;/script&gt; &quot;bird&quot;",
            "at night"
        ]
    );
    let articles = between(&page, "<article class=\"", "</article>");
    assert!(
        articles[0].starts_with("failure\"") && articles[0].contains("<p class=\"message\">"),
        "{}",
        articles[0]
    );
    // The picture of the failure is shown alone.
    assert_eq!((articles[0].matches("<img").count(), articles[0].matches("<input").count()), (1, 0));
    for article in &articles[1..] {
        assert!(
            article.starts_with("result\"") && article.contains("<dt>price</dt><dd>$0.0315</dd>"),
            "{article}"
        );
        assert_eq!((article.matches("<img").count(), article.matches("<input").count()), (2, 1));
    }
    assert!(articles[1].contains("<dt>seed</dt><dd>7</dd>"));
}

#[test]
fn a_page_needs_no_other_file_and_links_to_the_pictures() {
    let (env, page) = page();
    let sources = between(&page, " src=\"", "\"");
    assert!(sources.len() == 5 && sources.iter().all(|source| source.starts_with("data:image/jpeg;base64,")));
    let links = between(&page, " href=\"", "\"");
    assert_eq!(
        links,
        ["../in.png", "../in.png", "../out/1.jpg", "../a%20%26%20%3Cb%3E.png", "../out/2%20%23x.jpg"]
    );
    assert!(env.path("out/2 #x.jpg").exists());
    for outside in ["http:", "https:", "@import", "url(", "<link", "<iframe"] {
        assert!(!page.contains(outside), "{outside}");
    }
    // One script, which is ours, and a policy that allows nothing from elsewhere.
    assert_eq!(page.matches("<script").count(), 1);
    assert!(page.contains("content=\"default-src 'none'; img-src data:;"));
}

#[test]
fn a_page_can_be_used_with_the_keyboard_and_in_the_dark() {
    let (_env, page) = page();
    for slider in between(&page, "<input ", ">") {
        assert!(
            slider.starts_with("type=\"range\" min=\"0\" max=\"100\" value=\"50\" aria-label=\""),
            "{slider}"
        );
    }
    assert!(between(&page, "<img ", ">").iter().all(|image| image.contains(" alt=\"")));
    assert!(page.contains("color-scheme: light dark") && page.contains("prefers-color-scheme: dark"));
    // A picture alone keeps its shape.
    assert!(between(&page, ".single {", "}")[0].contains("height: auto"));
    assert!(page.contains(".pair:focus-within") && page.contains("name=\"viewport\""));
}

#[test]
fn a_page_replaces_an_earlier_page_and_nothing_else() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&[json!({"image": "in.png", "prompt": "x", "output": "out.jpg"})]);
    env.write("notes.html", "precious");
    for (file, message) in [
        ("notes.html", "notes.html exists and is not an earlier page of --html"),
        ("m.jsonl", "the page of --html would replace the manifest"),
        ("in.png", "in.png exists and is not an earlier page"),
        ("none/x.html", "the directory none does not exist"),
        ("out.jpg", "out.jpg is also the file of --html"),
    ] {
        env.batch(&format!("--html {file}"), &service).code(3).stderr_contains(&[message, "hint:"]).assert();
    }
    env.batch("--html same --report same", &service)
        .code(2)
        .stderr_contains(&["--report and --html"])
        .assert();
    service.ledger().ensure_counts(0, 0);
    assert_eq!(env.read("notes.html"), b"precious");
    env.batch_exits("--html r.html", &service, 0);
    let first = env.read("r.html");
    env.batch_exits("--html r.html", &service, 0);
    let second = String::from_utf8(env.read("r.html")).unwrap();
    assert_ne!(first, second.as_bytes());
    assert!(second.contains("$0.00: an earlier run paid $0.0315"), "{second}");
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_page_lists_the_edits_that_were_not_started() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let row = |number: u8| json!({"image": "in.png", "prompt": format!("edit {number}"), "output": format!("{number}.jpg")});
    env.write_manifest(&[row(1), row(2), row(3)]);
    env.batch("--max-jobs 1 -j 1 --html r.html", &service).any_stdout().any_stderr().assert();
    let page = String::from_utf8(env.read("r.html")).unwrap();
    assert_eq!(between(&page, "<h2>", "</h2>"), ["edit 1", "edit 2", "edit 3"]);
    let notes = page.matches("<dt>note</dt><dd>not started; the same command continues with it</dd>").count();
    assert_eq!((notes, page.matches("<dt>price</dt><dd>$0.0315</dd>").count()), (2, 1));
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_page_says_that_the_sandbox_made_it() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&[json!({"image": "in.png", "prompt": "x", "output": "a.png"})]);
    for (run, is_sandbox) in [
        (env.command("batch m.jsonl -q --html page.html").service(&service), false),
        (env.command("batch m.jsonl -q --redo --force --html page.html --sandbox"), true),
    ] {
        run.any_stdout().any_stderr().assert();
        let page = String::from_utf8(env.read("page.html")).unwrap();
        let found = between(&page, "<p class=\"sandbox\">", "</p>");
        assert_eq!(found.len(), usize::from(is_sandbox), "{found:?}");
        assert!(found.iter().all(|text| text.contains("the sandbox") && text.contains("nothing was paid")));
    }
}

#[test]
fn a_page_has_all_prompts_of_a_chain_and_what_all_its_steps_have_cost() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&[
        json!({"image": "in.png", "prompt": "in snow", "then": ["at night"], "output": "a.jpg"}),
    ]);
    let page = || {
        let batch = env.command("batch m.jsonl --html page.html").service(&service);
        batch.any_stdout().any_stderr().assert();
        std::fs::read_to_string(env.path("page.html")).unwrap()
    };
    let first = page();
    assert!(first.contains("in snow, then at night") && first.contains("$0.063"), "{first}");
    assert!(page().contains("$0.00: an earlier run paid $0.063"));
    service.ledger().ensure_counts(2, 2);
}

/// The least contrast of a text and what is behind it, for all texts of a page.
#[cfg(target_os = "linux")]
const LEAST_CONTRAST: &str = r#"
  (() => {
    const numbers = color => color.match(/[\d.]+/g).map(Number);
    const luminance = color => {
      const parts = numbers(color).slice(0, 3).map(level => level / 255);
      const [r, g, b] = parts.map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = element => {
      const color = getComputedStyle(element).backgroundColor;
      return numbers(color)[3] === 0 && element.parentElement ? behind(element.parentElement) : color;
    };
    const texts = [...document.querySelectorAll("body *")].filter(element =>
      [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim()));
    return Math.min(...texts.filter(element => element.tagName !== "SCRIPT").map(element => {
      const [one, other] = [getComputedStyle(element).color, behind(element)].map(luminance);
      return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    }));
  })()
"#;

#[cfg(target_os = "linux")]
#[test]
fn a_browser_shows_the_page_in_both_schemes_and_widths_without_errors() {
    let Some(mut browser) = Browser::start() else { return };
    let (env, _) = page();
    browser.set_view(1000, 800, "light");
    browser.open(&env.path("pages/report.html"));
    let count = "[document.images.length, [...document.images].every(image => image.naturalWidth > 0)]";
    assert_eq!(browser.evaluate(count), json!([5, true]), "all pictures are shown");
    for (scheme, paper) in [("light", "rgb(251, 251, 249)"), ("dark", "rgb(21, 21, 23)")] {
        for width in [1000, 320] {
            browser.set_view(width, 800, scheme);
            let background = browser.evaluate("getComputedStyle(document.body).backgroundColor");
            assert_eq!(background, paper);
            let contrast = browser.evaluate(LEAST_CONTRAST).as_f64().unwrap();
            assert!(contrast >= 4.5, "{scheme}: {contrast}");
            let scrolled = browser.evaluate("document.documentElement.scrollWidth").as_u64().unwrap();
            assert!(scrolled <= u64::from(width), "{scheme}: {scrolled} of {width} pixels");
            // To look at them.
            if let Some(directory) = std::env::var_os("SEEDEDIT_SCREENSHOTS") {
                browser.screenshot(&std::path::Path::new(&directory).join(format!("{scheme}-{width}.png")));
            }
        }
    }
    let is_error = |event: &&serde_json::Value| {
        let method = event["method"].as_str().unwrap_or_default();
        let url = event["params"]["request"]["url"].as_str().unwrap_or("file:");
        matches!(method, "Runtime.exceptionThrown" | "Log.entryAdded" | "Page.javascriptDialogOpening")
            || method == "Network.requestWillBeSent" && !url.starts_with("file:") && !url.starts_with("data:")
    };
    let errors: Vec<_> = browser.events.iter().filter(is_error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[cfg(target_os = "linux")]
#[test]
fn the_divider_of_a_pair_follows_the_keyboard_and_the_mouse() {
    let Some(mut browser) = Browser::start() else { return };
    let (env, _) = page();
    browser.set_view(1000, 800, "light");
    browser.open(&env.path("pages/report.html"));
    let focused = |browser: &mut Browser| {
        browser.evaluate("document.activeElement.matches('.pair input') && document.activeElement.ariaLabel")
    };
    let mut tabs = 0;
    while focused(&mut browser) == false {
        browser.press("Tab", 9);
        tabs += 1;
        assert!(tabs < 10, "no divider is reached with the keyboard");
    }
    assert_eq!(focused(&mut browser), "Divider between in.png and out/1.jpg");
    let is_marked = "getComputedStyle(document.activeElement.parentElement).outlineStyle";
    assert_eq!(browser.evaluate(is_marked), "solid");
    let at = "getComputedStyle(document.activeElement.parentElement).getPropertyValue('--at')";
    for (key, code, place) in
        [("ArrowRight", 39, "51%"), ("ArrowLeft", 37, "50%"), ("Home", 36, "0%"), ("End", 35, "100%")]
    {
        browser.press(key, code);
        assert_eq!(browser.evaluate(at), place, "{key}");
    }
    let clip = browser.evaluate("getComputedStyle(document.querySelector('.after')).clipPath");
    assert!(clip.as_str().unwrap().ends_with("100%)"), "{clip}");
    let place = browser.evaluate(
        "(() => { const pair = document.querySelector('.pair').getBoundingClientRect(); \
         return [pair.left + pair.width / 4, pair.top + pair.height / 2]; })()",
    );
    browser.click(place[0].as_f64().unwrap(), place[1].as_f64().unwrap());
    let at = browser.evaluate("Number(document.querySelector('.pair input').value)").as_f64().unwrap();
    assert!((23.0..=27.0).contains(&at), "{at}");
}
