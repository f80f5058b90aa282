/** #/mine: the tasks that the connected account has posted, their money, and their models. */
import { useConnection } from "wagmi";
import { useTasks } from "../chain";
import { sameAddress } from "../owner/posting";
import { Empty, ErrorNote, LinkButton, Loading } from "../ui";
import { usePageTitle } from "../ui/page-title";
import { MyTask } from "./my-tasks/my-task";
import { TryAnyModel } from "./my-tasks/try-any-model";

export default function MyTasksPage() {
  usePageTitle("My tasks");
  const { address } = useConnection();
  return (
    <div className="stack">
      <h1>My tasks</h1>
      {address === undefined ? (
        <Empty>Connect a wallet to see the tasks you have posted.</Empty>
      ) : (
        <Mine address={address} />
      )}
      <TryAnyModel />
    </div>
  );
}

function Mine({ address }: { readonly address: string }) {
  const tasks = useTasks();
  if (tasks.isPending) return <Loading what="your tasks" />;
  if (tasks.isError) return <ErrorNote onRetry={() => void tasks.refetch()}>The chain did not answer.</ErrorNote>;
  const mine = tasks.data.filter(({ task }) => sameAddress(task.owner, address));
  if (mine.length === 0) {
    return <Empty action={<LinkButton href="#/post">Post a task</LinkButton>}>You have not posted a task yet.</Empty>;
  }
  return mine.map((listed) => <MyTask key={listed.task.id.toString()} listed={listed} />);
}
