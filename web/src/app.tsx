import { type ComponentType, Suspense, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Link, Route, Router, Switch, useLocation } from "wouter";
import { useHashLocation } from "wouter/use-hash-location";
import { useChain } from "./chain/hooks/context";
import { useChainPulse } from "./chain/hooks/pulse";
import { resumePending } from "./chain/transactions/pending";
import { NotFoundPage } from "./pages/not-found";
import { routes } from "./routes";
import { AccountIcon, CommitteeIcon, DataIcon, Logo, MarketIcon, MineIcon, PostIcon } from "./ui/icons";
import { Loading } from "./ui/layout";
import { Toasts } from "./ui/toasts";
import { TransactionSheet } from "./ui/transaction-sheet";
import { Update } from "./ui/update";
import { NetworkGuard, WalletButton } from "./ui/wallet-button";

const NAVIGATION: readonly { readonly path: string; readonly name: string; readonly icon: ComponentType }[] = [
  { path: "/", name: "Market", icon: MarketIcon },
  { path: "/post", name: "Post", icon: PostIcon },
  { path: "/mine", name: "My tasks", icon: MineIcon },
  { path: "/data", name: "My data", icon: DataIcon },
  { path: "/committees", name: "Committees", icon: CommitteeIcon },
  { path: "/account", name: "Account", icon: AccountIcon },
];

/** The frame around every page. */
export function App() {
  return (
    <Router hook={useHashLocation}>
      <div className="shell">
        <button type="button" className="skip" onClick={focusMain}>
          Skip to the content
        </button>
        <Header />
        <Pages />
      </div>
      <TransactionSheet />
      <Toasts />
    </Router>
  );
}

function Header() {
  const [location] = useLocation();
  return (
    <header className="top">
      <div className="inner">
        <Link className="brand" href="/">
          <Logo />
          DeltaML
        </Link>
        <nav className="nav" aria-label="Pages">
          {NAVIGATION.map(({ path, name, icon: Icon }) => (
            <Link key={path} href={path} aria-current={isAt(location, path) ? "page" : undefined}>
              <Icon />
              {name}
            </Link>
          ))}
        </nav>
        <span className="spacer" />
        <NetworkName />
        <WalletButton />
      </div>
      <NetworkGuard />
      <Reachability />
      <Update />
    </header>
  );
}

/** A name, or a choice when the deployment has several networks. */
function NetworkName() {
  const { networks, network, select } = useChain();
  if (networks.length === 1) return <span className="muted small network-name">{network.name}</span>;
  return (
    <select
      className="network-name"
      aria-label="Network"
      value={network.chainId}
      onChange={(event) => select(Number(event.target.value))}
    >
      {networks.map(({ chainId, name }) => (
        <option key={chainId} value={chainId}>
          {name}
        </option>
      ))}
    </select>
  );
}

function Reachability() {
  const { reader } = useChain();
  const [reachable, setReachable] = useState(true);
  const online = useSyncExternalStore(subscribeOnline, () => navigator.onLine);
  useChainPulse(setReachable);
  useEffect(() => void resumePending(reader), [reader]);
  if (reachable) return null;
  return (
    <div className="strip" role="status">
      {online ? "The chain does not answer." : "You are offline."} You see what was read last; nothing can be sent now.
    </div>
  );
}

function Pages() {
  const main = useRef<HTMLElement>(null);
  const [location] = useLocation();
  const shown = useRef(location);
  useEffect(() => {
    if (shown.current === location) return;
    shown.current = location;
    // A new page begins at its top, for the eye and for the screen reader.
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [location]);
  return (
    <main id="main" ref={main} tabIndex={-1}>
      <Suspense fallback={<Loading what="the page" />}>
        <Switch>
          {routes.map(({ path, page }) => (
            <Route key={path} path={path} component={page} />
          ))}
          <Route component={NotFoundPage} />
        </Switch>
      </Suspense>
    </main>
  );
}

function isAt(location: string, path: string): boolean {
  if (path === "/") return location === "/" || location.startsWith("/task/");
  if (path === "/committees") return location.startsWith("/committee");
  return location === path || location.startsWith(`${path}/`);
}

function focusMain(): void {
  document.getElementById("main")?.focus();
}

function subscribeOnline(listener: () => void): () => void {
  window.addEventListener("online", listener);
  window.addEventListener("offline", listener);
  return () => {
    window.removeEventListener("online", listener);
    window.removeEventListener("offline", listener);
  };
}
