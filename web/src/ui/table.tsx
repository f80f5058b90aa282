import type { ReactNode } from "react";
import { classNames } from "./button";

export interface TableColumn<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ReactNode;
  readonly end?: boolean;
  /** Names the row; the first column unless another says so. */
  readonly head?: boolean;
  /** Without the column's name beside it on a phone. */
  readonly bare?: boolean;
}

/** Rows and columns; on a phone, cards. `caption` says what it shows, for everybody or for screen readers only. */
export function Table<Row>({
  caption,
  hideCaption = false,
  columns,
  rows,
  rowKey,
}: {
  readonly caption: string;
  readonly hideCaption?: boolean;
  readonly columns: readonly TableColumn<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
}) {
  const head = Math.max(
    0,
    columns.findIndex((column) => column.head),
  );
  return (
    <table className="stacked">
      <caption className={hideCaption ? "visually-hidden" : undefined}>{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.name} scope="col" className={column.end ? "end" : undefined}>
              {column.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)}>
            {columns.map((column, index) =>
              index === head ? (
                <th key={column.name} scope="row" className={classNames(column.end ? "end" : "")}>
                  {column.cell(row)}
                </th>
              ) : (
                <td
                  key={column.name}
                  className={column.end ? "end" : undefined}
                  data-label={column.bare ? "" : column.name}
                >
                  {column.cell(row)}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
