/** How each trainer trains locally in a round. */
export interface LocalTraining {
  readonly epochs: number;
  /** 0: all rows at once. */
  readonly batchSize: number;
  readonly learningRate: number;
  readonly momentum: number;
}
