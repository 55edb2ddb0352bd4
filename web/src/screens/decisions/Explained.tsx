import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import { useState } from "react";

import { JsonBlock, type Mark } from "../../components/JsonBlock";
import { Problem } from "../../components/Problem";
import { type Json, own } from "../../lib/api";
import { documentOf, statementLines } from "../../lib/format";
import { useLoaded } from "../../lib/load";
import { editorOf } from "../../lib/proposals";
import { href } from "../../lib/route";
import { save } from "../../lib/save";

export function Explained({ id }: { id: string }) {
  const page = useLoaded(() => own("GetDecision", { decisionId: id }), id);
  const found = page.value;
  const [unsaved, setUnsaved] = useState<unknown>();
  const saveTest = async (): Promise<void> => {
    setUnsaved(undefined);
    try {
      const { file } = await own("GetDecisionTest", { decisionId: id });
      save(`${id}.test.json`, `${JSON.stringify(file, null, 2)}\n`, "application/json");
    } catch (error) {
      setUnsaved(error);
    }
  };
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={id}
        actions={<Button iconName="download" onClick={() => void saveTest()} disabled={!found || found.partial} disabledReason={found?.partial ? "Some of its policies are another account's" : undefined}>Save as test file</Button>}
      >
        Why it was denied
      </Header>
      <Problem error={unsaved} />
      <Problem error={page.error} />
      {found && (
        <>
          <Container header={<Header variant="h2">Request</Header>}>
            <KeyValuePairs columns={2} items={[
              { label: "Who", value: <span className="iamd-wrap">{found.caller.arn}</span> },
              { label: "Action", value: found.request?.action ?? found.operation },
              { label: "Resource", value: <span className="iamd-wrap">{found.request?.resource ?? "-"}</span> },
              { label: "When", value: found.at },
              { label: "Decision", value: <Badge color="red">{found.decision.outcome}</Badge> },
              { label: "Reason", value: found.decision.reason || found.decision.fault || "-" },
            ]} />
          </Container>
          {(found.suggestions ?? []).length > 0 && (
            <Container header={<Header variant="h2">The least change that would allow it</Header>}>
              <SpaceBetween size="m">
                {found.suggestions.map((each: Json, number: number) => (
                  <Suggestion key={number} suggestion={each} number={number + 1} editor={editorOf(found, number)} />
                ))}
              </SpaceBetween>
            </Container>
          )}
          <Container header={<Header variant="h2" description="In the order in which they decide; all of them must allow, and one Deny is enough.">Layers</Header>}>
            <SpaceBetween size="s">{(found.lanes ?? []).map((lane: Json, number: number) => <Lane key={number} lane={lane} />)}</SpaceBetween>
          </Container>
          <ExpandableSection headerText="Everything, as JSON"><JsonBlock text={JSON.stringify(found, null, 2)} label="Decision" /></ExpandableSection>
        </>
      )}
    </SpaceBetween>
  );
}

function Suggestion({ suggestion, number, editor }: { suggestion: Json; number: number; editor: string | null }) {
  const statement = suggestion.becomes ?? suggestion.add;
  const managed = editor === null && suggestion.policy?.arn?.includes(":policy/");
  return (
    <div>
      <Box padding={{ bottom: "xs" }}>{number}. {suggestion.sentence}</Box>
      {statement && <JsonBlock text={JSON.stringify(statement, null, 2)} label={`Step ${number}`} />}
      {(statement || managed) && <Box padding={{ top: "xs" }}>
        <SpaceBetween direction="horizontal" size="s">
          {statement && (
            <Button href={editor ?? undefined} disabled={editor === null} disabledReason={editor === null ? "No screen of the console edits this policy" : undefined} ariaLabel={`Open the editor on it (step ${number})`}>
              Open the editor on it
            </Button>
          )}
          {managed && <Link href={href("policies", suggestion.policy.arn)}>Open the policy</Link>}
        </SpaceBetween>
      </Box>}
    </div>
  );
}

const STANDING: Record<string, StatusIndicatorProps.Type> = { allows: "success", denies: "error", silent: "stopped", exempt: "info" };

function Lane({ lane }: { lane: Json }) {
  const statements = (lane.policies ?? []).flatMap((policy: Json) => policy.statements.map((statement: Json) => ({ policy, statement })));
  return (
    <ExpandableSection
      defaultExpanded={lane.decided}
      headerText={<>{lane.title} <StatusIndicator type={STANDING[lane.standing] ?? "info"}>{lane.standing}</StatusIndicator> {lane.decided && <Badge color="red">decided</Badge>}</>}
    >
      <SpaceBetween size="s">
        <Box>{lane.says}</Box>
        {lane.closed && <Box color="text-body-secondary">Its policies are another account's, and not shown.</Box>}
        {statements.map(({ policy, statement }: Json) => (
          <div key={`${policy.arn} ${statement.index}`}>
            <StatusIndicator type={statement.matched ? (statement.effect === "Deny" ? "error" : "success") : "stopped"}>
              {policy.name}, statement {statement.index + 1}{statement.sid ? ` (${statement.sid})` : ""}: {statement.effect}, {statement.matched ? "matches" : "does not match"}
            </StatusIndicator>
            {statement.failed && <Box fontSize="body-s" padding={{ left: "l" }}>{statement.failed.element}: wanted {JSON.stringify(statement.failed.wanted)}, seen {JSON.stringify(statement.failed.seen)}</Box>}
            {(statement.conditions ?? []).map((condition: Json, at: number) => (
              <Box key={at} fontSize="body-s" padding={{ left: "l" }}>
                {condition.operator} {condition.key}: wanted {JSON.stringify(condition.wanted)}, seen {JSON.stringify(condition.seen)}, {condition.held ? "held" : "did not hold"}
              </Box>
            ))}
          </div>
        ))}
        {(lane.policies ?? []).map((policy: Json) => (
          <ExpandableSection key={policy.arn ?? policy.name} variant="footer" headerText={`The document of ${policy.name}`} defaultExpanded={policy.statements.some((statement: Json) => statement.matched)}>
            <Marked policy={policy} />
          </ExpandableSection>
        ))}
      </SpaceBetween>
    </ExpandableSection>
  );
}

/** A document, with the statements pointed out that match. */
function Marked({ policy }: { policy: Json }) {
  const text = documentOf(policy.document);
  const lines = statementLines(text);
  const marks = policy.statements
    .filter((statement: Json) => statement.matched && lines[statement.index])
    .map((statement: Json): Mark => ({ ...lines[statement.index], kind: statement.effect === "Deny" ? "denies" : "allows" }));
  return <JsonBlock text={text} label={policy.name} marks={marks} />;
}
