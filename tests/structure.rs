//! The structure of the sources and tests: which modules may use which, who prints, and that every test file runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The top-level modules that each top-level module may use.
const DEPENDENCIES: &[(&str, &[&str])] = &[
    // Basic modules. `cards`, `digest`, `sync`, `picture`, `pages` and `sandbox` are in packages of their own, whose
    // dependencies Cargo checks.
    ("files", &["digest", "sync"]),
    ("secret", &[]),
    ("braces", &[]),
    ("duration", &[]),
    ("suggest", &[]),
    ("error_chain", &[]),
    ("hidden", &[]),
    ("money", &[]),
    ("api", &["cards", "error_chain", "hidden", "money", "pages", "picture", "secret"]),
    ("journal", &["digest", "files", "money", "secret", "sync"]),
    (
        "edit",
        &[
            "api",
            "braces",
            "cards",
            "digest",
            "error_chain",
            "files",
            "journal",
            "pages",
            "picture",
            "secret",
            "suggest",
            "sync",
        ],
    ),
    (
        "batch",
        &[
            "api",
            "braces",
            "cards",
            "digest",
            "edit",
            "error_chain",
            "files",
            "journal",
            "money",
            "picture",
            "secret",
            "suggest",
            "sync",
        ],
    ),
    // Configuration, settings, errors and output.
    ("env", &["api"]),
    ("color", &["env"]),
    (
        "config",
        &[
            "api",
            "cards",
            "color",
            "duration",
            "edit",
            "env",
            "error_chain",
            "files",
            "journal",
            "money",
            "picture",
            "secret",
            "suggest",
        ],
    ),
    (
        "settings",
        &["api", "cards", "color", "config", "duration", "edit", "env", "journal", "money", "picture"],
    ),
    (
        "error",
        &[
            "api",
            "batch",
            "cards",
            "config",
            "edit",
            "error_chain",
            "files",
            "journal",
            "money",
            "picture",
            "secret",
            "settings",
            "suggest",
        ],
    ),
    (
        "ui",
        &[
            "api", "batch", "color", "edit", "env", "error", "hidden", "journal", "money", "picture",
            "secret", "sync",
        ],
    ),
    (
        "cli",
        &[
            "api", "batch", "cards", "color", "config", "duration", "edit", "error", "journal", "money",
            "picture", "sandbox", "secret", "suggest", "ui",
        ],
    ),
    ("man", &["cli", "env", "error", "sandbox"]),
    ("schema", &["api", "cli", "money"]),
    (
        "commands",
        &[
            "api",
            "batch",
            "cards",
            "cli",
            "color",
            "config",
            "digest",
            "duration",
            "edit",
            "env",
            "error",
            "error_chain",
            "files",
            "journal",
            "man",
            "money",
            "picture",
            "sandbox",
            "schema",
            "secret",
            "settings",
            "suggest",
            "sync",
            "ui",
        ],
    ),
    ("lib", &["cli", "commands", "env"]),
    ("allocator", &[]),
    ("main", &[]),
];

/// Modules that may print: `ui`; `lib` for what clap prints; what writes drawn pictures to standard output; the protocol of
/// `mcp`; and the process that decodes a picture for another one.
const PRINTERS: &[&str] = &[
    "ui/help.rs",
    "ui/messages.rs",
    "ui/mod.rs",
    "ui/question.rs",
    "ui/stdout.rs",
    "ui/stopping.rs",
    "ui/terminal_size.rs",
    "commands/drawn_output.rs",
    "commands/mcp/stdio.rs",
    "picture/decode/isolated.rs",
    "ui/graphics/detect.rs",
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// All source files without tests and comments, by their paths relative to `src`.
fn files() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut directories = vec![source()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path.file_name().unwrap() != "tests" {
                    directories.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(source()).unwrap().to_str().unwrap().replace('\\', "/");
                if !["tests.rs", "drawn.rs", "golden.rs"].iter().any(|end| name.ends_with(end)) {
                    files.insert(name, code(&fs::read_to_string(path).unwrap()));
                }
            }
        }
    }
    files
}

