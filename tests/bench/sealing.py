"""What both locks cost beside phe and TenSEAL, side by side in one run.

`python -m tests.bench.sealing` writes build/bench/sealing.json. CPU seconds, medians; the variants of a comparison take
turns, so that a busy machine slows all of them: ratios are what counts. phe's work is measured on a few rows and
scaled to all, which are alike. phe works twice: with floats, as its users and the thesis do, and with the very integers
of ours (24-bit fixed point), which spares it long exponents and their alignment. Ours reads bytes, masks for a
committee of four, re-randomises and writes bytes; phe's only computes and obfuscates.
"""

import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import phe

from deltaml.sealing import (
    Ciphertexts,
    Identity,
    OwnerKey,
    Rerandomiser,
    affine,
    apply_masks,
    draw_seeds,
    encrypt,
    holder_sets,
    mask_projections,
    mask_sum,
    ring_masks,
    seal,
)

OUT = Path(__file__).parents[2] / "build" / "bench" / "sealing.json"
COMMITTEE = 4
LENGTHS = (10**3, 10**5, 10**6)
REPEATS = 7
PAILLIER_BITS = 2048
PAILLIER_SAMPLES = 50
KEY_BITS = (2048, 3072)
SIZES = (10, 30, 100)
FRACTION_BITS = 24
DATA_ROWS = 1000
PHE_ROWS = 10
"""How many of phe's rows are measured, of A and of the data."""
GRADIENT_REPEATS = 5
TASK_ROUNDS = 100
"""Rounds of a task over which the pool is spread in the amortised figures."""
CKKS = {"poly_modulus_degree": 8192, "coeff_mod_bit_sizes": [60, 40, 40, 60]}
TENSEAL_MISSING = "TenSEAL is not installed, so there are no figures for it: pip install '.[bench]'"

Work = Callable[[], object]


def cpu_seconds(works: dict[str, Work], repeats: int = REPEATS) -> dict[str, float]:
    """Median CPU time of each, called in turns."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            started = time.process_time()
            work()
            times[name].append(time.process_time() - started)
    return {name: median(values) for name, values in times.items()}


def committee_lock(length: int, phe_seconds: float) -> dict[str, Any]:
    """Per trainer: seal for a committee of four; one oracle's mask sum and score mask over the sets he holds."""
    rng = np.random.default_rng(0)
    update = rng.integers(-(2**30), 2**30, length)
    direction = rng.integers(-(2**24), 2**24, (1, length))
    seeds = draw_seeds(COMMITTEE)
    held = [seeds[index] for index, holders in enumerate(holder_sets(COMMITTEE)) if 0 in holders]
    works: dict[str, Work] = {
        "seal": lambda: apply_masks(update, seeds),
        "mask_sum": lambda: [mask_sum([seed], [1], length) for seed in held],
        "score_mask": lambda: mask_projections(held, direction),
    }
    rival = tenseal_works(rng.normal(0, 0.05, length))
    measured = cpu_seconds({**works, **rival})
    # Every member gets an age file with the seeds he holds.
    envelopes = COMMITTEE * len(seal(b"".join(held), [Identity.generate().recipient]))
    row: dict[str, Any] = {
        "length": length,
        **{f"{name}_cpu_seconds": seconds for name, seconds in measured.items()},
        "bytes_per_float": apply_masks(update, seeds).nbytes / length,
        "bytes_per_float_with_envelopes": (apply_masks(update, seeds).nbytes + envelopes) / length,
        "phe_seal_over_ours": phe_seconds * length / measured["seal"],
    }
    if rival:
        row["tenseal_encrypt_over_our_seal"] = measured["tenseal_encrypt"] / measured["seal"]
        row["tenseal_bytes_per_float"] = tenseal_bytes(length) / length
    return row


def tenseal_works(values: np.ndarray) -> dict[str, Work]:
    """CKKS on the same number of floats: encrypt, add, decrypt; nothing when TenSEAL is missing."""
    ts = tenseal()
    if ts is None:
        return {}
    context, chunks = ckks_context(ts), ckks_chunks(values)
    sealed = [ts.ckks_vector(context, chunk) for chunk in chunks]
    return {
        "tenseal_encrypt": lambda: [ts.ckks_vector(context, chunk) for chunk in chunks],
        "tenseal_add": lambda: [vector + vector for vector in sealed],
        "tenseal_decrypt": lambda: [vector.decrypt() for vector in sealed],
    }


