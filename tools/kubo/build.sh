#!/usr/bin/env bash
# Builds the pinned Kubo into build/kubo/ipfs. Does nothing when there is an `ipfs` already; without Go the tests run on
# the embedded node alone, and say so.
set -euo pipefail
cd "$(dirname "$0")"
out="$PWD/../../build/kubo/ipfs"

if [ -x "$out" ] || command -v ipfs > /dev/null; then
  exit 0
fi
if ! command -v go > /dev/null; then
  echo "no ipfs and no go: IPFS tests run on the embedded node alone" >&2
  exit 0
fi
mkdir -p "$(dirname "$out")"
# -mod=mod: the module names Kubo alone, its own go.mod and the committed go.sum fix the rest.
if ! GOFLAGS=-mod=mod go build -o "$out" github.com/ipfs/kubo/cmd/ipfs; then
  echo "Kubo could not be built: IPFS tests run on the embedded node alone" >&2
  # In CI the comparison with the real node must not fall away unnoticed.
  if [ "${CI:-}" = true ]; then exit 1; fi
fi
