/** What pages, `owner` and `data` use of the chain. */
export { type ErrorContext, type Explanation, errorContext, explainError } from "./errors";
export { storeOf, useSpec, useSpecs, useStore } from "./hooks/blocks";
export { chainNow, useChainNow } from "./hooks/clock";
export { ChainContext, type ChainSetting, useChain, useNetwork, useReader } from "./hooks/context";
export { keys } from "./hooks/keys";
export {
  type ListedTask,
  type TaskDetail,
  useAccountStake,
  useBalance,
  useCommittee,
  useCommittees,
  useEther,
  useRate,
  useTask,
  useTaskEvents,
  useTasks,
  useToken,
} from "./hooks/queries";
export { exactAmount, formatAmount, formatMoney, formatWadPercent, type Money, parseMoney } from "./money";
export { loadNetworks, type Network, type Token } from "./network";
export { type ChainReader, createReader, readHead } from "./reader";
export { type Deadline, isClosed, isFinal, isRoundFinal, type Standing, standingOf } from "./status";
export { formatDate, formatDuration, formatRelative } from "./time";
export {
  type Call,
  committeesCall,
  type ExplainedCall,
  marketCall,
  type Spending,
  vaultCall,
} from "./transactions/call";
export type { TransactionResult } from "./transactions/session";
export { type Transactions, useTransaction } from "./transactions/use-transaction";
export * from "./types";
