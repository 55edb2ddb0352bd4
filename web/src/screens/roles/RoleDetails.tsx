import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";

import { CopyCommand } from "../../components/CopyCommand";
import { Copyable } from "../../components/Copyable";
import { Delete } from "../../components/Delete";
import { LastAccessed } from "../../components/LastAccessed";
import { PermissionsPanel } from "../../components/PermissionsPanel";
import { Problem } from "../../components/Problem";
import { TagsPanel } from "../../components/TagsPanel";
import { call, type Json } from "../../lib/api";
import { time } from "../../lib/format";
import { useLoaded } from "../../lib/load";
import { go, href } from "../../lib/route";
import { simulatorOf } from "../../lib/simulation";
import { RevokeSessions } from "./RevokeSessions";
import { TrustRelationships } from "./TrustRelationships";

export function RoleDetails({ name, tab }: { name: string; tab: string }) {
  const role = useLoaded(() => call("iam", "GetRole", { RoleName: name }).then((answer) => answer.Role as Json), name);
  const members = { RoleName: name };
  const found = role.value;
  const path = found ? found.Path.slice(1) : "";
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={found?.Description}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <CopyCommand operation="GetRole" members={members} />
            {found && <Button href={simulatorOf(found.Arn)}>Open in the simulator</Button>}
            <Button href={`#/switch?role=${encodeURIComponent(path + name)}`}>Switch to it</Button>
            <Delete noun="role" name={name} operation="DeleteRole" members={members} others={["roles"]}>
              A role with policies or in an instance profile cannot be deleted: remove them first. Its sessions end at once.
            </Delete>
          </SpaceBetween>
        }
      >
        {name}
      </Header>
      <Problem error={role.error} />
      {found && (
        <Container header={<Header variant="h2">Summary</Header>}>
          <KeyValuePairs columns={3} items={[
            { label: "ARN", value: <Copyable text={found.Arn} /> },
            { label: "Created", value: time(found.CreateDate) },
            { label: "Last activity", value: found.RoleLastUsed?.LastUsedDate ? time(found.RoleLastUsed.LastUsedDate) : "None" },
            { label: "Role ID", value: <Copyable text={found.RoleId} /> },
            { label: "Maximum session duration", value: `${found.MaxSessionDuration / 3600} h` },
            { label: "Permissions boundary", value: found.PermissionsBoundary?.PermissionsBoundaryArn ?? "Not set" },
          ]} />
        </Container>
      )}
      <Tabs
        activeTabId={tab}
        onChange={(event) => go("roles", name, event.detail.activeTabId)}
        tabs={[
          { id: "permissions", label: "Permissions", href: href("roles", name, "permissions"), content: <PermissionsPanel noun="Role" name={name} arn={found?.Arn} /> },
          { id: "trust", label: "Trust relationships", href: href("roles", name, "trust"), content: found && <TrustRelationships role={found} changed={role.reload} /> },
          { id: "tags", label: "Tags", href: href("roles", name, "tags"), content: <TagsPanel noun="Role" members={members} /> },
          { id: "accessed", label: "Last accessed", href: href("roles", name, "accessed"), content: found && <LastAccessed arn={found.Arn} shared={false} /> },
          { id: "revoke", label: "Revoke sessions", href: href("roles", name, "revoke"), content: <RevokeSessions name={name} /> },
        ]}
      />
    </SpaceBetween>
  );
}
