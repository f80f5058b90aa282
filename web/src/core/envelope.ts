/** Confidential parts as age files (age-encryption.org/v1): X25519 recipients, several at once (R13). */
import { bech32 } from "@scure/base";
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { DerivedRecipient } from "./age-recipient";
import { toHex } from "./bytes";
import { InvalidInput, InvalidMessage, messageOf } from "./errors";

/** A model goes to the committee and every trainer of a round. */
export const MAX_RECIPIENTS = 1100;
export const RECIPIENT_BYTES = 32;
const HEADER_BYTES = 98 * MAX_RECIPIENTS + 1024; // a stanza each; version line, MAC and the random stanza age may add
const PAYLOAD_CHUNK_BYTES = 65536; // each sealed with a 16-byte tag; a 16-byte nonce goes before the first

/** A private age key. Neither printing nor serialising it shows the key; `toFileText` does, on purpose. */
export class Identity {
  readonly #key: string;

  private constructor(
    key: string,
    /** The X25519 public key, 32 bytes: what goes on chain. */
    readonly recipient: Uint8Array,
  ) {
    this.#key = key;
  }

  /** A fresh key from the browser's random source. */
  static async generate(): Promise<Identity> {
    return Identity.#of(await generateX25519Identity());
  }

  /** What `toFileText`, the command line or age-keygen wrote. Throws InvalidInput unless it is exactly one key. */
  static async fromFileText(text: string): Promise<Identity> {
    const lines = text.split(/\r?\n/).map((line) => line.trim());
    const [key, ...others] = lines.filter((line) => line && !line.startsWith("#"));
    if (key === undefined || others.length) {
      throw new InvalidInput("this is no identity file: expected one line AGE-SECRET-KEY-1...");
    }
    return Identity.#of(key);
  }

  static async #of(key: string): Promise<Identity> {
    let recipient: string;
    try {
      if (!key.startsWith("AGE-SECRET-KEY-1")) throw new Error("not an X25519 key");
      recipient = await identityToRecipient(key);
    } catch {
      // Without the cause, which may quote the key.
      throw new InvalidInput("the line that should be AGE-SECRET-KEY-1... is not an age X25519 key");
    }
    return new Identity(key, recipientFromText(recipient));
  }

  /** The text that `deltaml` and age read as an identity file. */
  toFileText(): string {
    return `# public key: ${recipientToText(this.recipient)}\n${this.#key}\n`;
  }

  /**
   * Decrypts an age file whose content may have up to `maxBytes`. Throws InvalidMessage when it is larger, damaged, or
   * not for this identity. The sender is not authenticated: the plaintext must say, and the chain confirm, who sent it.
   */
  async unseal(sealed: Uint8Array, maxBytes: number): Promise<Uint8Array> {
    const overhead = HEADER_BYTES + 16 + 16 * (Math.floor(maxBytes / PAYLOAD_CHUNK_BYTES) + 1);
    if (sealed.length > maxBytes + overhead) {
      throw new InvalidMessage(`sealed part of ${sealed.length} bytes; at most ${maxBytes} of content are allowed`);
    }
    const decrypter = new Decrypter();
    decrypter.addIdentity(this.#key);
    let content: Uint8Array;
    try {
      content = await decrypter.decrypt(sealed);
    } catch (error) {
      throw new InvalidMessage(`sealed part does not open: ${messageOf(error)}`);
    }
    if (content.length > maxBytes) {
      throw new InvalidMessage(`sealed part holds ${content.length} bytes; at most ${maxBytes} are allowed`);
    }
    return content;
  }
}

/** 32 bytes to age1... (BIP-173). Throws InvalidInput for another size. */
export function recipientToText(recipient: Uint8Array): string {
  if (recipient.length !== RECIPIENT_BYTES) {
    throw new InvalidInput(`an age recipient has ${recipient.length} bytes; expected ${RECIPIENT_BYTES}`);
  }
  return bech32.encodeFromBytes("age", recipient);
}

/** age1... to 32 bytes. Throws InvalidInput when it is not an X25519 recipient. */
export function recipientFromText(text: string): Uint8Array {
  try {
    const { prefix, bytes } = bech32.decodeToBytes(text);
    if (prefix === "age" && bytes.length === RECIPIENT_BYTES) return bytes;
  } catch {
    // Said below, as for other prefixes and lengths.
  }
  throw new InvalidInput(`${text.slice(0, 80)} is not an age X25519 recipient (age1...)`);
}

/**
 * Encrypts to all `recipients` (X25519 public keys of 32 bytes): any of them can open it, and can tell that all of them
 * can. Throws InvalidInput for no or too many recipients, or for a key of low order, which would open it to everybody.
 */
export async function seal(content: Uint8Array, recipients: readonly Uint8Array[]): Promise<Uint8Array> {
  if (recipients.length < 1 || recipients.length > MAX_RECIPIENTS) {
    throw new InvalidInput(`${recipients.length} recipients; expected 1 to ${MAX_RECIPIENTS}`);
  }
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(new DerivedRecipient(recipient));
  try {
    return await encrypter.encrypt(content);
  } catch (error) {
    // X25519 fails on keys of low order alone (RFC 7748 §6.1).
    throw new InvalidInput(`can't seal to ${recipients.map(toHex).join(", ")}: ${messageOf(error)}`);
  }
}

/** Those that can be sealed to. Who registered another key (of low order) reads nothing, and stops nobody else. */
export async function usableRecipients(recipients: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const usable = await Promise.all(
    recipients.map((recipient) =>
      seal(new Uint8Array(), [recipient]).then(
        () => true,
        () => false,
      ),
    ),
  );
  return recipients.filter((_, index) => usable[index]);
}