def tenseal_bytes(length: int) -> int:
    ts = tenseal()
    assert ts is not None
    context = ckks_context(ts)
    sizes = {len(chunk): 0 for chunk in ckks_chunks(np.zeros(length))}
    total = 0
    for chunk in ckks_chunks(np.random.default_rng(0).normal(size=length)):
        # Full ciphertexts are all equally long.
        if not sizes[len(chunk)]:
            sizes[len(chunk)] = len(ts.ckks_vector(context, chunk).serialize())
        total += sizes[len(chunk)]
    return total


def tenseal() -> Any:
    try:
        import tenseal as ts
    except ImportError:
        return None
    return ts


def ckks_context(ts: Any) -> Any:
    context = ts.context(ts.SCHEME_TYPE.CKKS, n_threads=1, **CKKS)
    context.global_scale = 2**40
    return context


def ckks_chunks(values: np.ndarray) -> list[list[float]]:
    slots = int(CKKS["poly_modulus_degree"]) // 2  # type: ignore[call-overload]
    return [values[start : start + slots].tolist() for start in range(0, len(values), slots)]


class Gradient:
    """One trainer's round on an encrypted model of d weights, ours and phe's two ways."""

    def __init__(self, key: OwnerKey, d: int, rerandomiser: Rerandomiser) -> None:
        rng = np.random.default_rng(d)
        rows, weights = rng.normal(size=(DATA_ROWS, d)), rng.normal(size=d)
        matrix, offset = rows.T @ rows / DATA_ROWS, rng.normal(size=d)
        self.public, self.rerandomiser, self.seeds = key.public, rerandomiser, draw_seeds(COMMITTEE)
        self.matrix, self.offset = fixed(matrix), fixed(offset).tolist()
        encrypted = encrypt(key.public, fixed(weights).tolist())
        self.octets = encrypted.to_octets()
        public = key.public.to_phe()
        # Numbers, matrix, offset, data: as integers and as floats.
        self.integers: PheTask = (encrypted.to_phe(0), fixed(matrix), fixed(offset), fixed(rows))
        self.floats: PheTask = ([public.encrypt(float(w)) for w in weights], matrix, offset, rows)

    def ours(self) -> bytes:
        """From the owner's bytes to the trainer's: read, step, mask, re-randomise, write."""
        d = len(self.offset)
        weights = Ciphertexts.from_octets(self.public, self.octets, d)
        masks = ring_masks(self.seeds, d, self.public)
        return affine(weights, self.matrix, self.offset, masks, self.rerandomiser).to_octets()


PheTask = tuple[list[phe.EncryptedNumber], np.ndarray, np.ndarray, np.ndarray]


def fixed(values: np.ndarray) -> np.ndarray:
    return np.rint(values * 2**FRACTION_BITS).astype(np.int64)


def phe_rows(task: PheTask) -> list[phe.EncryptedNumber]:
    """PHE_ROWS rows of A w - b, not obfuscated."""
    numbers, matrix, offset, _ = task
    pairs = zip(matrix[:PHE_ROWS].tolist(), offset.tolist(), strict=False)
    return [phe_product(numbers, row) - constant for row, constant in pairs]


def phe_obfuscated_rows(task: PheTask) -> list[int]:
    return [number.ciphertext() for number in phe_rows(task)]


def phe_samples(task: PheTask) -> list[phe.EncryptedNumber]:
    """The thesis's way on PHE_ROWS samples: residual = <x, w> - y, gradient += residual * x; not obfuscated."""
    numbers, _, offset, data = task
    total: list[Any] = [0] * len(numbers)
    for sample in data[:PHE_ROWS].tolist():
        residual = phe_product(numbers, sample) - offset.tolist()[0]
        total = [so_far + residual * x for so_far, x in zip(total, sample, strict=True)]
    return total


def phe_product(numbers: list[phe.EncryptedNumber], row: list[Any]) -> phe.EncryptedNumber:
    return sum((number * a for number, a in zip(numbers[1:], row[1:], strict=True)), numbers[0] * row[0])


