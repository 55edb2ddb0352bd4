import Box from "@cloudscape-design/components/box";
import StatusIndicator from "@cloudscape-design/components/status-indicator";

import type { Edge, Step } from "./graph";

/** What must hold for an arrow. */
export function Conditions({ edge }: { edge: Edge }) {
  if (edge.holds === "always") {
    return <StatusIndicator type="success">Always</StatusIndicator>;
  }
  return <ul className="iamd-conditions">{edge.in_short.map((each) => <li key={each}>{each}</li>)}</ul>;
}

function allowedBy(step: Step): string {
  return step.statements.map((each) => `statement ${each.statement + 1}${each.sid ? ` (${each.sid})` : ""} of ${each.policy || each.policy_arn || "a policy"}`).join(", ");
}

/** By what an arrow is there: the action of STS, or the requests of an escalation and the statements that allow them. */
export function By({ edge }: { edge: Edge }) {
  if (edge.escalation === null) {
    return <>{edge.action}</>;
  }
  return (
    <ul className="iamd-conditions">
      {edge.by.map((step, at) => (
        <li key={at}>
          <b>{step.action}</b>{step.resource === null ? "" : ` on ${step.resource}`}
          {step.statements.length > 0 && <Box color="text-body-secondary" fontSize="body-s">{allowedBy(step)}</Box>}
        </li>
      ))}
    </ul>
  );
}
