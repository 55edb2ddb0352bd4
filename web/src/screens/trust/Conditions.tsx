import StatusIndicator from "@cloudscape-design/components/status-indicator";

import type { Edge } from "./graph";

/** What must hold for an arrow. */
export function Conditions({ edge }: { edge: Edge }) {
  if (edge.holds === "always") {
    return <StatusIndicator type="success">Always</StatusIndicator>;
  }
  return <ul className="iamd-conditions">{edge.in_short.map((each) => <li key={each}>{each}</li>)}</ul>;
}
