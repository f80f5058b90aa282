"""Work on many trainers, spread over whatever joblib is configured for: this process, its cores, a cluster of machines.

    with joblib.parallel_config(n_jobs=2):  # or backend="dask", "ray", ...
        ...

What is spread are pure functions of seeds, digests and a store's address, with integers in and out. They are cut by
trainers, and every result is a row per trainer or a sum in Z_2^64, so the cut never shows. Workers see seeds and public
blocks, but no keys. Work and results travel as pickles, so a cluster's network has to be closed to others (with dask:
TLS). A worker reaches the store under the address that its oracle uses: on another machine, 127.0.0.1 is that machine's
own node.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

LEAST_SECONDS = 1.0
"""Work that one core is done with sooner stays here: to start a process, with all it imports, takes about as long.
That is paid once a round: processes are kept for the next piece of work."""


def spread(work: Callable[[Sequence[T]], R], items: Sequence[T], seconds: float) -> list[R]:
    """`work` on equal parts of `items`, in their order: one part, here, unless joblib is configured for more and there
    is enough to do. seconds: what all of it takes one core, roughly; nothing but that decision depends on it."""
    # Only oracles have so much to do; trainers need not wait for it to load.
    from joblib import Parallel, delayed, effective_n_jobs

    n_parts = min(len(items), effective_n_jobs(None)) if seconds >= LEAST_SECONDS else 1
    if n_parts <= 1:
        return [work(items)]
    cuts = [len(items) * part // n_parts for part in range(n_parts + 1)]
    parts = [items[start:stop] for start, stop in pairwise(cuts)]
    results: list[R] = Parallel()(delayed(work)(part) for part in parts)
    return results
