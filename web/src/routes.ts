/** Hash routes, so that the page works from any static folder. Each page is loaded when it is first shown. */
import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import { MarketPage } from "./pages/market";

export interface Route {
  readonly path: string;
  readonly title: string;
  readonly page: ComponentType | LazyExoticComponent<ComponentType>;
}

export const routes: readonly Route[] = [
  // Where people arrive: not lazy, one request less.
  { path: "/", title: "Market", page: MarketPage },
  { path: "/task/:id", title: "Task", page: lazy(() => import("./pages/task")) },
  { path: "/committees", title: "Committees", page: lazy(() => import("./pages/committees")) },
  { path: "/committee/:id", title: "Committee", page: lazy(() => import("./pages/committee")) },
  { path: "/post", title: "Post a task", page: lazy(() => import("./pages/post")) },
  { path: "/mine", title: "My tasks", page: lazy(() => import("./pages/my-tasks")) },
  { path: "/data", title: "My data", page: lazy(() => import("./pages/data")) },
  { path: "/data/task/:id", title: "Take part", page: lazy(() => import("./pages/data-task")) },
  { path: "/account", title: "Account", page: lazy(() => import("./pages/account")) },
];
