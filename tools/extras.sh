#!/usr/bin/env bash
# The tests of what takes the extras `torch` and `flower`, in an environment of their own: they are large, and nothing
# else here needs them. Arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ ! -x build/extras/bin/python ]; then
  python3 -m venv build/extras
fi
build/extras/bin/python -m pip install --quiet --disable-pip-version-check \
  -e '.[chain,dev,torch,flower]' pytest hypothesis
exec build/extras/bin/python -m pytest -q tests/extras "$@"
