import type { ButtonHTMLAttributes, ReactNode } from "react";

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly kind?: "plain" | "primary" | "danger" | "quiet";
  readonly small?: boolean;
  /** Something is under way: the button can't be pressed, and says so to screen readers. */
  readonly busy?: boolean;
}

export function Button({ kind = "plain", small = false, busy = false, className, disabled, ...rest }: ButtonProps) {
  const classes = classNames("button", kind === "plain" ? "" : kind, small ? "small" : "", className);
  return (
    <button type="button" className={classes} disabled={disabled || busy} aria-busy={busy || undefined} {...rest} />
  );
}

/** A link that looks like a button. `href`: of the page itself ("#/post") or elsewhere. */
export function LinkButton({
  href,
  kind = "plain",
  small = false,
  children,
}: {
  readonly href: string;
  readonly kind?: "plain" | "primary" | "quiet";
  readonly small?: boolean;
  readonly children: ReactNode;
}) {
  const outside = /^https?:/.test(href) ? { target: "_blank", rel: "noreferrer" } : {};
  return (
    <a className={classNames("button", kind === "plain" ? "" : kind, small ? "small" : "")} href={href} {...outside}>
      {children}
    </a>
  );
}

export function classNames(...names: readonly (string | undefined)[]): string {
  return names.filter(Boolean).join(" ");
}
