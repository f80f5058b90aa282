/** One sentence per error of the contracts; the type holds that none is missing and that arguments fit. */
import type { Abi, AbiParameterToPrimitiveType, Address } from "viem";
import { committeesAbi } from "./abi/Committees";
import { stakeVaultAbi } from "./abi/StakeVault";
import { taskMarketAbi } from "./abi/TaskMarket";
import { tokenDoubleAbi } from "./abi/TokenDouble";
import type { ErrorContext } from "./errors";
import { formatMoney } from "./money";
import { formatDate } from "./time";

export type AbiError = Extract<Abi[number], { readonly type: "error" }>;
type ErrorsOf<A extends Abi> = Extract<A[number], { readonly type: "error" }>;
type KnownError =
  | ErrorsOf<typeof taskMarketAbi>
  | ErrorsOf<typeof stakeVaultAbi>
  | ErrorsOf<typeof committeesAbi>
  | ErrorsOf<typeof tokenDoubleAbi>;
export type KnownErrorName = KnownError["name"];

type Args<I extends AbiError["inputs"]> = { readonly [K in keyof I]: AbiParameterToPrimitiveType<I[K]> };
type Sentences = {
  readonly [E in KnownError as E["name"]]: (args: Args<E["inputs"]>, context: ErrorContext) => string;
};

/** All of them once: what is thrown inside a call of the market may be the vault's or the token's. */
export const ERROR_ABI: readonly AbiError[] = [
  { type: "error", name: "Error", inputs: [{ name: "message", type: "string" }] },
  { type: "error", name: "Panic", inputs: [{ name: "code", type: "uint256" }] },
  ...unique([...taskMarketAbi, ...stakeVaultAbi, ...committeesAbi, ...tokenDoubleAbi]),
];

const STATUSES = ["unknown", "waiting for data owners", "being trained", "completed", "failed", "cancelled"];

const short = (account: Address) => `${account.slice(0, 6)}…${account.slice(-4)}`;
const round = (number: bigint) => `round ${number + 1n}`;
const when = (seconds: bigint) => formatDate(Number(seconds));
const stake = (amount: bigint, { stake: token }: ErrorContext) => formatMoney({ token, amount });
/** Of a token that the error does not name: the reward token if there is one in the play. */
const either = (amount: bigint, { stake: token, reward }: ErrorContext) =>
  formatMoney({ token: reward ?? token, amount });

