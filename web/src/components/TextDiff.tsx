import Box from "@cloudscape-design/components/box";
import { useMemo } from "react";

import { diffLines, runsOf } from "../lib/diff";

const SAID = { " ": "", "-": "removed", "+": "added" };
const CLASSES = { " ": undefined, "-": "iamd-removed", "+": "iamd-added" };

/** Where two texts differ, line by line. */
export function TextDiff({ before, after, label }: { before: string; after: string; label: string }) {
  const lines = useMemo(() => diffLines(before, after), [before, after]);
  const changed = lines.filter((line) => line.sign !== " ").length;
  if (changed === 0) {
    return <Box color="text-body-secondary">They are alike, but perhaps for white space.</Box>;
  }
  return (
    <div className="iamd-json" tabIndex={0} role="group" aria-label={label}>
      <table className="iamd-diff">
        <tbody>
          {runsOf(lines).map((line, number) =>
            typeof line === "number" ? (
              <tr key={number} className="iamd-alike"><td colSpan={4}>{line === 1 ? "1 line alike" : `${line} lines alike`}</td></tr>
            ) : (
              <tr key={number} className={CLASSES[line.sign]}>
                <td>{line.before}</td>
                <td>{line.after}</td>
                <td>{line.sign === " " ? "" : <span title={SAID[line.sign]}>{line.sign}</span>}</td>
                <td>{line.text}</td>
              </tr>
            ),
          )}
        </tbody>
      </table>
    </div>
  );
}
