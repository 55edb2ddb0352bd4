import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useEffect, useRef, useState } from "react";

import { CopyCommand } from "../../components/CopyCommand";
import { Delete } from "../../components/Delete";
import { JsonBlock } from "../../components/JsonBlock";
import { JsonEditor } from "../../components/JsonEditor";
import { notify } from "../../components/Notices";
import { Problem } from "../../components/Problem";
import { Proposed } from "../../components/Proposed";
import { SaveReview } from "../../components/SaveReview";
import { call, type Json } from "../../lib/api";
import { documentOf } from "../../lib/format";
import { useLoaded } from "../../lib/load";
import { applied, useProposal } from "../../lib/proposals";
import { href } from "../../lib/route";
import { TYPES, listAll } from "./organization";

/** A policy of the organization: its document, and whom it is attached to. */
export function OrganizationPolicy({ id }: { id: string }) {
  const policy = useLoaded(() => call("organizations", "DescribePolicy", { PolicyId: id }).then((answer) => answer.Policy as Json), id);
  const targets = useLoaded(() => listAll("ListTargetsForPolicy", { PolicyId: id }, "Targets"), id);
  const [edited, setEdited] = useState<string | null>(null);
  const [reviewed, setReviewed] = useState(false);
  const { proposal, error: unproposed } = useProposal();
  const proposed = useRef(false);
  const found = policy.value;
  const content: string | undefined = found && documentOf(found.Content);
  useEffect(() => {
    if (proposal && content !== undefined && !proposed.current) {
      proposed.current = true;
      setEdited(applied(content, proposal));
    }
  }, [proposal, content]);
  if (found === undefined) {
    return <Problem error={policy.error} />;
  }
  const summary: Json = found.PolicySummary;
  const text = documentOf(found.Content);
  const ofAws = summary.AwsManaged === true;
  const used = (targets.value ?? []).length > 0;
  const save = async (): Promise<void> => {
    await call("organizations", "UpdatePolicy", { PolicyId: id, Content: edited });
    notify("The policy is saved. It bears on the next request.");
    setEdited(null);
    policy.reload();
  };
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={TYPES[summary.Type] ?? summary.Type}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <CopyCommand service="organizations" operation="DescribePolicy" members={{ PolicyId: id }} />
            <Delete service="organizations" noun="policy" name={summary.Name} operation="DeletePolicy" members={{ PolicyId: id }} others={["organization", "policies"]} reason={ofAws ? "Policies of AWS cannot be changed" : used ? "It is attached: detach it first" : undefined}>
              It cannot be undone.
            </Delete>
          </SpaceBetween>
        }
      >
        {summary.Name}
      </Header>
      <Problem error={unproposed ?? targets.error} />
      <Container
        header={
          <Header
            variant="h2"
            actions={
              edited === null ? (
                <Button disabled={ofAws} disabledReason={ofAws ? "Policies of AWS cannot be changed" : undefined} onClick={() => setEdited(text)}>Edit</Button>
              ) : (
                <SpaceBetween direction="horizontal" size="xs"><Button variant="link" onClick={() => setEdited(null)}>Cancel</Button><Button variant="primary" disabled={edited === text} disabledReason="Nothing is changed" onClick={() => setReviewed(true)}>Save</Button></SpaceBetween>
              )
            }
          >
            Document
          </Header>
        }
      >
        <SpaceBetween size="m">
          {proposal && edited !== null && <Proposed proposal={proposal} text={text} />}
          {edited === null ? <JsonBlock text={text} label="Policy document" /> : <JsonEditor label="Policy document" kind={summary.Type === "RESOURCE_CONTROL_POLICY" ? "rcp" : "scp"} value={edited} change={setEdited} />}
        </SpaceBetween>
      </Container>
      <Table
        variant="container"
        trackBy="TargetId"
        loading={targets.loading && !targets.value}
        loadingText="Loading targets"
        items={targets.value ?? []}
        wrapLines
        header={<Header counter={targets.value && `(${targets.value.length})`}>Attached to</Header>}
        empty={<Box textAlign="center">Nothing. A root, unit or account attaches it, under <Link href={href("organization")}>accounts and units</Link>.</Box>}
        columnDefinitions={[
          { id: "name", header: "Name", isRowHeader: true, cell: (target) => <Link href={href("organization", "target", target.TargetId)}>{target.Name}</Link> },
          { id: "type", header: "Kind", cell: (target) => String(target.Type).toLowerCase().replace("_", " ") },
          { id: "id", header: "ID", cell: (target) => target.TargetId },
        ]}
      />
      {reviewed && edited !== null && <SaveReview title={`Save ${summary.Name}?`} verb="Save" saved={undefined} before={text} after={edited} save={save} close={() => setReviewed(false)} />}
    </SpaceBetween>
  );
}
