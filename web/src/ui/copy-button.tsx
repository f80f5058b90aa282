import { useState } from "react";
import { CheckIcon, CopyIcon } from "./icons";

const SHOWN_MS = 1_500;

/** Copies `text`. `what` names it: "Copy the address". */
export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), SHOWN_MS);
  };
  return (
    <button type="button" className="icon-button" onClick={copy} aria-label={copied ? "Copied" : `Copy ${what}`}>
      {copied ? <CheckIcon /> : <CopyIcon />}
    </button>
  );
}
