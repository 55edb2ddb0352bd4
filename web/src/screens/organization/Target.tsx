import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { Confirm } from "../../components/Confirm";
import { CopyCommand } from "../../components/CopyCommand";
import { Copyable } from "../../components/Copyable";
import { Delete } from "../../components/Delete";
import { Empty } from "../../components/Empty";
import { notify } from "../../components/Notices";
import { Problem } from "../../components/Problem";
import { call, type Json } from "../../lib/api";
import { useLoaded } from "../../lib/load";
import { href } from "../../lib/route";
import { type Node, type Organization, TYPES, enabledTypes, listAll } from "./organization";

/** A root, a unit or an account: where it is, and which policies bear on it. */
export function Target({ id, found, changed }: { id: string; found: Organization; changed: () => void }) {
  const [asking, setAsking] = useState<"unit" | "move" | null>(null);
  const [name, setName] = useState("");
  const [to, setTo] = useState<SelectProps.Option | null>(null);
  const node = found.nodes.find((each) => each.id === id);
  if (node === undefined) {
    return <Box variant="h1" padding="l">There is no such unit or account</Box>;
  }
  const holds = found.nodes.some((each) => each.parent === id);
  const parents = found.nodes.filter((each) => each.kind !== "Account" && each.id !== node.parent);
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={node.kind}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <CopyCommand service="organizations" operation="ListParents" members={{ ChildId: id }} />
            {node.kind !== "Account" && <Button onClick={() => { setName(""); setAsking("unit"); }}>Create unit in it</Button>}
            {node.kind === "Account" && <Button disabled={parents.length === 0} disabledReason={parents.length === 0 ? "There is nowhere else: create a unit first" : undefined} onClick={() => { setTo(null); setAsking("move"); }}>Move</Button>}
            {node.kind === "Unit" && (
              <Delete service="organizations" noun="unit" name={node.name} operation="DeleteOrganizationalUnit" members={{ OrganizationalUnitId: id }} others={["organization"]} reason={holds ? "Something is in it: move or delete that first" : undefined} done={changed}>
                Its policies are detached from it, and stay.
              </Delete>
            )}
          </SpaceBetween>
        }
      >
        {node.name}
      </Header>
      <Container header={<Header variant="h2">Summary</Header>}>
        <KeyValuePairs columns={3} items={[
          { label: "ID", value: <Copyable text={node.id} /> },
          { label: "ARN", value: <Copyable text={node.more.Arn} /> },
          { label: "In", value: node.parent ? <Link href={href("organization", "target", node.parent)}>{found.nodes.find((each) => each.id === node.parent)?.name}</Link> : "-" },
        ]} />
      </Container>
      <Attached node={node} types={enabledTypes(found)} />
      {asking === "unit" && (
        <Confirm title={`Create unit in ${node.name}`} verb="Create" close={() => setAsking(null)} act={async () => {
          await call("organizations", "CreateOrganizationalUnit", { ParentId: id, Name: name });
          notify(`The unit ${name} is created.`);
          changed();
        }}>
          <FormField label="Name"><Input value={name} onChange={(event) => setName(event.detail.value)} /></FormField>
        </Confirm>
      )}
      {asking === "move" && (
        <Confirm title={`Move ${node.name}`} verb="Move" close={() => setAsking(null)} act={async () => {
          await call("organizations", "MoveAccount", { AccountId: id, SourceParentId: node.parent, DestinationParentId: to?.value });
          notify(`${node.name} is moved. The policies there bear on its next request.`);
          changed();
        }}>
          <FormField label="To"><Select selectedOption={to} options={parents.map((each) => ({ value: each.id, label: each.name }))} placeholder="Choose" onChange={(event) => setTo(event.detail.selectedOption)} /></FormField>
        </Confirm>
      )}
    </SpaceBetween>
  );
}

async function attached(id: string, types: string[]): Promise<Json[]> {
  return (await Promise.all(types.map((Filter) => listAll("ListPoliciesForTarget", { TargetId: id, Filter }, "Policies")))).flat();
}

function Attached({ node, types }: { node: Node; types: string[] }) {
  const policies = useLoaded(() => attached(node.id, types), node.id + types.join());
  const [choosing, setChoosing] = useState(false);
  const [chosen, setChosen] = useState<SelectProps.Option | null>(null);
  const [error, setError] = useState<unknown>();
  const all = useLoaded(async () => (choosing ? (await Promise.all(types.map((Filter) => listAll("ListPolicies", { Filter }, "Policies")))).flat() : []), String(choosing));
  const detach = (policy: Json): void => {
    setError(undefined);
    call("organizations", "DetachPolicy", { PolicyId: policy.Id, TargetId: node.id }).then(() => {
      notify(`${policy.Name} is detached.`);
      policies.reload();
    }, setError);
  };
  const there = new Set((policies.value ?? []).map((each) => each.Id));
  return (
    <SpaceBetween size="m">
      <Problem error={error ?? policies.error ?? all.error} />
      <Table
        variant="container"
        trackBy="Id"
        loading={policies.loading && !policies.value}
        loadingText="Loading policies"
        items={policies.value ?? []}
        wrapLines
        header={
          <Header
            counter={policies.value && `(${policies.value.length})`}
            description="Attached here; those of what it is in bear on it, too."
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <CopyCommand service="organizations" operation="ListPoliciesForTarget" members={{ TargetId: node.id, Filter: types[0] ?? "SERVICE_CONTROL_POLICY" }} />
                <Button disabled={types.length === 0} disabledReason={types.length === 0 ? "No type of policies is turned on: the tab Policies of the organization does it" : undefined} onClick={() => { setChosen(null); setChoosing(true); }}>Attach policy</Button>
              </SpaceBetween>
            }
          >
            Policies
          </Header>
        }
        empty={<Empty title="No policies" next={<Link href={href("organization", "policies")}>Policies of the organization</Link>}>What it is in bears on it all the same.</Empty>}
        columnDefinitions={[
          { id: "name", header: "Policy name", isRowHeader: true, cell: (policy) => <Link href={href("organization", "policies", policy.Id)}>{policy.Name}</Link> },
          { id: "type", header: "Type", cell: (policy) => TYPES[policy.Type] ?? policy.Type },
          { id: "action", header: "Action", cell: (policy) => <Button variant="inline-link" ariaLabel={`Detach ${policy.Name}`} onClick={() => detach(policy)}>Detach</Button> },
        ]}
      />
      {choosing && (
        <Confirm title="Attach policy" verb="Attach" close={() => setChoosing(false)} act={async () => {
          await call("organizations", "AttachPolicy", { PolicyId: chosen?.value, TargetId: node.id });
          notify("The policy is attached. It bears on the next request.");
          policies.reload();
        }}>
          <FormField label="Policy">
            <Select
              selectedOption={chosen}
              filteringType="auto"
              statusType={all.loading ? "loading" : "finished"}
              loadingText="Loading policies"
              placeholder="Choose"
              empty="There is none that is not attached"
              options={(all.value ?? []).filter((policy) => !there.has(policy.Id)).map((policy) => ({ value: policy.Id, label: policy.Name, description: TYPES[policy.Type] }))}
              onChange={(event) => setChosen(event.detail.selectedOption)}
            />
          </FormField>
        </Confirm>
      )}
    </SpaceBetween>
  );
}
