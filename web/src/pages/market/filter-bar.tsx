import { ETHER, parseMoney } from "../../chain/money";
import { Button } from "../../ui/button";
import { Field, Select } from "../../ui/field";
import { FAMILY_NAMES } from "../../ui/spec-words";
import { countActive, type Filters, NO_FILTERS, type Order, type StatusFilter } from "./filters";

const STATUSES: readonly { readonly value: StatusFilter; readonly label: string }[] = [
  { value: "all", label: "All" },
  { value: "open", label: "Open to join" },
  { value: "training", label: "Training" },
  { value: "ended", label: "Ended" },
];
const ORDERS: readonly { readonly value: Order; readonly label: string }[] = [
  { value: "newest", label: "Newest first" },
  { value: "reward", label: "Highest reward first" },
  { value: "deadline", label: "Next deadline first" },
];
const HOURS = [
  { value: "", label: "Any" },
  { value: "1", label: "1 hour or more" },
  { value: "24", label: "1 day or more" },
  { value: "168", label: "1 week or more" },
];
const FAMILIES = [
  { value: "", label: "Any" },
  ...Object.entries(FAMILY_NAMES).map(([value, label]) => ({ value, label })),
];

export function FilterBar({
  filters,
  committees,
  onChange,
}: {
  readonly filters: Filters;
  readonly committees: readonly bigint[];
  readonly onChange: (filters: Filters) => void;
}) {
  const set = (change: Partial<Filters>) => onChange({ ...filters, ...change });
  const badReward = filters.minReward.trim() !== "" && parseMoney(filters.minReward, ETHER) === null;
  const hidden = countActive({ ...filters, search: "", status: "all" });
  return (
    <search className="stack tight">
      <div className="filters main">
        <Field
          label="Search"
          type="search"
          placeholder="Name, purpose, column, address"
          value={filters.search}
          onChange={(event) => set({ search: event.target.value })}
        />
        <Select
          label="Status"
          options={STATUSES}
          value={filters.status}
          onChange={(event) => set({ status: event.target.value as StatusFilter })}
        />
        <Select
          label="Order"
          options={ORDERS}
          value={filters.order}
          onChange={(event) => set({ order: event.target.value as Order })}
        />
      </div>
      <details>
        <summary>More filters{hidden > 0 ? ` (${hidden} set)` : ""}</summary>
        <div className="filters below">
          <Field
            label="Reward pool of at least"
            inputMode="decimal"
            value={filters.minReward}
            error={badReward ? "Not an amount: write 100 or 0.5." : null}
            onChange={(event) => set({ minReward: event.target.value })}
          />
          <Select
            label="Model"
            options={FAMILIES}
            value={filters.family}
            onChange={(event) => set({ family: event.target.value })}
          />
          <Select
            label="Committee"
            options={[
              { value: "", label: "Any" },
              ...committees.map((id) => ({ value: `${id}`, label: `Committee ${id}` })),
            ]}
            value={filters.committee}
            onChange={(event) => set({ committee: event.target.value })}
          />
          <Select
            label="Time left to join"
            options={HOURS}
            value={filters.hoursLeft}
            onChange={(event) => set({ hoursLeft: event.target.value })}
          />
          <Field
            label="Columns I have"
            placeholder="age, dose, answer"
            hint="Shows tasks that need no other columns."
            value={filters.columns}
            onChange={(event) => set({ columns: event.target.value })}
          />
        </div>
      </details>
      {countActive(filters) > 0 ? (
        <div>
          <Button small kind="quiet" onClick={() => onChange({ ...NO_FILTERS, order: filters.order })}>
            Clear filters
          </Button>
        </div>
      ) : null}
    </search>
  );
}