/// The part of a file that is compiled into the program: without its tests, its comments, and `testing`.
fn code(text: &str) -> String {
    let text = text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let text = text.split("\n#[doc(hidden)]\npub mod testing {").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The top-level module of a file.
fn module(file: &str) -> &str {
    file.split('/').next().unwrap_or(file).trim_end_matches(".rs")
}

/// The modules after `crate::` in `code`, also those in braces.
fn used(code: &str) -> BTreeSet<String> {
    let word =
        |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let mut found = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            None => drop(found.insert(word(after))),
            Some(list) => {
                let mut depth = 0;
                let top: String = list
                    .chars()
                    .take_while(|c| {
                        depth += i32::from(*c == '{') - i32::from(*c == '}');
                        depth >= 0
                    })
                    .collect();
                let mut level = 0;
                let outer: String = top
                    .chars()
                    .filter(|c| {
                        level -= i32::from(*c == '}');
                        let keep = level == 0 && *c != '}';
                        level += i32::from(*c == '{');
                        keep
                    })
                    .collect();
                found.extend(outer.split(',').map(|part| word(part.trim())));
            }
        }
    }
    found.remove("");
    found
}

#[test]
fn each_module_uses_only_its_listed_dependencies() {
    let allowed: BTreeMap<_, _> = DEPENDENCIES.iter().copied().collect();
    for (file, code) in files() {
        let module = module(&file);
        if source().join(module).join("Cargo.toml").exists() {
            continue; // a separate package
        }
        let may = allowed.get(module).unwrap_or_else(|| panic!("{file}: {module} is not in DEPENDENCIES"));
        for other in used(&code).iter().filter(|other| *other != module) {
            assert!(may.contains(&other.as_str()), "{file}: {module} must not use {other}");
        }
    }
}

#[test]
fn every_listed_dependency_is_used() {
    let mut actual: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, code) in files() {
        actual.entry(module(&file).to_owned()).or_default().extend(used(&code));
    }
    let mut unused = Vec::new();
    for (module, others) in DEPENDENCIES {
        let found = actual.get(*module).unwrap_or_else(|| panic!("there is no module {module}"));
        // `lib.rs` uses its modules without `crate::`.
        unused.extend(
            others
                .iter()
                .filter(|other| *module != "lib" && !found.contains(**other))
                .map(|other| (module, other)),
        );
    }
    assert!(unused.is_empty(), "remove from DEPENDENCIES: {unused:?}");
}

#[test]
fn only_the_ui_prints() {
    for (file, code) in files() {
        for call in [
            "println!",
            "print!",
            "eprintln!",
            "eprint!",
            "io::stdout",
            "io::stderr",
            "dbg!",
            "stdout()",
            "stderr()",
        ] {
            let is_no_part = file.ends_with("build.rs") || file.contains("/examples/");
            let allowed = is_no_part
                || PRINTERS.contains(&file.as_str())
                || (file == "env.rs" && code.contains("is_terminal"));
            assert!(allowed || !code.contains(call), "{file} has {call}");
        }
    }
}

/// Facts about models are in their cards, and in the tables of the sandbox, which are its own.
#[test]
fn no_model_is_named_outside_of_cards() {
    let mut models = BTreeSet::new();
    let mut directories = vec![source().join("cards/built_in")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            if path.is_dir() {
                directories.push(path);
            } else if name.contains('-') {
                models.insert(name.to_owned());
            }
        }
    }
    assert!(models.contains("seedream-5-0-pro"));
    for (file, code) in files() {
        let named = models.iter().find(|model| code.contains(model.as_str()));
        let is_allowed = ["cards", "sandbox"].contains(&module(&file)) || file.contains("/fuzzing");
        assert!(is_allowed || named.is_none(), "{file} names {}", named.unwrap());
    }
}

#[test]
fn crate_paths_are_found_in_every_form() {
    let found = used("use crate::a::X;\nuse crate::{b, c::{d, e}, f as g};\nlet x = crate::h::y();");
    assert_eq!(found.into_iter().collect::<String>(), "abcfh");
}

#[test]
fn every_test_file_is_a_module_of_the_test_binary() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let main = fs::read_to_string(directory.join("main.rs")).unwrap();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if name != "main" && path.extension().is_some_and(|extension| extension == "rs") {
            assert!(main.contains(&format!("\nmod {name};")), "{name}.rs is not in main.rs");
        }
    }
}
