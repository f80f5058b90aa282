"""The demonstration: two tasks from post to last claim, with real processes on a real chain and the real IPFS protocol."""
