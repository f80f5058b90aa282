#!/usr/bin/env bash
# Static analysis and proofs: `tools/audit.sh` runs both, `slither` or `proofs` one of them. Their packages live in
# build/audit, since they pin other things than Brownie does; installing them is left out of the set-up.
#
# Slither does not see calls made through OpenZeppelin's SafeERC20 (assembly): what it says of re-entrancy is not enough,
# the re-entering tokens of the tests are the check.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
for folder in node_modules/@foundry-rs/forge-*/bin; do PATH="$root/$folder:$PATH"; done
export PATH

installed="build/audit/requirements-audit.txt"
if ! cmp --silent requirements-audit.txt "$installed"; then
  [ -x build/audit/bin/python ] || python3 -m venv build/audit
  build/audit/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-audit.txt
  cp requirements-audit.txt "$installed"
fi

run_slither() {
  mkdir -p build/reports
  rm -f build/reports/slither.json
  # It ends with the number of findings; the list of exceptions decides.
  FOUNDRY_OUT=build/audit/out FOUNDRY_CACHE_PATH=build/audit/cache \
    build/audit/bin/slither . --config-file slither.config.json --json build/reports/slither.json > /dev/null 2>&1 || true
  python3 tools/foundry/findings.py build/reports/slither.json tools/foundry/slither_exceptions.txt
}

# Its own folder: halmos wants another output than the tests, and forge would compile everything anew for each.
run_proofs() {
  FOUNDRY_TEST=tests/foundry/symbolic FOUNDRY_OUT=build/audit/out FOUNDRY_CACHE_PATH=build/audit/cache \
    build/audit/bin/halmos --contract Proofs --forge-build-out build/audit/out --loop 12 --no-status \
    --solver-timeout-assertion 60000
}

case "${1:-all}" in
  all)
    run_slither
    run_proofs
    ;;
  slither) run_slither ;;
  proofs) run_proofs ;;
  *)
    echo "usage: tools/audit.sh [all|slither|proofs]" >&2
    exit 2
    ;;
esac
