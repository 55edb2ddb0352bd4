import Badge from "@cloudscape-design/components/badge";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useEffect, useState } from "react";

import { call, callAll, type Json } from "../lib/api";
import { documentOf } from "../lib/format";
import { useLoaded } from "../lib/load";
import { applied, useProposal } from "../lib/proposals";
import { href } from "../lib/route";
import { AttachPolicies } from "./AttachPolicies";
import { Confirm } from "./Confirm";
import { CopyCommand } from "./CopyCommand";
import { Empty } from "./Empty";
import { InlinePolicy, type Proposed } from "./InlinePolicy";
import { notify } from "./Notices";
import { PolicyText } from "./PolicyText";
import { Problem } from "./Problem";

interface Props {
  noun: "User" | "Group" | "Role";
  name: string;
  /** Undefined while it is not loaded, or may not be. */
  arn: string | undefined;
}

async function policiesOf(noun: string, members: Json): Promise<Json[]> {
  const [attached, inline] = await Promise.all([
    callAll("iam", `ListAttached${noun}Policies`, members, "AttachedPolicies"),
    callAll("iam", `List${noun}Policies`, members, "PolicyNames"),
  ]);
  return [
    ...attached.map((each) => ({ id: each.PolicyArn, name: each.PolicyName, arn: each.PolicyArn, inline: false })),
    ...inline.map((name) => ({ id: `inline ${String(name)}`, name, arn: null, inline: true })),
  ];
}

async function textOf(noun: string, members: Json, policy: Json): Promise<string> {
  if (policy.inline) {
    return documentOf((await call("iam", `Get${noun}Policy`, { ...members, PolicyName: policy.name })).PolicyDocument);
  }
  const { Policy } = await call("iam", "GetPolicy", { PolicyArn: policy.arn });
  const version = await call("iam", "GetPolicyVersion", { PolicyArn: policy.arn, VersionId: Policy.DefaultVersionId });
  return documentOf(version.PolicyVersion.Document);
}

