import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { Confirm } from "../../components/Confirm";
import { CopyCommand } from "../../components/CopyCommand";
import { JsonEditor } from "../../components/JsonEditor";
import { notify } from "../../components/Notices";
import { Problem } from "../../components/Problem";
import { call } from "../../lib/api";
import { useLoaded } from "../../lib/load";
import { go, href } from "../../lib/route";
import { type Organization, TYPES, enabledTypes, listAll } from "./organization";

const START = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Deny", Action: "organizations:LeaveOrganization", Resource: "*" }] }, null, 2);
const START_OF_RESOURCES = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Deny", Principal: "*", Action: "sts:AssumeRole", Resource: "*", Condition: { StringNotEqualsIfExists: { "aws:PrincipalOrgID": "o-example" } } }] }, null, 2);

export function OrganizationPolicies({ found, changed }: { found: Organization; changed: () => void }) {
  return <SpaceBetween size="l">{Object.keys(TYPES).map((type) => <OfType key={type} type={type} found={found} changed={changed} />)}</SpaceBetween>;
}

function OfType({ type, found, changed }: { type: string; found: Organization; changed: () => void }) {
  const enabled = enabledTypes(found).includes(type);
  const policies = useLoaded(async () => (enabled ? listAll("ListPolicies", { Filter: type }, "Policies") : []), String(enabled));
  const [making, setMaking] = useState(false);
  const [name, setName] = useState("");
  const [text, setText] = useState(type === "SERVICE_CONTROL_POLICY" ? START : START_OF_RESOURCES);
  const [error, setError] = useState<unknown>();
  const members = { RootId: found.nodes[0]?.id, PolicyType: type };
  const enable = (): void => {
    call("organizations", "EnablePolicyType", members).then(() => {
      notify(`${TYPES[type]} are turned on.`);
      changed();
    }, setError);
  };
  return (
    <SpaceBetween size="m">
      <Problem error={error ?? policies.error} />
      <Table
        variant="container"
        trackBy="Id"
        loading={policies.loading && !policies.value}
        loadingText="Loading policies"
        items={policies.value ?? []}
        wrapLines
        header={
          <Header
            counter={enabled && policies.value ? `(${policies.value.length})` : undefined}
            description={type === "SERVICE_CONTROL_POLICY" ? "What users and roles of its accounts may do at most." : "What may be done with resources of its accounts at most, whoever asks."}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <CopyCommand service="organizations" operation={enabled ? "ListPolicies" : "EnablePolicyType"} members={enabled ? { Filter: type } : members} />
                <Button disabled={!enabled} disabledReason={enabled ? undefined : "They are turned off"} onClick={() => { setName(""); setMaking(true); }}>Create policy</Button>
              </SpaceBetween>
            }
          >
            {TYPES[type]}
          </Header>
        }
        empty={<Box textAlign="center"><SpaceBetween size="s"><b>{enabled ? "No policies" : "They are turned off"}</b>{enabled ? <Button onClick={() => { setName(""); setMaking(true); }}>Create the first policy</Button> : <Button onClick={enable}>Turn on</Button>}</SpaceBetween></Box>}
        columnDefinitions={[
          { id: "name", header: "Policy name", isRowHeader: true, cell: (policy) => <Link href={href("organization", "policies", policy.Id)}>{policy.Name}</Link> },
          { id: "of", header: "Of", cell: (policy) => (policy.AwsManaged ? "AWS" : "The organization") },
          { id: "description", header: "Description", cell: (policy) => policy.Description || "-" },
        ]}
      />
      {making && (
        <Confirm title="Create policy" verb="Create" size="large" close={() => setMaking(false)} act={async () => {
          const made = await call("organizations", "CreatePolicy", { Name: name, Description: "", Type: type, Content: text });
          notify(`The policy ${name} is created. It bears on nobody until it is attached.`);
          go("organization", "policies", made.Policy.PolicySummary.Id);
        }}>
          <SpaceBetween size="m">
            <FormField label="Policy name"><Input value={name} onChange={(event) => setName(event.detail.value)} /></FormField>
            <JsonEditor label="Policy document" kind={type === "RESOURCE_CONTROL_POLICY" ? "rcp" : "scp"} value={text} change={setText} />
          </SpaceBetween>
        </Confirm>
      )}
    </SpaceBetween>
  );
}
