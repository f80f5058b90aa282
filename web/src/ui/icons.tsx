/** Drawn for this page; 24 units wide, in the colour of the text. Names are beside them, so they say nothing aloud. */
import type { ReactNode } from "react";

function Icon({ size = 18, children }: { readonly size?: number | undefined; readonly children: ReactNode }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const CloseIcon = () => (
  <Icon>
    <path d="M6 6l12 12M18 6L6 18" />
  </Icon>
);

export const CopyIcon = () => (
  <Icon size={15}>
    <rect x="9" y="9" width="11" height="11" rx="2" />
    <path d="M5 15V6a2 2 0 0 1 2-2h8" />
  </Icon>
);

export const CheckIcon = () => (
  <Icon size={15}>
    <path d="M5 13l4 4L19 7" />
  </Icon>
);

export const MarketIcon = () => (
  <Icon size={22}>
    <path d="M4 6h16M4 12h16M4 18h10" />
  </Icon>
);

export const CommitteeIcon = () => (
  <Icon size={22}>
    <circle cx="12" cy="6" r="2.5" />
    <circle cx="5.5" cy="16" r="2.5" />
    <circle cx="18.5" cy="16" r="2.5" />
    <path d="M10.8 8.3L6.8 13.7M13.2 8.3l4 5.4M8 16h8" />
  </Icon>
);

export const DataIcon = () => (
  <Icon size={22}>
    <ellipse cx="12" cy="6" rx="7" ry="2.8" />
    <path d="M5 6v12c0 1.5 3.1 2.8 7 2.8s7-1.3 7-2.8V6M5 12c0 1.5 3.1 2.8 7 2.8s7-1.3 7-2.8" />
  </Icon>
);

export const PostIcon = () => (
  <Icon size={22}>
    <path d="M12 5v14M5 12h14" />
  </Icon>
);

export const AccountIcon = () => (
  <Icon size={22}>
    <circle cx="12" cy="8" r="3.5" />
    <path d="M5 20c.6-3.8 3.4-6 7-6s6.4 2.2 7 6" />
  </Icon>
);

export const MineIcon = () => (
  <Icon size={22}>
    <rect x="4" y="5" width="16" height="14" rx="2" />
    <path d="M8 10h8M8 14h5" />
  </Icon>
);

/** The mark of the page: a triangle of which one side is the sum of the others. */
export const Logo = () => (
  <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true">
    <path d="M16 4L29 27H3z" fill="none" stroke="var(--accent)" strokeWidth="3" strokeLinejoin="round" />
    <circle cx="16" cy="20" r="3.2" fill="var(--accent)" />
  </svg>
);