/** The policies of a user, a group or a role. */
export function PermissionsPanel({ noun, name, arn }: Props) {
  const members = { [`${noun}Name`]: name };
  const policies = useLoaded(() => policiesOf(noun, members), noun + name);
  const [chosen, setChosen] = useState<Json[]>([]);
  const [attaching, setAttaching] = useState(false);
  const [writing, setWriting] = useState<{ name: string; text: string; proposed?: Proposed } | null>(null);
  const [shown, setShown] = useState<{ policy: Json; text: string } | null>(null);
  const [removing, setRemoving] = useState(false);
  const [error, setError] = useState<unknown>();
  const { proposal, error: unproposed } = useProposal();
  useEffect(() => {
    if (!proposal) {
      return;
    }
    const into = proposal.suggestion.policy;
    const open = async (): Promise<void> => {
      const text = into ? await textOf(noun, members, { inline: true, name: into.name }) : EXAMPLE;
      setWriting({ name: into?.name ?? "", text, proposed: { text: applied(into ? text : EMPTY, proposal), proposal } });
    };
    open().catch(setError);
    // Once for each.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [proposal]);
  const show = async (policy: Json): Promise<void> => {
    setError(undefined);
    try {
      setShown({ policy, text: await textOf(noun, members, policy) });
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <SpaceBetween size="m">
      <Problem error={error ?? policies.error ?? unproposed} />
      <Table
        variant="container"
        trackBy="id"
        loading={policies.loading && !policies.value}
        loadingText="Loading policies"
        items={policies.value ?? []}
        selectionType="multi"
        selectedItems={chosen}
        onSelectionChange={(event) => setChosen(event.detail.selectedItems)}
        ariaLabels={{ selectionGroupLabel: "Policies", allItemsSelectionLabel: () => "All policies", itemSelectionLabel: (_, policy) => policy.name }}
        wrapLines
        header={
          <Header
            counter={policies.value && `(${policies.value.length})`}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <CopyCommand operation={`ListAttached${noun}Policies`} members={members} />
                <Button disabled={chosen.length === 0} disabledReason="Choose policies first" onClick={() => setRemoving(true)}>Remove</Button>
                <Button onClick={() => setWriting({ name: "", text: EXAMPLE })}>Create inline policy</Button>
                <Button onClick={() => setAttaching(true)}>Attach policies</Button>
              </SpaceBetween>
            }
          >
            Permissions policies
          </Header>
        }
        empty={<Empty title="No policies" next={<Button onClick={() => setAttaching(true)}>Attach the first policy</Button>}>Everything is denied until one allows it.</Empty>}
        columnDefinitions={[
          { id: "name", header: "Policy name", isRowHeader: true, cell: (policy) => (policy.inline ? <Button variant="inline-link" onClick={() => void show(policy)}>{policy.name}</Button> : <Link href={href("policies", policy.arn)}>{policy.name}</Link>) },
          { id: "type", header: "Type", cell: (policy) => <Badge color={policy.inline ? "grey" : "blue"}>{policy.inline ? "Inline" : String(policy.arn).startsWith("arn:aws:iam::aws:") ? "AWS managed" : "Customer managed"}</Badge> },
          { id: "show", header: "Document", cell: (policy) => <Button variant="inline-link" ariaLabel={`Show ${policy.name}`} onClick={() => void show(policy)}>Show</Button> },
        ]}
      />
      {shown && (
        <SpaceBetween size="s">
          <Header variant="h3" actions={<SpaceBetween direction="horizontal" size="xs">{shown.policy.inline && <Button onClick={() => setWriting({ name: shown.policy.name, text: shown.text })}>Edit</Button>}<Button onClick={() => setShown(null)}>Close</Button></SpaceBetween>}>{shown.policy.name}</Header>
          <PolicyText text={shown.text} label={`Policy ${shown.policy.name}`} kind="identity" />
        </SpaceBetween>
      )}
      {attaching && (
        <AttachPolicies
          attached={new Set((policies.value ?? []).map((policy) => policy.arn))}
          close={() => setAttaching(false)}
          attach={async (arns) => {
            for (const arn of arns) {
              await call("iam", `Attach${noun}Policy`, { ...members, PolicyArn: arn });
            }
            notify(arns.length === 1 ? "The policy is attached." : `${arns.length} policies are attached.`);
            policies.reload();
          }}
        />
      )}
      {writing && (
        <InlinePolicy
          owner={arn}
          start={writing}
          proposed={writing.proposed}
          close={() => setWriting(null)}
          save={async (policy, text) => {
            await call("iam", `Put${noun}Policy`, { ...members, PolicyName: policy, PolicyDocument: text });
            notify(`The inline policy ${policy} is saved.`);
            setShown(null);
            policies.reload();
          }}
        />
      )}
      {removing && (
        <Confirm
          title={`Remove ${chosen.length === 1 ? chosen[0].name : `${chosen.length} policies`}?`}
          verb="Remove"
          close={() => setRemoving(false)}
          act={async () => {
            for (const policy of chosen) {
              await (policy.inline
                ? call("iam", `Delete${noun}Policy`, { ...members, PolicyName: policy.name })
                : call("iam", `Detach${noun}Policy`, { ...members, PolicyArn: policy.arn }));
            }
            notify("Removed. It bears on the next request.");
            setChosen([]);
            setShown(null);
            policies.reload();
          }}
        >
          Managed policies are detached and stay where they are. Inline policies are deleted, and cannot be brought back.
        </Confirm>
      )}
    </SpaceBetween>
  );
}

const EXAMPLE = JSON.stringify({ Version: "2012-10-17", Statement: [{ Sid: "Statement1", Effect: "Allow", Action: [], Resource: [] }] }, null, 2);
const EMPTY = JSON.stringify({ Version: "2012-10-17", Statement: [] });
