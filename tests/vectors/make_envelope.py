"""Writes envelope.json: `python tests/vectors/make_envelope.py`. age files differ each time, all of them open."""

import json
from pathlib import Path

import bech32
import pyrage

from deltaml import sealing
from deltaml.sealing import age_file


def main() -> None:
    keys = []
    for first in (1, 2):
        words = bech32.convertbits(bytes([first]) * 32, 8, 5)
        keys.append(bech32.bech32_encode("age-secret-key-", words).upper())
    identities = [sealing.Identity(pyrage.x25519.Identity.from_str(key)) for key in keys]
    plaintext, file_key = bytes(range(256)), bytes(range(16))
    recipients = [own.recipient for own in identities]
    vectors = {
        "identities": [
            {"key": key, "recipient": own.recipient.hex(), "text": sealing.recipient_to_text(own.recipient)}
            for key, own in zip(keys, identities, strict=True)
        ],
        "plaintext": plaintext.hex(),
        "sealed": sealing.seal(plaintext, recipients).hex(),
        "header": {"file_key": file_key.hex(), "text": age_file.write_header(file_key, recipients).decode("ascii")},
    }
    Path(__file__).with_name("envelope.json").write_text(json.dumps(vectors, indent=1) + "\n")


if __name__ == "__main__":
    main()
