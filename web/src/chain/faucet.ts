/** Ether and test tokens of a development chain, from the node's own account. Only where the deployment says so. */
import { type Address, encodeFunctionData, type Hex, numberToHex, parseEther, parseUnits } from "viem";
import { tokenDoubleAbi } from "./abi/TokenDouble";
import type { ChainReader } from "./reader";

const ETHER = parseEther("10");
const TOKENS = "2000";
/** What minting needs at most; the node would estimate the same for each. */
const GAS = 200_000;

/** Gives `account` ether for gas and 2,000 of every token the deployment lists. Resolves when all is in a block. */
export async function fillWallet({ network, client }: ChainReader, account: Address): Promise<void> {
  const node = client as unknown as { request: (call: { method: string; params: unknown[] }) => Promise<unknown> };
  await node.request({ method: "anvil_setBalance", params: [account, numberToHex(ETHER)] });
  const [from] = (await node.request({ method: "eth_accounts", params: [] })) as Address[];
  const tokens = new Map([network.stakeToken, ...network.rewardTokens].map((token) => [token.address, token]));
  for (const { address, decimals } of tokens.values()) {
    const args = [account, parseUnits(TOKENS, decimals)] as const;
    const data = encodeFunctionData({ abi: tokenDoubleAbi, functionName: "mint", args });
    const transaction = { from, to: address, data, gas: numberToHex(GAS) };
    const hash = (await node.request({ method: "eth_sendTransaction", params: [transaction] })) as Hex;
    await client.waitForTransactionReceipt({ hash });
  }
}
