"""Whole tasks with real processes: a chain, an IPFS node, oracles and trainers that talk through nothing else."""
