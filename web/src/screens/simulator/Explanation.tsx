import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import StatusIndicator from "@cloudscape-design/components/status-indicator";

import { Lanes } from "../../components/Lanes";
import { Problem } from "../../components/Problem";
import { Suggestions } from "../../components/Suggestions";
import type { Json } from "../../lib/api";
import { documentOf } from "../../lib/format";
import { useLoaded } from "../../lib/load";
import { applied, editorOf } from "../../lib/proposals";
import { type Given, PARTS, type Part, type Question, ask, searchOf } from "../../lib/simulation";
import { type Pair, addressOf } from "./Results";

interface Props {
  question: Question;
  pair: Pair;
  /** Has the documents of the question changed. */
  change: (documents: Given[]) => void;
}

const EMPTY = JSON.stringify({ Version: "2012-10-17", Statement: [] });

/** The name of a policy that came with a question, without its number. */
const NAMED: Record<string, Part> = {
  PolicyInputList: "identity",
  PermissionsBoundaryPolicyInputList: "boundary",
  ResourcePolicy: "resource",
  OrderedOrganizationPolicyInputList: "scp",
  sessionPolicies: "session",
  endpointPolicy: "endpoint",
};

/** Returns which document of the question a step is about, and its place; a place that is not there is a document to be added. */
function documentFor(question: Question, suggestion: Json): { part: Part; at: number } | null {
  if (suggestion.policy?.arn) {
    return null;
  }
  const layer: Part = suggestion.layer === "trust" ? "resource" : suggestion.layer;
  const [name, number = "1"] = String(suggestion.policy?.name ?? "").split(".");
  // Where no policy is named, it is any that the question may hold.
  const own = !question.ofPrincipal || layer === "session" || layer === "endpoint";
  const part = suggestion.policy ? NAMED[name] : own && layer in PARTS ? layer : undefined;
  if (part === undefined) {
    return null;
  }
  const places = question.documents.flatMap((each, at) => (each.part === part ? [at] : []));
  return { part, at: places[Number(number) - 1] ?? question.documents.length };
}

/** Why one action on one resource is decided as it is. */
export function Explanation({ question, pair, change }: Props) {
  const page = useLoaded(() => ask(question, "explanation", pair), `${searchOf(question)} ${pair.action} ${pair.resource}`);
  const found = page.value;
  const query = new URLSearchParams(addressOf(question, pair).split("?")[1]);
  const put = (step: number): (() => void) | null => {
    const suggestion = found?.suggestions[step];
    const place = documentFor(question, suggestion);
    if (place === null) {
      return null;
    }
    const { part, at } = place;
    const text = question.documents[at]?.text ?? EMPTY;
    // Only the document that was asked about has the statement to be replaced.
    const taken = suggestion.policy ? suggestion : { ...suggestion, becomes: null };
    const changed = { part, text: applied(text, { why: "", suggestion: taken, recorded: documentOf(text) }) };
    return () => change([...question.documents.slice(0, at), changed, ...question.documents.slice(at + 1)]);
  };
  return (
    <SpaceBetween size="l">
      <Problem error={page.error} />
      {page.loading && !found && <Box textAlign="center"><Spinner size="large" /> Loading the explanation</Box>}
      {found && (
        <>
          <Container header={<Header variant="h2">Why</Header>}>
            <KeyValuePairs columns={2} minColumnWidth={280} items={[
              { label: "Action", value: found.request.action },
              { label: "Resource", value: <span className="iamd-wrap">{found.request.resource}</span> },
              { label: "Decision", value: <StatusIndicator type={found.decision.outcome === "Allow" ? "success" : "error"}>{found.decision.outcome}</StatusIndicator> },
              { label: "Reason", value: found.decision.reason || found.decision.fault || "-" },
            ]} />
          </Container>
          {found.suggestions.length > 0 && <Suggestions suggestions={found.suggestions} editor={(step) => ({ href: question.ofPrincipal ? editorOf(found, step, query) : null })} put={put} />}
          <Lanes lanes={found.lanes} />
        </>
      )}
    </SpaceBetween>
  );
}
