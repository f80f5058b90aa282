import { describe, expect, test } from "vitest";
import { BadDeployment, parseDeployments } from "../../src/chain/network";
import { metamaskLink, offeredWallets } from "../../src/chain/wallet";

const GOOD = {
  chainId: 31337,
  name: "Local chain",
  rpcUrl: "http://127.0.0.1:8545",
  ipfsApi: "http://127.0.0.1:5001/",
  market: "0xa513e6e4b8f2a923d98304ec87f64353c4d5c853",
  vault: "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0",
  committees: "0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9",
  stakeToken: { address: "0x5FbDB2315678afecb367f032d93F642f64180aa3", symbol: "STK", decimals: 18 },
  rewardTokens: [],
  blockNumber: 3,
};

describe("deployment.json", () => {
  test("a list, alone or named", () => {
    expect(parseDeployments([GOOD])).toEqual(parseDeployments({ networks: [GOOD] }));
    expect(parseDeployments([GOOD])[0]).toMatchObject({
      blockNumber: 3n,
      ipfsApi: "http://127.0.0.1:5001",
      market: "0xa513E6E4b8f2a923D98304ec87F64353C4D5C853",
    });
  });

  test.each([
    [{ market: "0x12" }, /\[0\]\.market: expected an address, got 0x12/],
    [{ chainId: "1" }, /\[0\]\.chainId: expected a whole number/],
    [{ rpcUrl: "" }, /\[0\]\.rpcUrl: expected a text/],
    [{ rewardTokens: [{}] }, /\[0\]\.rewardTokens\[0\]\.address/],
  ])("says which field is wrong", (change, message) => {
    expect(() => parseDeployments([{ ...GOOD, ...change }])).toThrow(message);
  });

  test.each([[[]], [{}], ["text"], [null]])("%j is none", (document) => {
    expect(() => parseDeployments(document)).toThrow(BadDeployment);
  });
});

describe("wallets to offer", () => {
  const announced = { id: "io.metamask" };
  const injected = { id: "injected" };

  test("those that announced themselves, without the nameless one", () => {
    expect(offeredWallets([injected, announced], true)).toEqual([announced]);
  });

  test("the nameless one when nobody did, and none in a browser without", () => {
    expect(offeredWallets([injected], true)).toEqual([injected]);
    expect(offeredWallets([injected], false)).toEqual([]);
  });

  test("a phone opens this very page in MetaMask", () => {
    expect(metamaskLink({ host: "deltaml.example", pathname: "/app/", hash: "#/task/7" })).toBe(
      "https://metamask.app.link/dapp/deltaml.example/app/#/task/7",
    );
  });
});
