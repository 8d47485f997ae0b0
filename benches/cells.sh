#!/usr/bin/env bash
# How long the cells of the account notebook take: kernel start, first cell, median and slowest of the others, over several runs.
# usage: benches/cells.sh [RUNS]      (from the checkout, after `cargo build --release`; nothing else should run on the machine)
set -euo pipefail
cd "$(dirname "$0")/.."
runs="${1:-5}"
program="${CARGO_TARGET_DIR:-target}/release/entity-explorer"
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT
for ((run = 1; run <= runs; run++)); do
  "$program" notebook --output "$out" >"$out/log" 2>&1 || { cat "$out/log"; exit 1; }
  awk -v run="$run" '
    /^Kernel ready after/ { kernel = $4 }
    /^\[ *[0-9]+\/[0-9]+\] ok/ { sub(/^\[ *[0-9]+\/[0-9]+\] ok +/, ""); n++; if (n == 1) first = $1; else t[n - 1] = $1 + 0 }
    END {
      m = n - 1
      for (i = 1; i <= m; i++) for (j = i + 1; j <= m; j++) if (t[j] < t[i]) { x = t[i]; t[i] = t[j]; t[j] = x }
      printf "run %d: kernel %s s, first cell %s s, other %d cells: median %.1f s, slowest %.1f s\n", run, kernel, first, m, t[int((m + 1) / 2)], t[m]
    }' "$out/log"
done
