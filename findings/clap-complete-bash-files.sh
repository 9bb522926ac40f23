#!/usr/bin/env bash
# clap_complete's bash script offers only options after a subcommand whose arguments are files. All of them begin
# with `-`, so the shell inserts a `-` when the user presses TAB to choose a file. `ValueHint::FilePath` on the
# argument does not change that.
#
# Observed with clap_complete 4.6.11 and bash 5.2: after `demo show `, it offers `-h --quickly --help` but no file.
#
# Needs cargo and bash. Exits with 0 while the behavior is as described, and with 1 once it has changed.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

mkdir src
cat > Cargo.toml << 'END'
[package]
name = "demo"
version = "0.0.0"
edition = "2024"

[dependencies]
clap = { version = "=4.6.9", features = ["derive"] }
clap_complete = "=4.6.11"
END
cat > src/main.rs << 'END'
use clap::{CommandFactory, Parser, ValueHint};

#[derive(Parser)]
#[command(name = "demo")]
enum Demo {
    Show {
        #[arg(value_hint = ValueHint::FilePath)]
        file: std::path::PathBuf,
        #[arg(long)]
        quickly: bool,
    },
}

fn main() {
    let shell = clap_complete::Shell::Bash;
    clap_complete::generate(shell, &mut Demo::command(), "demo", &mut std::io::stdout());
}
END
cargo run --quiet > demo.bash
touch picture.jpg

# shellcheck disable=SC1091
source demo.bash
# Set these variables as bash does when TAB is pressed after `demo show `.
export COMP_CWORD=2
COMP_WORDS=(demo show '')
COMPREPLY=()
_demo demo '' show

grep -E -A 1 '^name = "clap(_complete)?"' Cargo.lock
bash --version | head -n 1
echo "offered after 'demo show ' in a directory with picture.jpg: ${COMPREPLY[*]}"

for candidate in "${COMPREPLY[@]}"; do
    if [[ $candidate != -* ]]; then
        echo "changed: $candidate is not an option" >&2
        exit 1
    fi
done
[ "${#COMPREPLY[@]}" -gt 0 ] || { echo "changed: nothing is offered" >&2; exit 1; }
echo "as described: all candidates are options"
