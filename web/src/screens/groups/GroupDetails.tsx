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
import { Rename } from "../../components/Rename";
import { call, type Json } from "../../lib/api";
import { time } from "../../lib/format";
import { useLoaded } from "../../lib/load";
import { go, href } from "../../lib/route";
import { simulatorOf } from "../../lib/simulation";
import { GroupUsers } from "./GroupUsers";

export function GroupDetails({ name, tab }: { name: string; tab: string }) {
  const found = useLoaded(() => call("iam", "GetGroup", { GroupName: name, MaxItems: 1 }).then((answer) => answer.Group as Json), name);
  const members = { GroupName: name };
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <CopyCommand operation="GetGroup" members={members} />
            {found.value && <Button href={simulatorOf(found.value.Arn)}>Open in the simulator</Button>}
            <Rename noun="Group" name={name} screen="groups" />
            <Delete noun="group" name={name} operation="DeleteGroup" members={members} others={["groups"]}>
              A group with users or policies cannot be deleted: remove them first.
            </Delete>
          </SpaceBetween>
        }
      >
        {name}
      </Header>
      <Problem error={found.error} />
      {found.value && (
        <Container header={<Header variant="h2">Summary</Header>}>
          <KeyValuePairs columns={3} items={[
            { label: "ARN", value: <Copyable text={found.value.Arn} /> },
            { label: "Created", value: time(found.value.CreateDate) },
            { label: "Path", value: found.value.Path },
          ]} />
        </Container>
      )}
      <Tabs
        activeTabId={tab}
        onChange={(event) => go("groups", name, event.detail.activeTabId)}
        tabs={[
          {
            id: "users",
            label: "Users",
            href: href("groups", name, "users"),
            content: <GroupUsers name={name} />,
          },
          { id: "permissions", label: "Permissions", href: href("groups", name, "permissions"), content: <PermissionsPanel noun="Group" name={name} arn={found.value?.Arn} /> },
          { id: "accessed", label: "Last accessed", href: href("groups", name, "accessed"), content: found.value && <LastAccessed arn={found.value.Arn} shared /> },
        ]}
      />
    </SpaceBetween>
  );
}