export const SENTENCES: Sentences = {
  TaskMarket_Unknown: ([task]) => `There is no task ${task}.`,
  TaskMarket_ZeroAddress: () => "The address to pay to is missing.",
  TaskMarket_BadParam: ([name]) => `The task's "${name}" is outside what the market allows.`,
  TaskMarket_TransferShort: ([expected, received], c) =>
    `The token moved ${either(received, c)} instead of ${either(expected, c)}; tokens that take a fee can't be used.`,
  TaskMarket_NotOwner: ([caller]) => `Only the task's owner can do this, not ${short(caller)}.`,
  TaskMarket_NotMember: ([task, caller]) => `${short(caller)} has no seat in the committee of task ${task}.`,
  TaskMarket_NotTrainer: ([task, caller]) => `${short(caller)} has not joined task ${task}.`,
  TaskMarket_NotArbiter: ([caller, dispute]) => `${short(caller)} does not decide dispute ${dispute}.`,
  TaskMarket_MayNotAnnounce: ([task, caller]) =>
    `Only the owner and the committee of task ${task} can announce, not ${short(caller)}.`,
  TaskMarket_WrongStatus: ([task, status]) =>
    `Task ${task} is ${STATUSES[status] ?? `in state ${status}`}, so this can't be done now.`,
  TaskMarket_WrongRound: ([task, current, given]) =>
    `Task ${task} is in ${round(current)}; this was for ${round(given)}.`,
  TaskMarket_OutsideWindow: ([now, start, end]) => {
    if (now < start) return `Too early: this can be done from ${when(start)} on (the chain's time is ${when(now)}).`;
    return `Too late: this could be done until ${when(end)} (the chain's time is ${when(now)}).`;
  },
  TaskMarket_AlreadyJoined: ([task, trainer]) => `${short(trainer)} has joined task ${task} already.`,
  TaskMarket_BadUnits: ([units, max]) => `${units} stake units were given; from 1 to ${max} are allowed.`,
  TaskMarket_ZeroRecipient: () => "The public key that models are sealed to is missing.",
  TaskMarket_ZeroDigest: () => "The digest is missing.",
  TaskMarket_AlreadySubmitted: ([task, number, trainer]) =>
    `${short(trainer)} has sent an update for ${round(number)} of task ${task} already; one counts per round.`,
  TaskMarket_AlreadyCommitted: ([task, number, member]) =>
    `${short(member)} has committed to ${round(number)} of task ${task} already.`,
  TaskMarket_NotCommitted: ([task, number, member]) =>
    `${short(member)} has not committed to ${round(number)} of task ${task}, so there is nothing to open.`,
  TaskMarket_AlreadyOpened: ([task, number, member]) =>
    `${short(member)} has opened the work of ${round(number)} of task ${task} already.`,
  TaskMarket_CommitmentMismatch: ([committed, given]) =>
    `What was opened (${given.slice(0, 10)}…) is not what was committed (${committed.slice(0, 10)}…).`,
  TaskMarket_AlreadyVoted: ([task, number, member]) =>
    `${short(member)} has voted on ${round(number)} of task ${task} already.`,
  TaskMarket_BadVouch: ([given, allowed]) =>
    `The vote vouches for seats (${given.toString(2)}) that the committee does not have (${allowed.toString(2)}).`,
  TaskMarket_NoQuorum: ([task, number]) => `The committee has not agreed on ${round(number)} of task ${task} yet.`,
  TaskMarket_AlreadyRevealed: ([task, number]) => `The result of ${round(number)} of task ${task} is known already.`,
  TaskMarket_NotRevealed: ([task, number]) => `The result of ${round(number)} of task ${task} is not known yet.`,
  TaskMarket_HashMismatch: ([quorum, given]) =>
    `This result (${given.slice(0, 10)}…) is not the one the committee voted for (${quorum.slice(0, 10)}…).`,
  TaskMarket_BadReport: ([reason]) => `The committee's result breaks a rule of the market: ${reason}.`,
  TaskMarket_TooFewTrainers: ([joined, needed]) => `${joined} data owners have joined; ${needed} are needed to start.`,
  TaskMarket_EnoughTrainers: ([joined, needed]) =>
    `${joined} data owners have joined, and ${needed} are enough: the task can start and can't be cancelled.`,
  TaskMarket_TrainersJoined: ([joined]) =>
    `${joined} data owners have joined already; a task can only be cancelled before the first.`,
  TaskMarket_NotFinal: ([task, number]) =>
    `The result of ${round(number)} of task ${task} can still be challenged; wait until it is final.`,
  TaskMarket_AlreadySettled: ([task, number]) => `${upper(round(number))} of task ${task} is settled already.`,
  TaskMarket_NotSettled: ([task, number]) => `${upper(round(number))} of task ${task} is not settled yet.`,
  TaskMarket_NoArbiter: ([task]) => `Task ${task} names no arbiter, so its results can't be challenged.`,
  TaskMarket_AlreadyChallenged: ([task, number]) => `${upper(round(number))} of task ${task} was challenged already.`,
  TaskMarket_NotChallenged: ([task, number]) => `No challenge of ${round(number)} of task ${task} is open.`,
  TaskMarket_ArbitrationCost: ([needed, given]) =>
    `The arbiter asks ${ether(needed)}; ${ether(given)} were sent. The price may have changed: try again.`,
  TaskMarket_BadProof: ([task, number]) =>
    `The proof does not fit the scores of ${round(number)} of task ${task}. Reload the page and try again.`,
  TaskMarket_AlreadyClaimed: ([task, number, account]) =>
    `${short(account)} has collected ${round(number)} of task ${task} already.`,
  TaskMarket_NothingToClaim: ([task, account]) => `There is nothing of task ${task} for ${short(account)} to collect.`,
  TaskMarket_AlreadyLeft: ([task, trainer]) => `${short(trainer)} has taken the stake back from task ${task} already.`,
  TaskMarket_StillOpen: ([task]) => `Task ${task} has not ended, or a round of it is not settled yet.`,
  TaskMarket_AlreadyClosed: ([task]) => `Task ${task} is closed already.`,
  StakeVault_NotBook: ([caller]) => `Only the market and the committees can move stakes, not ${short(caller)}.`,
  StakeVault_BooksAlreadySet: () => "The vault knows its market already.",
  StakeVault_NotDeployer: ([caller]) => `Only the vault's deployer can do this, not ${short(caller)}.`,
  StakeVault_ZeroAddress: () => "The address to pay to is missing.",
  StakeVault_ZeroAmount: () => "The amount is zero.",
  StakeVault_DepositTooLarge: ([amount, room], c) =>
    `The vault has room for ${stake(room, c)} more; ${stake(amount, c)} were given.`,
  StakeVault_FreeTooSmall: ([account, free, needed], c) =>
    `${short(account)} has ${stake(free, c)} free in the vault; ${stake(needed, c)} are needed. Deposit more stake first.`,
  StakeVault_LockTooSmall: ([account, locked, needed], c) =>
    `${short(account)} has ${stake(locked, c)} locked; ${stake(needed, c)} were to be taken.`,
  StakeVault_PotTooSmall: ([pot, needed], c) =>
    `The vault's pot holds ${stake(pot, c)}; ${stake(needed, c)} are needed.`,
  StakeVault_TransferShort: ([expected, received], c) =>
    `The stake token moved ${stake(received, c)} instead of ${stake(expected, c)}.`,
  Committees_NotMarket: ([caller]) => `Only the market can do this, not ${short(caller)}.`,
  Committees_MarketAlreadySet: () => "The committees know their market already.",
  Committees_NotDeployer: ([caller]) => `Only the deployer of the committees can do this, not ${short(caller)}.`,
  Committees_ZeroAddress: () => "A member's address is missing.",
  Committees_BadSize: ([size]) => `A committee has 4, 7 or 10 members, not ${size}.`,
  Committees_DuplicateMember: ([member]) => `${short(member)} is named twice.`,
  Committees_ZeroStake: () => "The stake of a seat is zero.",
  Committees_PenaltyAboveStake: ([penalty, seat], c) =>
    `The penalty of ${stake(penalty, c)} is above the stake of a seat, ${stake(seat, c)}.`,
  Committees_LengthMismatch: ([tokens, rates]) => `${tokens} tokens were given but ${rates} rates.`,
  Committees_Unknown: ([id]) => `There is no committee ${id}.`,
  Committees_NotMember: ([id, caller]) => `${short(caller)} has no seat in committee ${id}.`,
  Committees_AlreadyEnrolled: ([id, member]) => `${short(member)} has enrolled in committee ${id} already.`,
  Committees_NotEnrolled: ([id, member]) => `${short(member)} has not enrolled in committee ${id}.`,
  Committees_ZeroRecipient: () => "The member's public key is missing.",
  Committees_NotComplete: ([id, enrolled, size]) =>
    `Committee ${id} is not complete: ${enrolled} of ${size} members have enrolled. Choose another.`,
  Committees_IsRetired: ([id]) => `Committee ${id} has retired and takes no new task. Choose another.`,
  Committees_NotRetired: ([id]) => `Committee ${id} has not retired.`,
  Committees_TasksOpen: ([id, open]) => `Committee ${id} still has ${open} open tasks.`,
  Committees_AlreadyLeft: ([id, member]) => `${short(member)} has left committee ${id} already.`,
  Committees_TokenNotAccepted: ([id, token]) => `Committee ${id} does not accept the reward token ${short(token)}.`,
  Committees_WindowTooShort: ([given, least]) =>
    `A window of ${given} seconds was given; the committee needs ${least}.`,
  Committees_FeeTooSmall: ([fee, least], c) =>
    `The fee per round counts as ${stake(fee, c)}; the committee asks for ${stake(least, c)} at least.`,
  Committees_BondTooSmall: ([given, least], c) =>
    `The challenger's bond is ${stake(given, c)}; the committee asks for ${stake(least, c)} at least.`,
  Committees_ArbiterNotAccepted: ([id, arbiter]) => `Committee ${id} does not accept ${short(arbiter)} as arbiter.`,
  Committees_ExposureTooHigh: ([id, exposure, limit], c) =>
    `Committee ${id} would answer for ${stake(exposure, c)}, more than its limit of ${stake(limit, c)}. ` +
    "Choose a smaller pool or another committee.",
  AddressEmptyCode: ([target]) => `There is no contract at ${short(target)}.`,
  FailedCall: () => "A call inside the transaction failed without giving a reason.",
  ReentrancyGuardReentrantCall: () => "The contract is in the middle of another call.",
  SafeERC20FailedOperation: ([token]) => `The token ${short(token)} refused the transfer.`,
  ECDSAInvalidSignature: () => "The signature is not valid.",
  ECDSAInvalidSignatureLength: ([length]) => `The signature has ${length} bytes, which is not a valid length.`,
  ECDSAInvalidSignatureS: ([s]) => `The signature is not in its canonical form (s is ${s.slice(0, 10)}…).`,
  ERC20InsufficientAllowance: ([spender, allowance, needed], c) =>
    `${short(spender)} may take ${either(allowance, c)} from your wallet; ${either(needed, c)} are needed.`,
  ERC20InsufficientBalance: ([sender, balance, needed], c) =>
    `${short(sender)} has ${either(balance, c)}; ${either(needed, c)} are needed.`,
  ERC20InvalidApprover: ([approver]) => `${short(approver)} can't give an allowance.`,
  ERC20InvalidReceiver: ([receiver]) => `${short(receiver)} can't receive tokens.`,
  ERC20InvalidSender: ([sender]) => `${short(sender)} can't send tokens.`,
  ERC20InvalidSpender: ([spender]) => `${short(spender)} can't be given an allowance.`,
  ERC2612ExpiredSignature: ([deadline]) => `The signed permission ended on ${when(deadline)}.`,
  ERC2612InvalidSigner: ([signer, owner]) => `The permission was signed by ${short(signer)}, not by ${short(owner)}.`,
  InvalidAccountNonce: ([account, nonce]) =>
    `The signed permission of ${short(account)} has the wrong number; ${nonce} is next.`,
  InvalidShortString: () => "A text of the token is malformed.",
  StringTooLong: ([text]) => `A text of the token is too long: ${text.slice(0, 32)}.`,
};

function ether(amount: bigint): string {
  return formatMoney({
    token: { address: "0x0000000000000000000000000000000000000000", symbol: "ETH", decimals: 18 },
    amount,
  });
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function unique(entries: Abi): readonly AbiError[] {
  const errors = entries.filter((entry): entry is AbiError => entry.type === "error");
  return [...new Map(errors.map((error) => [error.name, error])).values()];
}
