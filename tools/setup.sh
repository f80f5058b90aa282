#!/usr/bin/env bash
# Everything the project needs on a machine with Python 3.11+, Node 20+ and package registries. Idempotent.
set -euo pipefail
cd "$(dirname "$0")/.."
SECONDS=0

if [ ! -x .venv/bin/python ]; then
  python3 -m venv .venv
fi
.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
# Not `npm ci`: it wants every platform's build of anvil in the lock file, which npm does not write.
npm install --silent --no-save --no-audit --no-fund --ignore-scripts

# Brownie 1.22.2 ships compiled twins of its modules with wrong types; without them the .py files take over.
.venv/bin/python - <<'PY'
import importlib.util
from pathlib import Path

for twin in Path(importlib.util.find_spec("brownie").origin).parent.rglob("*.so"):
    twin.unlink()
PY

# py-solc-x runs any executable of this name.
mkdir -p build/solc
cat > build/solc/solc-v0.8.30 <<SHIM
#!/bin/sh
exec node "$PWD/tools/solc/solc.js" "\$@"
SHIM
chmod +x build/solc/solc-v0.8.30

# The report of the demo tells how long all this took on a fresh machine.
echo "$SECONDS" > build/setup-seconds
