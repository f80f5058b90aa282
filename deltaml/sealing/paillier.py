"""The owner lock: additively homomorphic encryption under the model owner's key (design §3). All its parts by name."""

from deltaml.sealing.affine import affine
from deltaml.sealing.ciphertexts import Ciphertexts, inner_products, weighted_sum
from deltaml.sealing.encryption import encrypt, verify_openings
from deltaml.sealing.key_proof import prove_key, verify_key
from deltaml.sealing.owner_key import MAX_KEY_BITS, MIN_KEY_BITS, Opening, OwnerKey, OwnerPublicKey
from deltaml.sealing.rerandomiser import Rerandomiser

__all__ = [
    "MAX_KEY_BITS",
    "MIN_KEY_BITS",
    "Ciphertexts",
    "Opening",
    "OwnerKey",
    "OwnerPublicKey",
    "Rerandomiser",
    "affine",
    "encrypt",
    "inner_products",
    "prove_key",
    "verify_key",
    "verify_openings",
    "weighted_sum",
]
