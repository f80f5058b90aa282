#!/usr/bin/env bash
# Brownie for tests and local chains: `tools/brownie.sh test`, `tools/brownie.sh run scripts/deploy.py`, and so on.
#
# Brownie attaches to whatever listens on its port, resets that chain, and keeps its networks and keys in ~/.brownie.
# So each run has a home and a port of its own: $BROWNIE_PORT, or one that is free. `--network local` talks to a node
# that runs already, $LOCAL_NODE, and leaves its chain as it is. To send to a public network use plain `brownie`, which
# knows your accounts.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
. "$root/tools/env.sh"
cd "$root"

# Prints the port that was asked for (0: any), or fails when something listens there already.
free_port() {
  python -c 'import socket, sys; s = socket.create_server(("127.0.0.1", int(sys.argv[1]))); print(s.getsockname()[1])' "$1"
}

if ! port="$(free_port "${BROWNIE_PORT:-0}" 2>/dev/null)"; then
  echo "tools/brownie.sh: port ${BROWNIE_PORT:-0} is taken; Brownie would attach to what listens there" >&2
  exit 1
fi
home="$root/build/home/$port"
# Brownie remembers what it deployed to a live network by the chain id it was told, and fails on the next fresh chain of
# that id, where none of it stands. It never compares the number with the chain's: each run has one of its own.
memory="$root/build/brownie/deployments/$port"
rm -rf "$memory"
if [ -z "${BROWNIE_PORT:-}" ]; then
  trap 'rm -rf "$home" "$memory"' EXIT
fi

# Coverage needs step traces, and Brownie would repeat what it cached of runs without them.
trace=false
case " $* " in
  *" --coverage "* | *" -C "*)
    trace=true
    rm -f build/brownie/tests.json
    ;;
esac

# The gas limit is below EIP-7825's 2^24 per transaction, which anvil is told to enforce: Brownie sends the block limit
# as the gas of each transaction.
mkdir -p "$home/.brownie"
cat > "$home/.brownie/network-config.yaml" <<CONFIG
live:
  - name: Local
    networks:
      - name: A node on this machine
        id: local
        chainid: $port
        host: ${LOCAL_NODE:-http://127.0.0.1:8545}
development:
  - name: Anvil
    id: development
    cmd: anvil --enable-tx-gas-limit
    host: http://127.0.0.1
    timeout: 120
    cmd_settings:
      port: $port
      gas_limit: 16000000
      accounts: 20
      base_fee: 0
      evm_version: cancun
      steps_tracing: $trace
CONFIG

HOME="$home" brownie "$@"
