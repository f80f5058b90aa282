"""The page on this machine, against a chain with life on it."""
