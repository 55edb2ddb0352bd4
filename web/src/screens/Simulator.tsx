import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import Textarea from "@cloudscape-design/components/textarea";
import { type FormEvent, useState } from "react";

import { CopyCommand } from "../components/CopyCommand";
import { Problem } from "../components/Problem";
import { callAll, type Json } from "../lib/api";
import { type Route, setQuery } from "../lib/route";
import { useSession } from "../lib/session";

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

export default function Simulator({ route }: { route: Route }) {
  const session = useSession();
  const [principal, setPrincipal] = useState(route.query.get("principal") ?? (session.kind === "user" ? session.arn : ""));
  const [actions, setActions] = useState(route.query.get("actions") ?? "iam:GetUser");
  const [resources, setResources] = useState(route.query.get("resources") ?? "*");
  const [results, setResults] = useState<Json[] | null>(null);
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const members = { PolicySourceArn: principal.trim(), ActionNames: words(actions), ResourceArns: words(resources) };
  const simulate = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    setQuery({ principal, actions, resources });
    try {
      setResults(await callAll("iam", "SimulatePrincipalPolicy", members, "EvaluationResults"));
    } catch (problem) {
      setError(problem);
      setResults(null);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void simulate(event)}>
      <SpaceBetween size="l">
        <Header variant="h1" description="What would be decided, without anything being done. The address of this page is a link to the question.">Policy simulator</Header>
        <Container
          footer={<Box float="right"><SpaceBetween direction="horizontal" size="xs"><CopyCommand operation="SimulatePrincipalPolicy" members={members} /><Button variant="primary" formAction="submit" loading={busy}>Simulate</Button></SpaceBetween></Box>}
        >
          <SpaceBetween size="m">
            <FormField label="Principal" description="The ARN of a user, a group or a role."><Input value={principal} name="principal" onChange={(event) => setPrincipal(event.detail.value)} /></FormField>
            <FormField label="Actions" description="Separated by blanks."><Textarea value={actions} rows={2} onChange={(event) => setActions(event.detail.value)} /></FormField>
            <FormField label="Resources" description="Separated by blanks."><Textarea value={resources} rows={2} onChange={(event) => setResources(event.detail.value)} /></FormField>
            <Problem error={error} />
          </SpaceBetween>
        </Container>
        {results && (
          <Table
            variant="container"
            items={results}
            wrapLines
            header={<Header counter={`(${results.length})`}>Results</Header>}
            empty="Nothing was asked"
            columnDefinitions={[
              { id: "action", header: "Action", isRowHeader: true, cell: (each) => each.EvalActionName },
              { id: "resource", header: "Resource", cell: (each) => each.EvalResourceName },
              { id: "decision", header: "Decision", cell: (each) => <StatusIndicator type={each.EvalDecision === "allowed" ? "success" : "error"}>{each.EvalDecision}</StatusIndicator> },
              { id: "by", header: "Decided by", cell: (each) => (each.MatchedStatements ?? []).map((statement: Json) => `${statement.SourcePolicyId} (${statement.SourcePolicyType})`).join(", ") || "No statement" },
              { id: "missing", header: "Missing context keys", cell: (each) => (each.MissingContextValues ?? []).join(", ") || "-" },
            ]}
          />
        )}
      </SpaceBetween>
    </form>
  );
}
