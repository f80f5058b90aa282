/** Reading maps that strangers wrote: every field named, typed and bounded, or InvalidMessage. */
import type { Value } from "./blocks";
import { InvalidMessage } from "./errors";

export const MAX_TEXT_LENGTH = 2_000;

/** A decoded DAG-CBOR map under inspection; `what` names it in errors. */
export class Fields {
  private constructor(
    readonly what: string,
    readonly values: ReadonlyMap<string, Value>,
  ) {}

  /** Checks that `value` is a map with exactly `names`. Throws InvalidMessage. */
  static of(what: string, value: Value, names: readonly string[]): Fields {
    const given = Fields.some(what, value, names);
    const missing = names.filter((name) => !given.values.has(name));
    if (missing.length) throw new InvalidMessage(`${what}: missing fields ${missing.join(", ")}`);
    return given;
  }

  /** Checks that `value` is a map with some of `names`, and no others. Throws InvalidMessage. */
  static some(what: string, value: Value, names: readonly string[]): Fields {
    if (!isMap(value)) throw new InvalidMessage(`${what}: expected a map, got ${typeof value}`);
    const values = new Map(Object.entries(value));
    const extra = [...values.keys()].filter((name) => !names.includes(name));
    if (extra.length) throw new InvalidMessage(`${what}: unknown fields ${extra.slice(0, 10).join(", ")}`);
    return new Fields(what, values);
  }

  get(name: string): Value {
    return this.values.get(name) ?? null;
  }

  fail(name: string, expected: string): InvalidMessage {
    return new InvalidMessage(`${this.what}.${name}: expected ${expected}, got ${shown(this.get(name))}`);
  }

  /** For ranges within ±2^53. */
  integer(name: string, low: number, high: number): number {
    const value = this.get(name);
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < low || value > high) {
      throw this.fail(name, `an integer in [${low}, ${high}]`);
    }
    return value;
  }

  /** For ranges within 64 bits. */
  wide(name: string, low: bigint, high: bigint): bigint {
    const value = asBigInt(this.get(name));
    if (value === null || value < low || value > high) throw this.fail(name, `an integer in [${low}, ${high}]`);
    return value;
  }

  flag(name: string): boolean {
    const value = this.get(name);
    if (typeof value !== "boolean") throw this.fail(name, "true or false");
    return value;
  }

  text(name: string): string {
    const value = this.get(name);
    // Characters, not UTF-16 units: as Python counts them.
    if (typeof value !== "string" || (value.length > MAX_TEXT_LENGTH && [...value].length > MAX_TEXT_LENGTH)) {
      throw this.fail(name, `a text of at most ${MAX_TEXT_LENGTH} characters`);
    }
    return value;
  }

  choice<T extends string>(name: string, choices: readonly T[]): T {
    const value = this.text(name);
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw this.fail(name, `one of ${choices.join(", ")}`);
    return found;
  }

  /** Bytes of exactly `length`. */
  octets(name: string, length: number): Uint8Array {
    const value = this.get(name);
    if (!(value instanceof Uint8Array) || value.length !== length) throw this.fail(name, `${length} bytes`);
    return value;
  }

  octetsUpTo(name: string, maxLength: number): Uint8Array {
    const value = this.get(name);
    if (!(value instanceof Uint8Array) || value.length > maxLength) throw this.fail(name, `at most ${maxLength} bytes`);
    return value;
  }

  sequence(name: string, low: number, high: number): readonly Value[] {
    const value = this.get(name);
    if (!Array.isArray(value) || value.length < low || value.length > high) {
      throw this.fail(name, `a list of ${low} to ${high} items`);
    }
    return value;
  }
}

export function asBigInt(value: Value): bigint | null {
  if (typeof value === "bigint") return value;
  return typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : null;
}

function isMap(value: Value): value is { readonly [name: string]: Value } {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function shown(value: Value): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "a map or link";
  return typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : String(value);
}
