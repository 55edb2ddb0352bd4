import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";

import type { Json } from "../lib/api";
import { documentOf, statementLines } from "../lib/format";
import { JsonBlock, type Mark } from "./JsonBlock";

const LAYERS: Record<string, string> = {
  scp: "service control policies",
  rcp: "resource control policies",
  endpoint: "policy of the VPC endpoint",
  resource: "policy of the resource",
  identity: "identity-based policies",
  boundary: "permissions boundary",
  session: "session policies",
};

function placeOf(lane: Json): number {
  return Object.keys(LAYERS).indexOf(lane.layer === "trust" ? "resource" : lane.layer);
}

/** Says a value that a request has, or that it has none. */
function said(seen: unknown): string {
  return seen === null ? "seen none, since the request has no such key" : `seen ${JSON.stringify(seen)}`;
}

/** What each layer of policies has said about a request, and which have none. */
export function Lanes({ lanes, suggestions = [] }: { lanes: Json[]; suggestions?: Json[] }) {
  const there = new Set(lanes.map((lane) => (lane.layer === "trust" ? "resource" : lane.layer)));
  const absent = Object.keys(LAYERS).filter((layer) => !there.has(layer)).map((layer): Json => ({ layer, level: null, title: LAYERS[layer], standing: "none", says: "No policy of this kind bears on the request.", policies: [] }));
  return (
    <Container header={<Header variant="h2" description="In the order in which they decide; all of them must allow, and one Deny is enough.">Layers</Header>}>
      <SpaceBetween size="s">{[...lanes, ...absent].sort((one, other) => placeOf(one) - placeOf(other)).map((lane, number) => <Lane key={number} lane={lane} near={suggestions.filter((step) => step.change === "edit" && step.layer === lane.layer && step.level === lane.level)} />)}</SpaceBetween>
    </Container>
  );
}

const STANDING: Record<string, StatusIndicatorProps.Type> = { allows: "success", denies: "error", silent: "stopped", exempt: "info", none: "not-started" };

function Lane({ lane, near }: { lane: Json; near: Json[] }) {
  const nearIn = (policy: Json): number[] => near.filter((step) => step.policy?.arn === policy.arn && step.policy?.name === policy.name).map((step) => step.statement);
  const statements = (lane.policies ?? []).flatMap((policy: Json) => policy.statements.map((statement: Json) => ({ policy, statement })));
  return (
    <ExpandableSection
      defaultExpanded={lane.decided}
      headerText={<>{lane.title[0].toUpperCase() + lane.title.slice(1)} <StatusIndicator type={STANDING[lane.standing] ?? "info"}>{lane.standing}</StatusIndicator> {lane.decided && <Badge color={lane.standing === "allows" ? "green" : "red"}>decided</Badge>}</>}
    >
      <SpaceBetween size="s">
        <Box>{lane.says}</Box>
        {lane.closed && <Box color="text-body-secondary">Its policies are another account's, and not shown.</Box>}
        {statements.map(({ policy, statement }: Json) => (
          <div key={`${policy.arn} ${statement.index}`}>
            <StatusIndicator type={statement.matched ? (statement.effect === "Deny" ? "error" : "success") : "stopped"}>
              {policy.name}, statement {statement.index + 1}{statement.sid ? ` (${statement.sid})` : ""}: {statement.effect}, {statement.matched ? "matches" : "does not match"}
            </StatusIndicator>
            {statement.failed?.wanted && <Box fontSize="body-s" padding={{ left: "l" }}>{statement.failed.element}: wanted {JSON.stringify(statement.failed.wanted)}, seen {JSON.stringify(statement.failed.seen)}</Box>}
            {(statement.conditions ?? []).map((condition: Json, at: number) => (
              <Box key={at} fontSize="body-s" padding={{ left: "l" }}>
                {condition.operator} {condition.key}: wanted {JSON.stringify(condition.wanted)}{condition.meant && ` (here ${JSON.stringify(condition.meant)})`}, {said(condition.seen)}, {condition.held ? "held" : "did not hold"}
              </Box>
            ))}
          </div>
        ))}
        {(lane.policies ?? []).map((policy: Json) => (
          <ExpandableSection key={policy.arn ?? policy.name} variant="footer" headerText={`The document of ${policy.name}`} defaultExpanded={nearIn(policy).length > 0 || policy.statements.some((statement: Json) => statement.matched)}>
            <Marked policy={policy} near={nearIn(policy)} />
          </ExpandableSection>
        ))}
      </SpaceBetween>
    </ExpandableSection>
  );
}

/** A document, with the statements pointed out that match, and those that come nearest. */
function Marked({ policy, near }: { policy: Json; near: number[] }) {
  const text = documentOf(policy.document);
  const lines = statementLines(text);
  const marks = policy.statements
    .filter((statement: Json) => (statement.matched || near.includes(statement.index)) && lines[statement.index])
    .map((statement: Json): Mark => ({ ...lines[statement.index], kind: !statement.matched ? "near" : statement.effect === "Deny" ? "denies" : "allows" }));
  return (
    <SpaceBetween size="xs">
      {marks.some(({ kind }: Mark) => kind === "near") && <Box fontSize="body-s">The statement with the dotted edge comes nearest to allowing it.</Box>}
      <JsonBlock text={text} label={policy.name} marks={marks} />
    </SpaceBetween>
  );
}
