/** A data set on this device: what it is called and holds, beside the columns themselves. */
import type { Hex } from "../core/bytes";
import type { ColumnSummary } from "../core/table";

export interface DataSetFacts {
  /** sha2-256 of the file, in hex: the data set's name on this device and in consents. */
  readonly digest: Hex;
  readonly name: string;
  readonly rows: number;
  readonly columns: readonly ColumnSummary[];
}
