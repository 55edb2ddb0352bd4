import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useState } from "react";

import { Confirm } from "../../components/Confirm";
import { CopyCommand } from "../../components/CopyCommand";
import { Copyable } from "../../components/Copyable";
import { LastAccessed } from "../../components/LastAccessed";
import { notify } from "../../components/Notices";
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
  const [deleting, setDeleting] = useState(false);
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={<SpaceBetween direction="horizontal" size="xs"><CopyCommand operation="GetGroup" members={{ GroupName: name }} />{found.value && <Button href={simulatorOf(found.value.Arn)}>Open in the simulator</Button>}<Rename noun="Group" name={name} screen="groups" /><Button onClick={() => setDeleting(true)}>Delete</Button></SpaceBetween>}>{name}</Header>
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
      {deleting && (
        <Confirm title={`Delete ${name}?`} verb="Delete" typed={name} close={() => setDeleting(false)} act={async () => {
          await call("iam", "DeleteGroup", { GroupName: name });
          notify(`The group ${name} is deleted.`);
          go("groups");
        }}>
          A group with users or policies cannot be deleted: remove them first.
        </Confirm>
      )}
    </SpaceBetween>
  );
}
