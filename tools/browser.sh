#!/usr/bin/env bash
# Prints the path of a Chrome or Chromium for the page's tests; on Debian, as root, it installs one if there is none.
set -euo pipefail

names=(chromium chromium-browser google-chrome google-chrome-stable "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
for attempt in 1 2; do
  for name in "${names[@]}"; do
    if command -v "$name"; then
      exit 0
    fi
  done
  if [ "$attempt" = 1 ] && [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    echo "installing chromium" >&2
    apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium > /dev/null
  fi
done
echo "no Chrome or Chromium found, which the page's tests drive: install one, or put it on PATH" >&2
exit 1
