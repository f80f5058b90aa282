# Source this in a shell that runs brownie or the processes by hand: `. tools/env.sh`.
root="$(cd "$(dirname "${BASH_SOURCE[0]:-$0}")/.." && pwd)"
for folder in "$root"/node_modules/@foundry-rs/anvil-*/bin "$root/build/kubo" "$root/.venv/bin"; do
  if [ -d "$folder" ]; then PATH="$folder:$PATH"; fi
done
export PATH
export SOLCX_BINARY_PATH="$root/build/solc"
