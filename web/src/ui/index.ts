/** The design layer: native elements in our style. */
export { Button, type ButtonProps, classNames, LinkButton } from "./button";
export { Address, Amount, Digest, Duration, Moment, TransactionHash } from "./chain-values";
export { type Bar, LineChart, type LineChartProps, type Point, SignedBars } from "./charts";
export { CopyButton } from "./copy-button";
export { Dialog } from "./dialog";
export { Checkbox, type CheckboxProps, Field, type FieldProps, Select, type SelectProps, TextArea } from "./field";
export {
  Badge,
  Card,
  Empty,
  ErrorNote,
  Facts,
  Loading,
  Note,
  Progress,
  Stat,
  type StatItem,
  Stats,
  type Step,
  Steps,
  type Tone,
} from "./layout";
export { Table, type TableColumn } from "./table";
