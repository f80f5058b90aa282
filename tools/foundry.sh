#!/usr/bin/env bash
# The Foundry suite: `tools/foundry.sh test` (in `make test`), `deep` (long campaigns, 10,000 fuzz runs), `coverage`
# (fails when a branch of contracts/ is missed without a reason), `lint`. Arguments after `test` or `deep` go to forge.
#
# It calls the binary itself: npm's wrapper ends 0 whatever its child returns.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
forge="$(echo "$root"/node_modules/@foundry-rs/forge-*/bin/forge)"
if [ ! -x "$forge" ]; then
  echo "tools/foundry.sh: no forge here; run tools/setup.sh" >&2
  exit 1
fi
reached="$root/build/foundry/reached"
mkdir -p "$reached"
rm -f "$reached"/*

# Green means nothing when the campaigns never got anywhere: fails when one kind of event was never reached.
check_reached() {
  python3 "$root/tools/foundry/reached.py" tests/foundry/base/Ledger.sol "$reached/campaign.log"
}

# After a filtered run forge takes what it compiled then for all there is, and says nothing: fails when a suite is missing.
run_all() {
  local log="$root/build/foundry/test.log" suite
  "$forge" test | tee "$log"
  for suite in $(grep -rlE "function (test|invariant)" tests/foundry --include='*.t.sol'); do
    if ! grep -q "tests* for $suite:" "$log"; then
      echo "tools/foundry.sh: forge left out $suite; remove build/foundry/cache" >&2
      exit 1
    fi
  done
  check_reached
}

case "${1:-test}" in
  test)
    if [ $# -le 1 ]; then run_all; else "$forge" test "${@:2}"; fi
    ;;
  deep)
    # Another seed every time; it is printed, and FOUNDRY_FUZZ_SEED=<seed> repeats the run.
    export FOUNDRY_PROFILE=deep FOUNDRY_FUZZ_SEED="${FOUNDRY_FUZZ_SEED:-0x$(od -An -N8 -tx8 /dev/urandom | tr -d ' ')}"
    echo "seed $FOUNDRY_FUZZ_SEED"
    if [ $# -le 1 ]; then run_all; else "$forge" test "${@:2}"; fi
    ;;
  coverage)
    # The campaigns cover nothing that the other tests do not.
    FOUNDRY_FUZZ_RUNS=100 "$forge" coverage --no-match-contract Campaign --report lcov --report-file build/foundry/lcov.info
    python3 "$root/tools/foundry/coverage.py" build/foundry/lcov.info tests/foundry/uncovered.txt
    ;;
  lint)
    "$forge" lint --deny warnings contracts interfaces tests/foundry
    node_modules/.bin/prettier --plugin=prettier-plugin-solidity --log-level warn --check 'tests/foundry/**/*.sol'
    ;;
  *)
    echo "usage: tools/foundry.sh test|deep|coverage|lint" >&2
    exit 2
    ;;
esac
