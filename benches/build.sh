#!/usr/bin/env bash
# Measures what a first build costs: the README's first command, then the tests, each in a clean target directory.
#
#   benches/build.sh [REVISION ...]     the working tree's HEAD, and other revisions beside it
#
# Prints processor time, wall time and disk use, and the ratio of each revision to the last one named. Needs git, and
# the dependencies in cargo's cache. Takes about 20 minutes per revision on two cores.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
TIMEFORMAT='%U %R'

# measure NAME COMMAND... prints "NAME: user wall", and keeps the user time in $user.
measure() {
    local name=$1 times
    shift
    # A test that fails on a busy machine does not make the build any cheaper.
    times=$({ time "$@" >"$scratch/log" 2>&1 || true; } 2>&1)
    user=${times% *}
    printf '%-28s %7.0f s of processor time, %6.0f s\n' "$name" "$user" "${times#* }"
}

run_users=() test_users=()
for revision in HEAD "$@"; do
    tree=$scratch/tree
    git clone --quiet --no-hardlinks . "$tree"
    git -C "$tree" checkout --quiet "$revision"
    echo "$revision: $(git -C "$tree" log -1 --format='%h %s')"
    cd "$tree"
    cargo fetch --quiet --locked
    measure "first command" cargo run --locked --release -- edit --sandbox examples/harbour.jpg \
        "Add a bird to the foreground of the photo." -o "$scratch/out.jpg"
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
