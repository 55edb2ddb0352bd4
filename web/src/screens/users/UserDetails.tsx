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
import { TagsPanel } from "../../components/TagsPanel";
import { call } from "../../lib/api";
import { time } from "../../lib/format";
import { useLoaded } from "../../lib/load";
import { go, href } from "../../lib/route";
import { simulatorOf } from "../../lib/simulation";
import { UserGroups } from "./UserGroups";
import { SecurityCredentials } from "./SecurityCredentials";

export function UserDetails({ name, tab }: { name: string; tab: string }) {
  const user = useLoaded(() => call("iam", "GetUser", { UserName: name }).then((answer) => answer.User), name);
  const members = { UserName: name };
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <CopyCommand operation="GetUser" members={members} />
            {user.value && <Button href={simulatorOf(user.value.Arn)}>Open in the simulator</Button>}
            <Rename noun="User" name={name} screen="users" />
            <Delete noun="user" name={name} operation="DeleteUser" members={members} others={["users"]}>
              A user who has keys, policies, devices or groups cannot be deleted: remove them first. It cannot be undone.
            </Delete>
          </SpaceBetween>
        }
      >
        {name}
      </Header>
      <Problem error={user.error} />
      {user.value && (
        <Container header={<Header variant="h2">Summary</Header>}>
          <KeyValuePairs
            columns={3}
            items={[
              { label: "ARN", value: <Copyable text={user.value.Arn} /> },
              { label: "Created", value: time(user.value.CreateDate) },
              { label: "Password last used", value: time(user.value.PasswordLastUsed) },
              { label: "User ID", value: <Copyable text={user.value.UserId} /> },
              { label: "Path", value: user.value.Path },
              { label: "Permissions boundary", value: user.value.PermissionsBoundary?.PermissionsBoundaryArn ?? "Not set" },
            ]}
          />
        </Container>
      )}
      <Tabs
        activeTabId={tab}
        onChange={(event) => go("users", name, event.detail.activeTabId)}
        tabs={[
          { id: "permissions", label: "Permissions", href: href("users", name, "permissions"), content: <PermissionsPanel noun="User" name={name} arn={user.value?.Arn} /> },
          { id: "groups", label: "Groups", href: href("users", name, "groups"), content: <UserGroups name={name} /> },
          { id: "tags", label: "Tags", href: href("users", name, "tags"), content: <TagsPanel noun="User" members={members} /> },
          { id: "credentials", label: "Security credentials", href: href("users", name, "credentials"), content: <SecurityCredentials name={name} /> },
          { id: "accessed", label: "Last accessed", href: href("users", name, "accessed"), content: user.value && <LastAccessed arn={user.value.Arn} shared={false} /> },
        ]}
      />
    </SpaceBetween>
  );
}
