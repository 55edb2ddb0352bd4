import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";

import { CopyCommand } from "../../components/CopyCommand";
import { Copyable } from "../../components/Copyable";
import { Delete } from "../../components/Delete";
import { LastAccessed } from "../../components/LastAccessed";
import { Problem } from "../../components/Problem";
import { TagsPanel } from "../../components/TagsPanel";
import { call, type Json } from "../../lib/api";
import { nameOf, time } from "../../lib/format";
import { useLoaded } from "../../lib/load";
import { go, href } from "../../lib/route";
import { PolicyDocument } from "./PolicyDocument";
import { PolicyEntities } from "./PolicyEntities";
import { PolicyVersions } from "./PolicyVersions";

export function PolicyDetails({ arn, tab, query }: { arn: string; tab: string; query: URLSearchParams }) {
  const policy = useLoaded(() => call("iam", "GetPolicy", { PolicyArn: arn }).then((answer) => answer.Policy as Json), arn);
  const found = policy.value;
  const ours = !arn.startsWith("arn:aws:iam::aws:");
  const reason = ours ? undefined : "Policies of AWS cannot be changed";
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={found?.Description}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <CopyCommand operation="GetPolicy" members={{ PolicyArn: arn }} />
            <Delete noun="policy" name={nameOf(arn)} operation="DeletePolicy" members={{ PolicyArn: arn }} others={["policies"]} reason={reason}>
              A policy that is attached, or has other versions, cannot be deleted: detach it and delete them first.
            </Delete>
          </SpaceBetween>
        }
      >
        {nameOf(arn)}
      </Header>
      <Problem error={policy.error} />
      {found && (
        <Container header={<Header variant="h2">Summary</Header>}>
          <KeyValuePairs columns={3} items={[
            { label: "ARN", value: <Copyable text={arn} /> },
            { label: "Type", value: ours ? "Customer managed" : "AWS managed" },
            { label: "Attachments", value: String(found.AttachmentCount) },
            { label: "Created", value: time(found.CreateDate) },
            { label: "Changed", value: time(found.UpdateDate) },
            { label: "Version in force", value: found.DefaultVersionId },
          ]} />
        </Container>
      )}
      {found && (
        <Tabs
          activeTabId={tab}
          onChange={(event) => go("policies", arn, event.detail.activeTabId)}
          tabs={[
            { id: "document", label: "Permissions", href: href("policies", arn, "document"), content: <PolicyDocument arn={arn} version={found.DefaultVersionId} reason={reason} changed={policy.reload} /> },
            { id: "entities", label: "Entities attached", href: href("policies", arn, "entities"), content: <PolicyEntities arn={arn} /> },
            { id: "versions", label: "Versions", href: href("policies", arn, "versions"), content: <PolicyVersions query={query} arn={arn} reason={reason} changed={policy.reload} /> },
            { id: "accessed", label: "Last accessed", href: href("policies", arn, "accessed"), content: <LastAccessed arn={arn} shared /> },
            ...(ours ? [{ id: "tags", label: "Tags", href: href("policies", arn, "tags"), content: <TagsPanel noun="Policy" members={{ PolicyArn: arn }} /> }] : []),
          ]}
        />
      )}
    </SpaceBetween>
  );
}
