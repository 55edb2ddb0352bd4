import Alert from "@cloudscape-design/components/alert";
import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

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
const KINDS = [
  { id: "denied", text: "Newly denied", is: (each: Json) => each.before === "Allow" },
  { id: "allowed", text: "Newly allowed", is: (each: Json) => each.after === "Allow" },
  { id: "deniedOtherwise", text: "Denied otherwise", is: (each: Json) => each.before !== "Allow" && each.after !== "Allow" },
];

export function Outcome({ outcome }: { outcome: string }) {
  return <Badge color={COLORS[outcome]}>{SAID[outcome] ?? outcome}</Badge>;
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Which of the decisions of the last 24 hours would be others. */
export function DecisionDiff({ saved, before, after }: { saved: Saved; before: string | undefined; after: string }) {
  const compared = useLoaded(() => own("CompareDecisions", { ...saved, ...(before === undefined ? {} : { before }), after }), `${saved.arn} ${saved.name} ${before} ${after}`);
  const [kind, setKind] = useState("all");
  const found = compared.value;
  if (!found) {
    return compared.error === undefined ? <Box>Looking at recorded decisions</Box> : <Problem error={compared.error} />;
  }
  const changes: Json = found.changes;
  const present = KINDS.filter(({ id }) => changes[id]);
  const different = present.reduce((sum, { id }) => sum + changes[id].different, 0);
  const told: Json[] = found.changed;
  const shown = told.filter((each) => kind === "all" || KINDS.find(({ id }) => id === kind)?.is(each));
  const summary = present.map(({ id, text }) => `${text}: ${changes[id].different}, asked ${counted(changes[id].times, "time")}.`).join(" ");
  return (
    <SpaceBetween size="s">
      <Table
        variant="embedded"
        contentDensity="compact"
        wrapLines
        items={shown}
        header={<Header variant="h3" counter={`(${different})`} description={different ? summary : undefined}>Decisions that would change</Header>}
        filter={present.length > 1 && (
          <SegmentedControl
            label="Which changes"
            selectedId={kind}
            onChange={(event) => setKind(event.detail.selectedId)}
            options={[{ id: "all", text: "All" }, ...present.map(({ id, text }) => ({ id, text: `${text} (${changes[id].different})` }))]}
          />
        )}
        empty="None of those that are known would be decided otherwise"
        columnDefinitions={[
          { id: "action", header: "Action", isRowHeader: true, minWidth: 140, cell: (each) => <Link href={href("decisions", each.decisionId)} external externalIconAriaLabel="Opens in a new tab">{each.action}</Link> },
          { id: "caller", header: "Who", minWidth: 140, cell: (each) => <span className="iamd-wrap">{each.caller}</span> },
          { id: "resource", header: "Resource", minWidth: 140, cell: (each) => <span className="iamd-wrap">{each.resource}</span> },
          { id: "last", header: "Last asked", minWidth: 120, cell: (each) => `${time(each.at)}${each.times > 1 ? `, ${each.times} times since ${time(each.first)}` : ""}` },
          {
            id: "change",
            header: "Change",
            minWidth: 130,
            cell: (each) => (
              <>
                <Outcome outcome={each.before} /> → <Outcome outcome={each.after} />
                {each.contexts && <Box fontSize="body-s">{inContexts(each.contexts)}</Box>}
              </>
            ),
          },
        ]}
      />
      {told.length < different && <Box color="text-body-secondary">{told.length} of {different} are listed.</Box>}
      {found.allowed?.unsure > 0 && (
        <Alert type="warning">
          {found.allowed.unsure === 1 ? "For one more question" : `For ${found.allowed.unsure} more questions`} that {found.allowed.unsure === 1 ? "was" : "were"} allowed, nothing changes in the contexts that are known. What you save asks for the context, though, and not every context was recorded.
        </Alert>
      )}
      <Known found={found} />
    </SpaceBetween>
  );
}

function inContexts({ changed, known, complete }: Json): string {
  const so = `In ${changed} of ${counted(known, "known context")}`;
  return complete ? so : `${so}; there were others`;
}

/** What was looked at, and what cannot be known. */
function Known({ found: { denied, allowed, hidden } }: { found: Json }) {
  return (
    <ExpandableSection variant="footer" headerText="What this looks at, and what it cannot know">
      <ul>
        <li>{counted(denied.looked, "denial")} that the policy bears on, {denied.complete ? `all since ${time(denied.since)}` : `the newest; there are more since ${time(denied.since)}`}.</li>
        {allowed === null ? (
          <li>What was allowed is not recorded: the setting allowed_decisions is 0.</li>
        ) : (
          <>
            <li>{counted(allowed.looked, "different question")} that {allowed.looked === 1 ? "was" : "were"} allowed, {counted(allowed.times, "time")} in all{allowed.complete ? "" : ", the last asked; there are more"}. None is forgotten that was asked since {time(allowed.since)}.</li>
            <li>{allowed.leftOut > 0 ? `${counted(allowed.leftOut, "allowed decision")} of the whole server were not recorded, since there were too many.` : "Nothing that was allowed was left out."}</li>
            <li>What is alike is recorded once, with up to eight of its contexts.</li>
          </>
        )}
        {hidden > 0 && <li>{counted(hidden, "decision")} between accounts: the policy asks for what the other account does not tell of its own, such as tags and addresses.</li>}
        <li>What was decided before the policy was attached is not among them, unless it is an inline policy that is new.</li>
        <li>Requests are decided as they came, with the other policies as they were then. Each process of the server knows those that it has answered.</li>
      </ul>
    </ExpandableSection>
  );
}
