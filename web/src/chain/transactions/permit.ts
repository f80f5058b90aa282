/** EIP-2612: a signature in place of the transaction that lets a contract take tokens. */
import { type Address, encodeAbiParameters, type Hex, keccak256, parseSignature, stringToHex } from "viem";
import { tokenDoubleAbi } from "../abi/TokenDouble";
import type { Network } from "../network";
import type { ChainReader } from "../reader";
import { type Call, marketCall, type Spending, vaultCall } from "./call";

const VALID_SECONDS = 3_600;
const DOMAIN_TYPE = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
/** The type must hold exactly the fields of the token's own, or the signature is for something else. */
const PERMIT_TYPES = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
} as const;

/** What the wallet signs. */
export interface PermitRequest {
  readonly domain: {
    readonly name: string;
    readonly version: string;
    readonly chainId: number;
    readonly verifyingContract: Address;
  };
  readonly types: typeof PERMIT_TYPES;
  readonly primaryType: "Permit";
  readonly message: {
    readonly owner: Address;
    readonly spender: Address;
    readonly value: bigint;
    readonly nonce: bigint;
    readonly deadline: bigint;
  };
}

/** The permission to sign for `spending`, or null when the token takes none that this page can form. */
export async function preparePermit(
  reader: ChainReader,
  owner: Address,
  spending: Spending,
  now: number,
): Promise<PermitRequest | null> {
  const token = { address: spending.token.address, abi: tokenDoubleAbi } as const;
  try {
    const [nonce, separator, name] = await Promise.all([
      reader.client.readContract({ ...token, functionName: "nonces", args: [owner] }),
      reader.client.readContract({ ...token, functionName: "DOMAIN_SEPARATOR" }),
      reader.client.readContract({ ...token, functionName: "name" }),
    ]);
    const { chainId } = reader.network;
    const version = ["1", "2"].find((v) => domainSeparator(name, v, chainId, token.address) === separator);
    if (version === undefined) return null;
    return {
      domain: { name, version, chainId, verifyingContract: token.address },
      types: PERMIT_TYPES,
      primaryType: "Permit",
      message: {
        owner,
        spender: spending.spender,
        value: spending.amount,
        nonce,
        deadline: BigInt(now + VALID_SECONDS),
      },
    };
  } catch {
    return null;
  }
}

/** The call by which the spender uses the signature; it never reverts. */
export function permitCall(network: Network, spending: Spending, request: PermitRequest, signature: Hex): Call {
  const { r, s, v, yParity } = parseSignature(signature);
  const recovery = Number(v ?? BigInt(yParity + 27));
  const { deadline, value } = request.message;
  if (spending.through === "vault") return vaultCall(network, "selfPermit", [value, deadline, recovery, r, s]);
  return marketCall(network, "selfPermit", [spending.token.address, value, deadline, recovery, r, s]);
}

function domainSeparator(name: string, version: string, chainId: number, token: Address): Hex {
  const hash = (text: string) => keccak256(stringToHex(text));
  return keccak256(
    encodeAbiParameters(
      [{ type: "bytes32" }, { type: "bytes32" }, { type: "bytes32" }, { type: "uint256" }, { type: "address" }],
      [hash(DOMAIN_TYPE), hash(name), hash(version), BigInt(chainId), token],
    ),
  );
}
