"""The demonstration: two tasks from post to last claim, with real processes, a real chain, the real IPFS protocol."""
