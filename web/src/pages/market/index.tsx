import { useMemo, useState } from "react";
import { errorContext, explainError } from "../../chain/errors";
import { useSpecs } from "../../chain/hooks/blocks";
import { useChainNow } from "../../chain/hooks/clock";
import { useNetwork } from "../../chain/hooks/context";
import { useTasks, useTokens } from "../../chain/hooks/queries";
import { Status } from "../../chain/types";
import { Button, LinkButton } from "../../ui/button";
import { Empty, ErrorNote, Loading } from "../../ui/layout";
import { usePageTitle } from "../../ui/page-title";
import { FilterBar } from "./filter-bar";
import { type MarketEntry, NO_FILTERS, selected } from "./filters";
import { TaskList } from "./task-list";

export function MarketPage() {
  usePageTitle("Market");
  const network = useNetwork();
  const tasks = useTasks();
  const listed = tasks.data ?? [];
  const specs = useSpecs(useMemo(() => (tasks.data ?? []).map(({ task }) => task.params.specDigest), [tasks.data]));
  const tokens = useTokens(listed.map(({ task }) => task.params.rewardToken));
  const [filters, setFilters] = useState(NO_FILTERS);
  const now = useChainNow();
  const entries: readonly MarketEntry[] = listed.map((each) => ({
    ...each,
    spec: specs.get(each.task.params.specDigest),
    token: tokens.get(each.task.params.rewardToken),
  }));
  const shown = selected(entries, filters, now);
  const committees = [...new Set(listed.map(({ task }) => task.params.committeeId))].sort((a, b) => Number(a - b));
  return (
    <div className="stack">
      <div className="row spread">
        <h1>Tasks</h1>
        <LinkButton kind="primary" href="#/post">
          Post a task
        </LinkButton>
      </div>
      <p className="muted intro">
        A model owner puts up a reward to have a model trained on other people's data. The data stays on its owners'
        devices: they train there and send sealed updates. A committee adds the updates up, measures what each did for
        the model, and the reward is split by that. <Counts entries={entries} />
      </p>
      <FilterBar filters={filters} committees={committees} onChange={setFilters} />
      {tasks.isPending ? <Loading what="the tasks" /> : null}
      {tasks.isError ? (
        <ErrorNote onRetry={() => void tasks.refetch()}>
          {explainError(tasks.error, errorContext(network)).sentence}
        </ErrorNote>
      ) : null}
      {shown.length > 0 ? <TaskList entries={shown} /> : null}
      {tasks.data && shown.length === 0 ? (
        <Nothing any={entries.length > 0} onClear={() => setFilters(NO_FILTERS)} />
      ) : null}
    </div>
  );
}

function Counts({ entries }: { readonly entries: readonly MarketEntry[] }) {
  const open = entries.filter(({ task }) => task.status === Status.Joining).length;
  const running = entries.filter(({ task }) => task.status === Status.Training).length;
  if (entries.length === 0) return null;
  return (
    <span className="number">
      {open} open to join, {running} training, {entries.length} in all.
    </span>
  );
}

function Nothing({ any, onClear }: { readonly any: boolean; readonly onClear: () => void }) {
  if (any) return <Empty action={<Button onClick={onClear}>Clear filters</Button>}>No task fits these filters.</Empty>;
  return (
    <Empty action={<LinkButton href="#/post">Post the first task</LinkButton>}>
      Nobody has posted a task on this market yet.
    </Empty>
  );
}
