import { useState } from "react";
import { messageOf } from "../../core/errors";
import type { Device } from "../../data/device";
import { Card, ErrorNote, Field } from "../../ui";
import { useRefreshDevice } from "./use-device";

export function AddDataSet({ device, isFirst }: { readonly device: Device; readonly isFirst: boolean }) {
  const refresh = useRefreshDevice();
  const [error, setError] = useState<string | null>(null);
  const add = async (file: File) => {
    try {
      await device.addDataSet(file.name, file);
      // Without this the browser may throw the file away when the disk fills up. It may say no.
      await navigator.storage?.persist?.();
      setError(null);
    } catch (problem) {
      setError(messageOf(problem));
    }
    await refresh();
  };
  return (
    <Card title={isFirst ? "Connect your data" : "Connect another file"}>
      <Field
        label="CSV file, first line names the columns"
        hint="It is kept in this browser and read only here."
        type="file"
        accept=".csv,text/csv"
        onChange={(event) => {
          const [chosen] = event.target.files ?? [];
          event.target.value = "";
          if (chosen) void add(chosen);
        }}
      />
      {error ? <ErrorNote>{error}</ErrorNote> : null}
    </Card>
  );
}
