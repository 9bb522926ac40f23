//! The manual page.

use crate::support::{TestEnv, commands, printed};

#[test]
fn the_manual_page_is_valid_roff_and_describes_every_command() {
    let page = printed("man");
    assert!(page.starts_with(".ie ") || page.starts_with(".TH "), "{}", &page[..40]);
    assert_eq!(page.matches("\n.TH ").count() + usize::from(page.starts_with(".TH ")), 1);
    for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS"] {
        assert_eq!(page.matches(&format!("\n.SH {section}\n")).count(), 1, "{section}");
    }
    for command in commands().iter().filter(|command| !command.is_empty()) {
        let heading = format!("\n.SH \"SEEDEDIT {}\"\n", command.to_uppercase());
        assert_eq!(page.matches(&heading).count(), 1, "{command}");
    }
    // A line that begins with a dot is a request, and only these are expected.
    for line in page.lines().filter(|line| line.starts_with(['.', '\''])) {
        let request = line.split_whitespace().next().unwrap();
        assert!(
            [".ie", ".el", ".TH", ".SH", ".SS", ".TP", ".PP", ".IP", ".br", ".RS", ".RE", ".nf", ".fi"]
                .contains(&request),
            "{line}"
        );
    }
    for code in ["130, 143", "may have been charged"] {
        assert!(page.contains(code), "the exit codes are missing");
    }
    let indents = page.matches("\n.RS").count();
    assert_eq!(indents, page.matches("\n.RE").count(), "an indent is not closed");
}

#[cfg(unix)]
#[test]
fn installed_formatters_accept_the_manual_page() {
    let env = TestEnv::new();
    let page = env.write("seededit.1", printed("man"));
    for (formatter, args) in [
        ("mandoc", &["-T", "lint", "-W", "error"][..]),
        ("groff", &["-K", "utf8", "-man", "-T", "utf8", "-ww", "-z"]),
    ] {
        if let Ok(output) = std::process::Command::new(formatter).args(args).arg(&page).output() {
            let message = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            assert!(output.status.success() && message.is_empty(), "{formatter}: {message}");
        }
    }
}
