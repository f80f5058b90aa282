/** #/data: a data owner's files, what may be done with them, and the tasks that fit. Nothing is allowed by itself. */
import { messageOf } from "../core/errors";
import { Card, ErrorNote, Loading } from "../ui";
import { usePageTitle } from "../ui/page-title";
import { AddDataSet } from "./data/add-data-set";
import "./data/data.css";
import { DataSetCard } from "./data/data-set-card";
import { FittingTasks } from "./data/fitting-tasks";
import { MyParts } from "./data/my-parts";
import { useDataSets, useDevice } from "./data/use-device";

export default function DataPage() {
  usePageTitle("My data");
  const device = useDevice();
  const sets = useDataSets();
  return (
    <div className="stack">
      <header className="stack tight">
        <h1>My data</h1>
        <p>
          Earn with your data without giving them away. A model comes to this device, learns from the rows you allow,
          and only what it learnt leaves, encrypted. Your rows never do.
        </p>
      </header>
      {device.isError ? (
        <ErrorNote>This browser can't keep files: {messageOf(device.error)}. Private windows often can't.</ErrorNote>
      ) : null}
      <MyParts />
      {device.data ? <AddDataSet device={device.data} isFirst={sets.data?.length === 0} /> : null}
      {sets.isPending && !device.isError ? <Loading what="your data" /> : null}
      {device.data
        ? sets.data?.map((kept) => (
            <DataSetCard key={kept.facts.digest} device={device.data} kept={kept}>
              <FittingTasks kept={kept} />
            </DataSetCard>
          ))
        : null}
      {sets.data?.length === 0 ? <HowItGoes /> : null}
    </div>
  );
}

function HowItGoes() {
  return (
    <Card title="How it goes">
      <ol className="points">
        <li>Choose a CSV file. It stays on this device.</li>
        <li>
          Say which columns may be used, for which purposes, for how much, and how much may be learnt of you at most.
        </li>
        <li>Pick a task that fits, read what it asks, and agree to it by a signature.</li>
        <li>Put down the stake and keep this page open while it trains, a few seconds a round.</li>
        <li>Collect your reward and take your stake back.</li>
      </ol>
    </Card>
  );
}
