import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Link from "@cloudscape-design/components/link";
import Popover from "@cloudscape-design/components/popover";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { Confirm } from "../../components/Confirm";
import { Empty } from "../../components/Empty";
import { RecordTable } from "../../components/RecordTable";
import { type Json, own } from "../../lib/api";
import { time } from "../../lib/format";
import { go, href } from "../../lib/route";

const ABOUT: Record<string, string> = {
  memory: "The last day, as this process remembers it: each denial, and what was allowed once for all that is alike. With the setting audit_database or audit_file, each request is here, of all nodes.",
  database: "What the requests of this account needed, and whether they got it: from the audit trail in the database.",
  file: "What the requests of this account needed, and whether they got it: from the file of the audit trail.",
};
const NOT_HELD = "It is explained for a day, by the process that has decided it. This one does not have it, or not any more.";
const OUTCOMES = [
  { id: "all", text: "All" },
  { id: "Allow", text: "Allowed" },
  { id: "Deny", text: "Denied" },
];

/** The decisions on requests, the newest first; each denial leads to why. */
export function DecisionLog() {
  const [source, setSource] = useState("memory");
  const [since, setSince] = useState<Json | null>(null);
  const [asking, setAsking] = useState(false);
  const [id, setId] = useState("");
  return (
    <>
      <RecordTable
        title="Decision log"
        noun="decision"
        description={ABOUT[source] + known(since)}
        properties={[
          { id: "principal", label: "Principal" },
          { id: "action", label: "Action" },
          { id: "resource", label: "Resource" },
          { id: "outcome", label: "Decision", options: ["Allow", "Deny", "ImplicitDeny", "ExplicitDeny"] },
        ]}
        actions={<Button onClick={() => setAsking(true)}>Explain a decision ID</Button>}
        empty={<Empty title="No decisions" next={<Button href={href("simulator")}>Open the simulator</Button>}>Each request to IAM, STS and the gateway that is decided is shown here. What would be decided is simulated.</Empty>}
        choice={{ id: "outcome", label: "Which decisions", options: OUTCOMES }}
        ask={async (filters) => {
          const answer = await own("ListDecisions", filters);
          setSource(answer.source);
          setSince(answer.since);
          return { items: answer.decisions, next: answer.next };
        }}
        columns={[
          { id: "at", header: "Time", minWidth: 210, cell: (each) => time(each.at) },
          { id: "outcome", header: "Decision", minWidth: 190, cell: (each) => <SpaceBetween direction="horizontal" size="xs"><Badge color={each.outcome === "Allow" ? "green" : "red"}>{each.outcome}</Badge>{each.times > 1 && <Box variant="span" color="text-body-secondary">{each.times} times</Box>}{why(each)}</SpaceBetween> },
          { id: "action", header: "Action", isRowHeader: true, cell: (each) => each.action },
          { id: "resource", header: "Resource", cell: (each) => each.resource },
          { id: "principal", header: "Principal", cell: (each) => each.principal },
        ]}
      />
      {asking && (
        <Confirm title="Explain a decision" verb="Explain" close={() => setAsking(false)} act={async () => go("decisions", id.trim())}>
          <FormField label="Decision ID" description="Every denial has one, in the header x-iamd-decision-id of the answer.">
            <Input value={id} name="decision" onChange={(event) => setId(event.detail.value)} />
          </FormField>
        </Confirm>
      )}
    </>
  );
}

/** From when on a process knows everything, where that is not the whole day. */
function known(since: Json | null): string {
  if (since === null) {
    return "";
  }
  return since.allowed === null ? " What is allowed is not kept: allowed_decisions is 0." : ` All denials since ${time(since.denied)}; nothing that was allowed since ${time(since.allowed)} is forgotten.`;
}

function why(decision: Json) {
  if (decision.explained) {
    return <Link href={href("decisions", decision.decisionId)} ariaLabel={`Explain ${decision.decisionId}`}>Explain</Link>;
  }
  if (decision.outcome === "Allow") {
    return null;
  }
  return <Popover content={<>{decision.reason ? <p>{decision.reason}</p> : null}{NOT_HELD}</>} triggerType="text" dismissAriaLabel="Close">Not held</Popover>;
}
