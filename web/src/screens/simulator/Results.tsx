import Button from "@cloudscape-design/components/button";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";

import { CopyCommand } from "../../components/CopyCommand";
import { type Column, EntityTable } from "../../components/EntityTable";
import { Problem } from "../../components/Problem";
import type { Json } from "../../lib/api";
import { type Paged, usePaged, useWhole } from "../../lib/load";
import { href } from "../../lib/route";
import { save } from "../../lib/save";
import { type Question, ask, isBeyond, membersOf, operationOf, searchOf } from "../../lib/simulation";

export interface Pair {
  action: string;
  resource: string;
}

interface Props {
  question: Question;
  chosen: Pair | null;
  choose: (pair: Pair) => void;
  /** Has context keys added to the question. */
  add: (keys: string[]) => void;
}

/** What was decided, by the public operation where that can be asked. */
export function Results(props: Props) {
  return isBeyond(props.question) ? <Beyond {...props} /> : <Plain {...props} />;
}

function Plain(props: Props) {
  const members = membersOf(props.question);
  return <Shown {...props} paged={usePaged("iam", operationOf(props.question), "EvaluationResults", members, searchOf(props.question).toString())} />;
}

function Beyond(props: Props) {
  return <Shown {...props} paged={useWhole(() => ask(props.question, "results").then((answer) => answer.EvaluationResults), searchOf(props.question).toString())} />;
}

/** Returns one row for each action on each resource. */
function rowsOf(result: Json): Json[] {
  const singles: Json[] = result.ResourceSpecificResults ?? [{ ...result, EvalResourceName: "*", EvalResourceDecision: result.EvalDecision }];
  return singles.map((single) => ({
    key: `${result.EvalActionName} ${single.EvalResourceName}`,
    action: result.EvalActionName,
    resource: single.EvalResourceName,
    decision: single.EvalResourceDecision,
    by: (single.MatchedStatements ?? []).map((statement: Json) => `${statement.SourcePolicyId} (${statement.SourcePolicyType})`).join(", ") || "No statement",
    missing: single.MissingContextValues ?? [],
  }));
}

export function addressOf(question: Question, pair: Pair): string {
  const query = searchOf(question);
  query.set("action", pair.action);
  query.set("resource", pair.resource);
  return `${href("simulator")}?${query}`;
}

function Shown({ question, chosen, choose, add, paged }: Props & { paged: Paged }) {
  const [unsaved, setUnsaved] = useState<unknown>();
  const items = paged.items.flatMap(rowsOf);
  const lacking = [...new Set(items.flatMap((row) => row.missing as string[]))].filter((key) => !question.context.some((entry) => entry.key.toLowerCase() === key.toLowerCase()));
  const beyond = isBeyond(question);
  const saveTest = async (): Promise<void> => {
    setUnsaved(undefined);
    try {
      const { file } = await ask(question, "test");
      save("simulation.test.json", `${JSON.stringify(file, null, 2)}\n`, "application/json");
    } catch (error) {
      setUnsaved(error);
    }
  };
  const columns: Column[] = [
    { id: "action", header: "Action", isRowHeader: true, sortingField: "action", text: (row) => row.action, cell: (row) => row.action },
    { id: "resource", header: "Resource", sortingField: "resource", text: (row) => row.resource, cell: (row) => <span className="iamd-wrap">{row.resource}</span> },
    { id: "decision", header: "Decision", minWidth: 160, sortingField: "decision", text: (row) => row.decision, cell: (row) => <StatusIndicator type={row.decision === "allowed" ? "success" : "error"}>{row.decision}</StatusIndicator> },
    { id: "by", header: "Decided by", text: (row) => row.by, cell: (row) => <span className="iamd-wrap">{row.by}</span> },
    { id: "missing", header: "Missing context keys", text: (row) => row.missing.join(", ") || "-", cell: (row) => <span className="iamd-wrap">{row.missing.join(", ") || "-"}</span> },
    {
      id: "why",
      header: "Why",
      cell: (row) => {
        const pair = { action: row.action, resource: row.resource };
        return (
          <Link
            href={addressOf(question, pair)}
            ariaLabel={`Explain ${row.action} on ${row.resource}`}
            onFollow={(event) => {
              event.preventDefault();
              choose(pair);
            }}
          >
            Explain
          </Link>
        );
      },
    },
  ];
  return (
    <SpaceBetween size="m">
      <Problem error={unsaved} />
      <EntityTable
        part
        paged={{ ...paged, items }}
        trackBy="key"
        title="Results"
        noun="result"
        description="What would be decided; nothing was done."
        empty="Nothing was asked"
        columns={columns}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <CopyToClipboard textToCopy={`${window.location.href.split("#", 1)[0]}${chosen ? addressOf(question, chosen) : `${href("simulator")}?${searchOf(question)}`}`} copyButtonText="Copy link" copySuccessText="Copied" copyErrorText="It could not be copied" />
            {beyond ? <Button disabled disabledReason="The public operations know neither session policies nor VPC endpoints">Copy as aws command</Button> : <CopyCommand operation={operationOf(question)} members={membersOf(question)} />}
            {lacking.length > 0 && <Button onClick={() => add(lacking)}>Add missing context keys</Button>}
            <Button iconName="download" disabled={items.length === 0} disabledReason="There are no results" onClick={() => void saveTest()}>Save as test file</Button>
          </SpaceBetween>
        }
      />
    </SpaceBetween>
  );
}
