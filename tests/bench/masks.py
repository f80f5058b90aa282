"""What the committee lock costs, beside encrypting the same numbers with Paillier (`phe`), in one run.

`python -m tests.bench.masks` writes build/bench/sealing.json. CPU seconds; ratios are what counts, machines are noisy.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import phe

from deltaml.sealing import apply_masks, draw_seeds, holder_sets, mask_projections, mask_sum

OUT = Path(__file__).parents[2] / "build" / "bench" / "sealing.json"
COMMITTEE = 4
LENGTHS = (10**3, 10**5, 10**6)
REPEATS = 7
PAILLIER_BITS = 2048
PAILLIER_SAMPLES = 50


def cpu_seconds(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Median CPU time of a call."""
    times = []
    for _ in range(repeats):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return median(times)


def masks(length: int) -> dict[str, float]:
    """Per trainer: seal for a committee of four; one oracle's mask sum and score mask over the sets he holds."""
    rng = np.random.default_rng(0)
    update = rng.integers(-(2**30), 2**30, length)
    direction = rng.integers(-(2**24), 2**24, (1, length))
    seeds = draw_seeds(COMMITTEE)
    held = [seeds[index] for index, holders in enumerate(holder_sets(COMMITTEE)) if 0 in holders]
    return {
        "length": length,
        "seal_cpu_seconds": cpu_seconds(lambda: apply_masks(update, seeds)),
        "mask_sum_cpu_seconds": cpu_seconds(lambda: [mask_sum([seed], [1], length) for seed in held]),
        "score_mask_cpu_seconds": cpu_seconds(lambda: mask_projections(held, direction)),
    }


def paillier_encrypt_seconds() -> float:
    """CPU seconds for one number with phe, the mean of many."""
    public, _ = phe.generate_paillier_keypair(n_length=PAILLIER_BITS)
    numbers = np.random.default_rng(0).normal(size=PAILLIER_SAMPLES)
    return cpu_seconds(lambda: [public.encrypt(float(x)).ciphertext() for x in numbers], 1) / PAILLIER_SAMPLES


def main() -> None:
    rows = [masks(length) for length in LENGTHS]
    phe_seconds = paillier_encrypt_seconds()
    for row in rows:
        row["phe_seal_over_ours"] = phe_seconds * row["length"] / row["seal_cpu_seconds"]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    document = {"committee": COMMITTEE, "masks": rows, "phe": {"bits": PAILLIER_BITS, "cpu_seconds_each": phe_seconds}}
    OUT.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    print(OUT.read_text("utf-8"))


if __name__ == "__main__":
    main()