def gradients(bits: int) -> dict[str, Any]:
    key = OwnerKey.generate(bits)
    rerandomiser, plain = Rerandomiser(key.public), Rerandomiser(key.public)
    pool = cpu_seconds({"pool": rerandomiser.prepare}, 1)["pool"]
    draws = cpu_seconds({"pool": lambda: rerandomiser.draw(5), "plain": lambda: plain.draw(5)})
    saved = (draws["plain"] - draws["pool"]) / 5
    return {
        "key_bits": bits,
        "pool_cpu_seconds_once": pool,
        "draw_cpu_seconds": draws["pool"] / 5,
        "plain_draw_cpu_seconds": draws["plain"] / 5,
        "pool_pays_after_draws": round(pool / saved),
        "rounds": [gradient(key, d, rerandomiser, pool, saved) for d in SIZES],
    }


def gradient(key: OwnerKey, d: int, rerandomiser: Rerandomiser, pool: float, saved: float) -> dict[str, Any]:
    work = Gradient(key, d, rerandomiser)
    works: dict[str, Work] = {"ours": work.ours}
    for kind, task in (("float", work.floats), ("integer", work.integers)):
        works[f"{kind}_rows"] = partial(phe_obfuscated_rows, task)
        works[f"{kind}_bare"] = partial(phe_rows, task)
        works[f"{kind}_samples"] = partial(phe_samples, task)
    measured = cpu_seconds(works, GRADIENT_REPEATS)
    ours = measured["ours"]
    with_pool = ours + pool / TASK_ROUNDS
    octets, text = len(work.ours()), len(json.dumps([[str(c), 0] for c in phe_obfuscated_rows(work.integers)]))
    row = {
        "d": d,
        "ours_cpu_seconds": ours,
        "ours_with_pool_over_100_rounds_cpu_seconds": with_pool,
        "pool_pays_after_rounds": pool / (saved * d),
        "bytes": octets,
        "phe_json_bytes": round(text * d / PHE_ROWS),
        "phe_json_bytes_over_ours": text * d / PHE_ROWS / octets,
    }
    for kind in ("float", "integer"):
        matrix = measured[f"{kind}_rows"] * d / PHE_ROWS
        obfuscation = max(0.0, measured[f"{kind}_rows"] - measured[f"{kind}_bare"]) * d / PHE_ROWS
        samples = measured[f"{kind}_samples"] * DATA_ROWS / PHE_ROWS + obfuscation
        row |= {
            f"phe_{kind}_matrix_cpu_seconds": matrix,
            f"phe_{kind}_matrix_over_ours": matrix / ours,
            f"phe_{kind}_matrix_over_ours_with_pool": matrix / with_pool,
            f"phe_{kind}_1000_samples_cpu_seconds": samples,
            f"phe_{kind}_1000_samples_over_ours": samples / ours,
            f"phe_{kind}_1000_samples_over_ours_with_pool": samples / with_pool,
        }
    return row


def paillier_encrypt_seconds() -> float:
    """CPU seconds for one number with phe, the mean of many."""
    public, _ = phe.generate_paillier_keypair(n_length=PAILLIER_BITS)
    numbers = np.random.default_rng(0).normal(size=PAILLIER_SAMPLES)
    once = cpu_seconds({"phe": lambda: [public.encrypt(float(x)).ciphertext() for x in numbers]}, 1)
    return once["phe"] / PAILLIER_SAMPLES


def main() -> None:
    phe_seconds = paillier_encrypt_seconds()
    document = {
        "committee": COMMITTEE,
        "masks": [committee_lock(length, phe_seconds) for length in LENGTHS],
        "phe": {"bits": PAILLIER_BITS, "encryptions": PAILLIER_SAMPLES, "cpu_seconds_each": phe_seconds},
        "tenseal": TENSEAL_MISSING if tenseal() is None else {**CKKS, "threads": 1},
        "gradient": [gradients(bits) for bits in KEY_BITS],
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    print(OUT.read_text("utf-8"))
    if tenseal() is None:
        print(TENSEAL_MISSING)


if __name__ == "__main__":
    main()
