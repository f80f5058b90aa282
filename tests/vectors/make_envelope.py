"""Writes envelope.json: `python tests/vectors/make_envelope.py`. age files differ each time, all of them open."""

import json
from pathlib import Path

import bech32
import pyrage

from deltaml import sealing


def main() -> None:
    keys = []
    for first in (1, 2):
        words = bech32.convertbits(bytes([first]) * 32, 8, 5)
        keys.append(bech32.bech32_encode("age-secret-key-", words).upper())
    identities = [sealing.Identity(pyrage.x25519.Identity.from_str(key)) for key in keys]
    plaintext = bytes(range(256))
    vectors = {
        "identities": [
            {"key": key, "recipient": own.recipient.hex(), "text": sealing.recipient_to_text(own.recipient)}
            for key, own in zip(keys, identities, strict=True)
        ],
        "plaintext": plaintext.hex(),
        "sealed": sealing.seal(plaintext, [own.recipient for own in identities]).hex(),
    }
    Path(__file__).with_name("envelope.json").write_text(json.dumps(vectors, indent=1) + "\n")


if __name__ == "__main__":
    main()
