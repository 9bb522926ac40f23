//! The README and the pages in `docs/` are correct: their commands run, their transcripts match the output, and their
//! tables match the code.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use seededit::testing::cards::Catalog;
use seededit::testing::config::{KEY_VARIABLE, Setting};
use seededit::testing::env::VARIABLES;
use seededit::testing::error::ErrorKind;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

/// The README, every page in `docs/`, and the text for agents.
fn pages() -> Vec<String> {
    let entries = fs::read_dir(root().join("docs")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut pages: Vec<_> =
        names.filter(|name| name.ends_with(".md")).map(|name| format!("docs/{name}")).collect();
    // What `skill` prints is a page, too.
    pages.extend(["README.md", "src/commands/skill.md"].map(str::to_owned));
    pages.sort();
    pages
}

/// The rows of the first table after a heading, without the header row.
fn table(page: &str, heading: &str) -> Vec<Vec<String>> {
    let text = read(page);
    let (_, rest) = text.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
    let rows =
        rest.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let cells = |row: &str| -> Vec<String> {
        let inner = row.trim_matches('|');
        inner.split('|').map(|cell| cell.trim_matches([' ', '`']).to_owned()).collect()
    };
    rows.skip(2).map(cells).collect()
}

/// Runs the commands of all pages with some pictures, against the sandbox. `.ci/run` runs the commands that begin with
/// `cargo`, in a fresh clone.
#[cfg(unix)]
mod commands {
    use super::*;
    use crate::support::{KEY, Service, TestEnv, animation};

    /// A fenced block of a page.
    struct Block {
        /// The language after the opening fence.
        language: String,
        /// The page, and the line number of the opening fence.
        location: String,
        lines: Vec<String>,
    }

    fn blocks(language: &str) -> Vec<Block> {
        pages().iter().flat_map(|page| blocks_of(page)).filter(|block| block.language == language).collect()
    }

    fn blocks_of(page: &str) -> Vec<Block> {
        let mut found = Vec::new();
        let mut open: Option<Block> = None;
        for (index, line) in read(page).lines().enumerate() {
            match (open.take(), line.trim_start().strip_prefix("```")) {
                (None, Some(language)) => {
                    let location = format!("{page}:{}", index + 1);
                    open = Some(Block { language: language.to_owned(), location, lines: Vec::new() });
                }
                (None, None) => {}
                (Some(block), Some(_)) => found.push(block),
                (Some(mut block), None) => {
                    block.lines.push(line.to_owned());
                    open = Some(block);
                }
            }
        }
        assert!(open.is_none(), "{page}: a fence is not closed");
        found
    }

    /// Whether a copied line would be paid for with a key.
    fn is_paid(line: &str) -> bool {
        let edits = ["seededit edit ", "seededit batch "].iter().any(|command| line.contains(command));
        let free = ["--sandbox", "--dry-run", "--help", "--service local", "SEEDEDIT_SANDBOX=1"];
        edits && !free.iter().any(|word| line.contains(word))
    }

    #[test]
    fn every_page_says_how_to_try_its_edits_for_free_before_the_first_paid_one() {
        for page in pages() {
            let paid =
                blocks_of(&page).into_iter().find(|block| block.lines.iter().any(|line| is_paid(line)));
            let Some(block) = paid else { continue };
            let (_, number) = block.location.rsplit_once(':').unwrap();
            let above: Vec<_> =
                read(&page).lines().take(number.parse().unwrap()).map(str::to_owned).collect();
            let is_said = above.iter().any(|line| line.contains("SEEDEDIT_SANDBOX=1"));
            assert!(is_said, "{}: a reader would pay by surprise", block.location);
        }
    }

    #[test]
    fn no_example_chooses_a_withdrawn_model() {
        let catalog = Catalog::built_in();
        let models = catalog.service_names().into_iter().flat_map(|name| catalog.models(&name).unwrap());
        let withdrawn: Vec<String> =
            models.filter(|card| card.withdrawn.is_some()).map(|card| card.id.clone()).collect();
        for block in blocks("sh").iter().chain(&blocks("text")) {
            let words: Vec<&str> = block.lines.iter().flat_map(|line| line.split_whitespace()).collect();
            let found = withdrawn.iter().find(|id| words.contains(&id.as_str()));
            assert_eq!(found, None, "{}", block.location);
        }
    }

    /// An environment with the files that the pages mention.
    fn docs_env() -> TestEnv {
        let env = TestEnv::new();
        let picture = fs::read(root().join("examples/harbour.jpg")).unwrap();
        for name in ["photo.jpg", "photos/one.jpg", "photos/two.jpg", "home/.keep"] {
            env.write(name, &picture);
        }
        env.write("animation.gif", animation(&[10, 120, 230]));
        env
    }

    /// Runs a script, which must succeed, and returns its standard output.
    fn run(env: &TestEnv, service: &Service, script: &str) -> String {
        let program = Path::new(env!("CARGO_BIN_EXE_seededit")).parent().unwrap().to_owned();
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(std::iter::once(program).chain(std::env::split_paths(&inherited)));
        let output = env
            .command("")
            .wrapped_in("bash", &["-euo", "pipefail", "-c", script])
            .service(service)
            .env("PATH", path.unwrap())
            .env("HOME", env.path("home"))
            .env("MY_KEY", KEY)
            .env("ARK_KEY", KEY)
            .any_stdout()
            .any_stderr()
            .assert();
        String::from_utf8(output.stdout).unwrap()
    }

    fn is_cargo_command(line: &str) -> bool {
        line.trim_start().starts_with("cargo ")
    }

    fn is_installed(program: &str) -> bool {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
    }

    #[test]
    #[ignore = "slow"]
    fn every_shell_block_runs() {
        for block in blocks("sh") {
            if block.lines.iter().all(|line| is_cargo_command(line)) {
                continue;
            }
            let script = block.lines.join("\n");
            assert!(
                !block.lines.iter().any(|line| is_cargo_command(line)),
                "a block mixes cargo with other commands:\n{script}"
            );
            // jq is the only program that may be missing; `.ci/run` installs it.
            if script.contains("\njq ") && !is_installed("jq") {
                continue;
            }
            run(&docs_env(), &Service::new(), &format!("# {}\n{script}", block.location));
        }
    }

    #[test]
    fn every_cargo_command_is_run_by_the_checks() {
        let checks = read(".ci/run");
        let lines = blocks("sh").into_iter().flat_map(|block| block.lines);
        let mut count = 0;
        for line in lines.filter(|line| is_cargo_command(line)) {
            // The checks write the output to another path.
            let command = line.split(" -o ").next().unwrap_or_default();
            assert!(
                checks.lines().any(|check| check.trim_start().starts_with(command)),
                "not in .ci/run: {command}"
            );
            count += 1;
        }
        assert!(count >= 3);
    }

    #[test]
    fn every_step_of_the_pipeline_runs() {
        let mut count = 0;
        for block in blocks("yaml") {
            for script in steps(&block) {
                if !script.lines().all(is_cargo_command) {
                    run(&docs_env(), &Service::new(), &script);
                    count += 1;
                }
            }
        }
        assert_eq!(count, 1);
    }

    /// The indented lines after each `run: |`.
    fn steps(block: &Block) -> Vec<String> {
        let indent = |line: &str| line.len() - line.trim_start().len();
        let mut scripts = Vec::new();
        for (index, line) in block.lines.iter().enumerate() {
            if line.trim() == "run: |" {
                let inner = block.lines[index + 1..].iter().take_while(|next| indent(next) > indent(line));
                scripts.push(inner.map(|line| line.trim_start()).collect::<Vec<_>>().join("\n"));
            }
        }
        scripts
    }

    #[test]
    fn every_transcript_matches_the_output() {
        for block in blocks("console") {
            let (env, service) = (docs_env(), Service::new());
            let text = block.lines.join("\n");
            for part in text.split("$ ").skip(1) {
                let (command, expected) = part.split_once('\n').unwrap_or((part, ""));
                let printed = run(&env, &service, &format!("{{ {command}\n}} 2>&1 || true"));
                let printed =
                    env.normalize(&printed).replace("http://127.0.0.1:[port]", "https://api.aimlapi.com");
                let expected = env.normalize(expected);
                assert!(
                    matches_pattern(printed.trim_end(), expected.trim_end()),
                    "{}: {command}\n{printed}\ninstead of\n{expected}",
                    block.location
                );
            }
        }
    }

    /// Whether `text` matches `pattern`, in which `…` stands for any text.
    fn matches_pattern(text: &str, pattern: &str) -> bool {
        let mut parts = pattern.split('…');
        let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
        let mut last = "";
        for part in parts {
            let Some(at) = rest.find(part) else { return false };
            rest = &rest[at + part.len()..];
            last = part;
        }
        rest.is_empty() || (pattern.contains('…') && rest.ends_with(last))
    }

    #[test]
    fn the_edited_picture_is_the_sandbox_result_of_the_first() {
        let (env, service) = (docs_env(), Service::new());
        let prompt = "Add a bird to the foreground of the photo.";
        let script = format!("seededit edit photo.jpg '{prompt}' --seed 8 --quality 70 -o made.jpg");
        run(&env, &service, &script);
        let committed = fs::read(root().join("examples/harbour-edited.jpg")).unwrap();
        let pixels =
            |bytes: &[u8]| seededit::testing::picture::decode(bytes).unwrap().image.to_rgb8().into_raw();
        let (created, committed) = (pixels(&env.read("made.jpg")), pixels(&committed));
        assert_eq!(created.len(), committed.len());
        // JPEG encoders round differently on different processors.
        let difference: u64 = created.iter().zip(&committed).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        assert!(difference < created.len() as u64, "{difference} levels over {} samples", created.len());
    }
}

#[test]
fn the_documented_exit_codes_match_the_code() {
    let of_code = ErrorKind::ALL.map(|kind| (kind.exit_code().to_string(), kind.name().to_owned()));
    let of_code: Vec<_> = std::iter::once(("0".to_owned(), String::new())).chain(of_code).collect();
    let of_readme: Vec<_> = table("docs/scripts-and-ci.md", "## Exit codes")
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    assert_eq!(of_readme, of_code);
}

#[test]
fn the_documented_settings_match_the_code() {
    let mut cli = seededit::testing::cli::Cli::command();
    cli.build();
    let edit = cli.find_subcommand("edit").unwrap();
    let flag = |setting: Setting| {
        let name = setting.name().replace('_', "-");
        let known = edit.get_arguments().chain(cli.get_arguments()).any(|arg| arg.get_long() == Some(&name));
        if known { format!("--{name}") } else { String::new() }
    };
    let of_code: Vec<_> = Setting::ALL
        .into_iter()
        .map(|setting| {
            let variable = setting.variable().unwrap_or_default().to_owned();
            let default = setting.default().unwrap_or_default().to_owned();
            vec![setting.name().to_owned(), flag(setting), variable, default]
        })
        .collect();
    let of_readme: Vec<_> =
        table("docs/settings.md", "## All settings").into_iter().map(|row| row[..4].to_vec()).collect();
    assert_eq!(of_readme, of_code);
}

#[test]
fn the_documented_variables_match_the_code() {
    // The cells of a table lose the backticks at their ends.
    let cell = |text: &str| text.trim_matches('`').to_owned();
    let of_code: Vec<_> =
        VARIABLES.iter().map(|variable| (variable.names.join("`, `"), cell(variable.meaning))).collect();
    let of_page: Vec<_> = table("docs/settings.md", "## Variables")
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    assert_eq!(of_page, of_code);
}

#[test]
fn every_variable_that_the_code_reads_is_in_the_table() {
    let mut read = BTreeSet::from([KEY_VARIABLE.to_owned()]);
    let catalog = Catalog::built_in();
    for service in catalog.service_names() {
        read.extend(catalog.service(&service).unwrap().key_variables);
    }
    read.extend(Setting::ALL.into_iter().filter_map(Setting::variable).map(str::to_owned));
    for path in source_files(&root().join("src"))
        .iter()
        .filter(|path| !path.ends_with("env/variables.rs") && !path.ends_with("build.rs"))
    {
        let source = fs::read_to_string(path).unwrap();
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        for before in ["var(\"", "var_os(\"", "is_on(\""] {
            let names = code.split(before).skip(1).filter_map(|rest| rest.split('"').next());
            read.extend(names.map(str::to_owned));
        }
        let is_name = |text: &&str| text.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        let is_indirect = |text: &&str| ["_proxy", "_PROXY", "TMPDIR"].iter().any(|end| text.ends_with(end));
        read.extend(code.split('"').filter(is_name).filter(is_indirect).map(str::to_owned));
    }
    let listed: BTreeSet<String> =
        VARIABLES.iter().flat_map(|variable| variable.names).map(|name| (*name).to_owned()).collect();
    assert_eq!(read, listed);
}

fn source_files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(source_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The anchors that code hosts generate for the headings of a page.
fn anchors(page: &str) -> Vec<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    let slug = |line: &str| {
        let kept = line.trim_start_matches('#').trim().to_lowercase();
        kept.chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
            .collect::<String>()
            .replace(' ', "-")
    };
    headings.map(slug).collect()
}

#[test]
fn every_relative_link_leads_to_a_file() {
    for page in pages().into_iter().chain(["CONTRIBUTING.md".to_owned(), "CHANGELOG.md".to_owned()]) {
        let (content, directory) = (read(&page), root().join(&page).parent().unwrap().to_owned());
        for target in content.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.contains("://") {
                continue;
            }
            let (file, heading) = target.split_once('#').map_or((target, None), |(f, h)| (f, Some(h)));
            let linked = if file.is_empty() { root().join(&page) } else { directory.join(file) };
            assert!(linked.exists(), "{page}: {target}");
            if let Some(heading) = heading {
                let found = anchors(&fs::read_to_string(&linked).unwrap());
                assert!(found.iter().any(|anchor| anchor == heading), "{page}: {target}");
            }
        }
    }
}

#[test]
fn the_readme_is_short_and_links_every_page() {
    let readme = read("README.md");
    assert!(readme.lines().count() <= 200);
    for page in pages().iter().filter(|page| page.starts_with("docs/")) {
        assert!(readme.contains(&format!("]({page})")), "{page}");
    }
}
