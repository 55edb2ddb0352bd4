import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import Table from "@cloudscape-design/components/table";

import { type Json, own } from "../lib/api";
import { time } from "../lib/format";
import { useLoaded } from "../lib/load";
import { href } from "../lib/route";
import { Problem } from "./Problem";

/** Which policy is to be saved: a managed one by its ARN, an inline one by that of its owner and its name. */
export interface Saved {
  kind: "identity" | "trust";
  arn: string;
  name?: string;
}

const COLORS: Record<string, "green" | "red" | "severity-critical"> = { Allow: "green", ImplicitDeny: "red", ExplicitDeny: "severity-critical" };
const SAID: Record<string, string> = { Allow: "Allowed", ImplicitDeny: "Denied", ExplicitDeny: "Denied explicitly" };

function Outcome({ outcome }: { outcome: string }) {
  return <Badge color={COLORS[outcome]}>{SAID[outcome]}</Badge>;
}

/** Which of the denials of the last 24 hours would be decided otherwise. */
export function DecisionDiff({ saved, before, after }: { saved: Saved; before: string | undefined; after: string }) {
  const compared = useLoaded(() => own("CompareDecisions", { ...saved, ...(before === undefined ? {} : { before }), after }), `${saved.arn} ${saved.name} ${before} ${after}`);
  const found = compared.value;
  if (!found) {
    return compared.error === undefined ? <Box>Looking at recorded denials</Box> : <Problem error={compared.error} />;
  }
  const looked = `${found.looked} ${found.looked === 1 ? "denial" : "denials"} of the last 24 hours that the policy bears on ${found.looked === 1 ? "was" : "were"} decided again${found.complete ? "" : "; there are more"}.`;
  return (
    <Table
      variant="embedded"
      contentDensity="compact"
      wrapLines
      items={found.changed as Json[]}
      header={<Header variant="h3" counter={`(${found.changed.length})`} description={`${looked} What was allowed is not recorded: ask the simulator about that.`}>Decisions that would change</Header>}
      empty="None of them would be decided otherwise"
      columnDefinitions={[
        { id: "action", header: "Action", isRowHeader: true, minWidth: 140, cell: (each) => <Link href={href("decisions", each.decisionId)} external externalIconAriaLabel="Opens in a new tab">{each.action}</Link> },
        { id: "caller", header: "Who", minWidth: 140, cell: (each) => <span className="iamd-wrap">{each.caller}</span> },
        { id: "resource", header: "Resource", minWidth: 140, cell: (each) => <span className="iamd-wrap">{each.resource}</span> },
        { id: "last", header: "Last asked", minWidth: 120, cell: (each) => `${time(each.at)}${each.times > 1 ? `, ${each.times} times` : ""}` },
        { id: "change", header: "Change", minWidth: 130, cell: (each) => <><Outcome outcome={each.before} /> → <Outcome outcome={each.after} /></> },
      ]}
    />
  );
}
