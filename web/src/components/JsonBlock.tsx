import Box from "@cloudscape-design/components/box";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import type { ReactNode } from "react";

/** Lines to point out, from 1. */
export interface Mark {
  from: number;
  to: number;
  kind: "allows" | "denies" | "near";
}

/** A document to look at. */
export function JsonBlock({ text, label, marks = [] }: { text: string; label: string; marks?: Mark[] }) {
  return (
    <div className="iamd-json">
      <Box float="right">
        <CopyToClipboard variant="icon" textToCopy={text} copyButtonAriaLabel={`Copy ${label}`} copySuccessText="Copied" copyErrorText="It could not be copied" />
      </Box>
      <pre aria-label={label} tabIndex={0}>{marks.length === 0 ? text : marked(text, marks)}</pre>
    </div>
  );
}

function marked(text: string, marks: Mark[]): ReactNode {
  return text.split("\n").map((line, index) => {
    const mark = marks.find(({ from, to }) => from <= index + 1 && index + 1 <= to);
    return mark ? <mark key={index} className={`iamd-${mark.kind}`}>{line}{"\n"}</mark> : `${line}\n`;
  });
}
