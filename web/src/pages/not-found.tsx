import { Empty } from "../ui/layout";

export function NotFoundPage() {
  return (
    <div className="stack">
      <h1>No such page</h1>
      <Empty
        action={
          <a className="button primary" href="#/">
            To the market
          </a>
        }
      >
        The address leads nowhere. Perhaps the link is cut or old.
      </Empty>
    </div>
  );
}
