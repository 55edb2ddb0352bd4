import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import Tabs from "@cloudscape-design/components/tabs";
import { useState } from "react";

import { Confirm } from "../../components/Confirm";
import { CopyCommand } from "../../components/CopyCommand";
import { Copyable } from "../../components/Copyable";
import { LastAccessed } from "../../components/LastAccessed";
import { notify } from "../../components/Notices";
import { PermissionsPanel } from "../../components/PermissionsPanel";
import { Problem } from "../../components/Problem";
import { call, callAll, type Json } from "../../lib/api";
import { time } from "../../lib/format";
import { useLoaded } from "../../lib/load";
import { go, href } from "../../lib/route";
import { simulatorOf } from "../../lib/simulation";

async function groupOf(name: string): Promise<{ group: Json; users: Json[] }> {
  const [first, users] = await Promise.all([
    call("iam", "GetGroup", { GroupName: name, MaxItems: 1 }),
    callAll("iam", "GetGroup", { GroupName: name }, "Users"),
  ]);
  return { group: first.Group, users };
}

export function GroupDetails({ name, tab }: { name: string; tab: string }) {
  const found = useLoaded(() => groupOf(name), name);
  const [deleting, setDeleting] = useState(false);
  const [error, setError] = useState<unknown>();
  const remove = (user: string): void => {
    call("iam", "RemoveUserFromGroup", { GroupName: name, UserName: user }).then(() => {
      notify(`${user} is not in ${name} any more.`);
      found.reload();
    }, setError);
  };
  const users = found.value?.users;
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={<SpaceBetween direction="horizontal" size="xs"><CopyCommand operation="GetGroup" members={{ GroupName: name }} />{found.value && <Button href={simulatorOf(found.value.group.Arn)}>Open in the simulator</Button>}<Button onClick={() => setDeleting(true)}>Delete</Button></SpaceBetween>}>{name}</Header>
      <Problem error={error ?? found.error} />
      {found.value && (
        <Container header={<Header variant="h2">Summary</Header>}>
          <KeyValuePairs columns={3} items={[
            { label: "ARN", value: <Copyable text={found.value.group.Arn} /> },
            { label: "Created", value: time(found.value.group.CreateDate) },
            { label: "Path", value: found.value.group.Path },
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
            content: (
              <Table
                variant="container"
                loading={found.loading && !users}
                loadingText="Loading users"
                items={users ?? []}
                wrapLines
                header={<Header counter={users && `(${users.length})`}>Users in this group</Header>}
                empty={<Box textAlign="center">Nobody is in the group. A user's tab Groups puts it in.</Box>}
                columnDefinitions={[
                  { id: "name", header: "User name", isRowHeader: true, cell: (user) => <Link href={href("users", user.UserName)}>{user.UserName}</Link> },
                  { id: "arn", header: "ARN", cell: (user) => user.Arn },
                  { id: "remove", header: "Action", cell: (user) => <Button variant="inline-link" ariaLabel={`Remove ${user.UserName}`} onClick={() => remove(user.UserName)}>Remove</Button> },
                ]}
              />
            ),
          },
          { id: "permissions", label: "Permissions", href: href("groups", name, "permissions"), content: <PermissionsPanel noun="Group" name={name} arn={found.value?.group.Arn} /> },
          { id: "accessed", label: "Last accessed", href: href("groups", name, "accessed"), content: found.value && <LastAccessed arn={found.value.group.Arn} shared /> },
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
