import "./simulator.css";

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useState } from "react";

import { Names, completed, withNames } from "../../components/Names";
import { read, setQuery } from "../../lib/route";
import { useSession } from "../../lib/session";
import { type Given, type Question, queryOf, readQuestion, searchOf } from "../../lib/simulation";
import { ContextKeys } from "./ContextKeys";
import { Documents } from "./Documents";
import { Explanation } from "./Explanation";
import { PrincipalField } from "./PrincipalField";
import { type Pair, Results } from "./Results";

const EVERYTHING = { value: "*", description: "Everything" };

/** The whole question, and what of the answer is looked at, is in the address. */
export default function Simulator() {
  // What the screen writes into the address itself is no other question.
  const [round, setRound] = useState(0);
  useEffect(() => {
    const again = (): void => setRound((number) => number + 1);
    window.addEventListener("hashchange", again);
    return () => window.removeEventListener("hashchange", again);
  }, []);
  return <Asking key={round} />;
}

function pairIn(query: URLSearchParams): Pair | null {
  const [action, resource] = [query.get("action"), query.get("resource")];
  return action !== null && resource !== null ? { action, resource } : null;
}

function Asking() {
  const session = useSession();
  const [{ query }] = useState(() => read(window.location.hash));
  const start = readQuestion(query, session.kind === "user" ? session.arn : "");
  const [draft, setQuestion] = useState(start);
  const [typed, setTyped] = useState({ actions: "", resources: "" });
  // What still stands in a field is meant, too.
  const question = { ...draft, actions: withNames(draft.actions, typed.actions), resources: withNames(draft.resources, typed.resources) };
  // A link to a question is answered at once.
  const [asked, setAsked] = useState<Question | null>(query.has("actions") ? start : null);
  const [chosen, setChosen] = useState<Pair | null>(() => pairIn(query));
  const change = (changes: Partial<Question>): void => setQuestion((before) => ({ ...before, ...changes }));
  const simulate = (next: Question): void => {
    const still = chosen !== null && next.actions.includes(chosen.action) && (next.resources.length ? next.resources : ["*"]).includes(chosen.resource);
    const only = next.actions.length === 1 && next.resources.length <= 1 ? { action: next.actions[0], resource: next.resources[0] ?? "*" } : null;
    const pair = still ? chosen : only;
    setQuestion(next);
    setTyped({ actions: "", resources: "" });
    setAsked(next);
    setChosen(pair);
    setQuery({ ...queryOf(next), action: pair?.action ?? null, resource: pair?.resource ?? null, page: null, filter: null });
  };
  const put = (documents: Given[]): void => simulate({ ...question, documents });
  const add = (keys: string[]): void => change({ context: [...question.context, ...keys.map((key) => ({ key, type: "string", value: "" }))] });
  const stale = asked !== null && searchOf(asked).toString() !== searchOf(question).toString();
  const lacking = question.actions.length === 0 ? "Name an action first" : question.ofPrincipal && !question.principal.trim() ? "Name a principal first" : undefined;
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="What would be decided, without anything being done. The address of this page is a link to the question and its answer.">Policy simulator</Header>
      <Container
        footer={
          <Box float="right">
            <Button variant="primary" disabled={lacking !== undefined} disabledReason={lacking} onClick={() => simulate(question)}>Simulate</Button>
          </Box>
        }
      >
        <SpaceBetween size="m">
          <SegmentedControl
            label="Simulate"
            selectedId={question.ofPrincipal ? "principal" : "custom"}
            options={[{ id: "principal", text: "A principal" }, { id: "custom", text: "Custom policies" }]}
            onChange={(event) => change({ ofPrincipal: event.detail.selectedId === "principal" })}
          />
          {question.ofPrincipal && <PrincipalField value={question.principal} change={(principal) => change({ principal })} />}
          <Names label="Actions" noun="action" values={draft.actions} change={(actions) => change({ actions })} typed={typed.actions} type={(actions) => setTyped({ ...typed, actions })} suggest={(typed) => completed("action", typed)} />
          <Names label="Resources" description="ARNs, or * for everything." noun="resource" values={draft.resources} change={(resources) => change({ resources })} typed={typed.resources} type={(resources) => setTyped({ ...typed, resources })} suggest={async () => [EVERYTHING]} />
          <ContextKeys question={question} change={(context) => change({ context })} />
          <Documents question={question} change={(documents) => change({ documents })} />
          <ExpandableSection headerText="Another caller, another owner" defaultExpanded={Boolean(question.caller || question.owner)}>
            <SpaceBetween size="m">
              <FormField label="Caller" description="The ARN of a user who asks in place of the principal. Custom policies with a policy of the resource need one." stretch><Input value={question.caller} spellcheck={false} onChange={(event) => change({ caller: event.detail.value })} /></FormField>
              <FormField label="Resource owner" description="The account that resources are in whose ARN does not tell it." stretch><Input value={question.owner} spellcheck={false} onChange={(event) => change({ owner: event.detail.value })} /></FormField>
            </SpaceBetween>
          </ExpandableSection>
        </SpaceBetween>
      </Container>
      {stale && <Alert type="info" action={<Button onClick={() => simulate(question)} disabled={lacking !== undefined}>Simulate again</Button>}>The question was changed; below is the answer to the one before.</Alert>}
      {asked && (
        <Results
          key={`results ${searchOf(asked)}`}
          question={asked}
          chosen={chosen}
          add={add}
          choose={(pair) => {
            setChosen(pair);
            setQuery({ action: pair.action, resource: pair.resource });
          }}
        />
      )}
      {asked && chosen && <Explanation key={`why ${searchOf(asked)} ${chosen.action} ${chosen.resource}`} question={asked} pair={chosen} change={put} />}
    </SpaceBetween>
  );
}
