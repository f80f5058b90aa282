/**
 * An age recipient (X25519) to whom the header is written so that every reader can tell that all the others can read.
 *
 * age leaves the ephemeral keys of a header to chance. Here each follows from the file key, as in the transform of
 * Fujisaki and Okamoto (CRYPTO 1999): who opens the file can write its whole header again, and oracles refuse one in
 * which a part that is meant for somebody else was spoilt. The twin of deltaml/sealing/age_file.py.
 */
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { base64nopad } from "@scure/base";
import { type Recipient, Stanza } from "age-encryption";

const WRAP_INFO = utf8ToBytes("age-encryption.org/v1/X25519");
const EPHEMERAL_INFO = utf8ToBytes("deltaml/age-ephemeral/v1\0");
// Every wrap key wraps one file key.
const NO_NONCE = new Uint8Array(12);

export class DerivedRecipient implements Recipient {
  constructor(private readonly recipient: Uint8Array) {}

  /** Throws for a key of low order, with which everybody shares a secret. */
  wrapFileKey(fileKey: Uint8Array): Stanza[] {
    const info = concatBytes(EPHEMERAL_INFO, this.recipient);
    const secret = hkdf(sha256, fileKey, new Uint8Array(), info, 32);
    const share = x25519.getPublicKey(secret);
    const shared = x25519.getSharedSecret(secret, this.recipient);
    const key = hkdf(sha256, shared, concatBytes(share, this.recipient), WRAP_INFO, 32);
    return [new Stanza(["X25519", base64nopad.encode(share)], chacha20poly1305(key, NO_NONCE).encrypt(fileKey))];
  }
}
