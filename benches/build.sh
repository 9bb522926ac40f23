#!/usr/bin/env bash
# Measures the first builds of a clone: the README's first command in an empty target directory, then the tests in the
# same directory.
#
#   benches/build.sh [REVISION ...]     HEAD, and other revisions to compare it with
#
# Prints CPU time, wall-clock time and disk usage, and the ratios of HEAD to the last revision. Needs git and the
# dependencies in cargo's cache. Takes about 20 minutes per revision on two cores.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# Another revision may not be able to read the journal of this one.
export SEEDEDIT_DATA_DIR=$scratch/data
TIMEFORMAT='%U %R'

# measure NAME COMMAND... prints the times of the command, and stores its user time in $user.
measure() {
    local name=$1 times
    shift
    # A test that fails on a busy machine does not change what the build costs.
    times=$({ time "$@" >"$scratch/log" 2>&1 || true; } 2>&1)
    user=${times% *}
    printf '%-28s %7.0f s of CPU time, %6.0f s\n' "$name" "$user" "${times#* }"
}

run_users=() test_users=()
for revision in HEAD "$@"; do
    tree=$scratch/tree
    git clone --quiet --no-hardlinks . "$tree"
    git -C "$tree" checkout --quiet "$revision"
    echo "$revision: $(git -C "$tree" log -1 --format='%h %s')"
    cd "$tree"
    cargo fetch --quiet --locked
    first=$(grep --max-count 1 -E '^cargo run .*edit --sandbox' README.md)
    measure "first command" bash -c "${first/%-o out.jpg/-o "$scratch/out.jpg"}"
    run_users+=("$user")
    rm "$scratch/out.jpg" # fails if there is no picture
    measure "cargo test" cargo test --locked --no-fail-fast
    test_users+=("$user")
    tail -n 3 "$scratch/log" | sed 's/^/    /'
    echo "target/: $(du -sh target | cut -f 1)"
    cd - >/dev/null
    rm -rf "$tree"
done

if (($# > 0)); then
    awk -v a="${run_users[0]}" -v b="${run_users[-1]}" -v c="${test_users[0]}" -v d="${test_users[-1]}" \
        'BEGIN { printf "ratio: first command %.2f, cargo test %.2f\n", a / b, c / d }'
fi
