import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { CopyCommand } from "../../components/CopyCommand";
import { EntityTable } from "../../components/EntityTable";
import { age, time } from "../../lib/format";
import { usePaged } from "../../lib/load";
import { href } from "../../lib/route";

const CREATE = "#/users?create=1";

export function UserList() {
  const users = usePaged("iam", "ListUsers", "Users", {}, "");
  return (
    <EntityTable
      paged={users}
      trackBy="UserId"
      title="Users"
      noun="user"
      description="A user is a person or a program with credentials of its own."
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <CopyCommand operation="ListUsers" />
          <Button iconName="refresh" ariaLabel="Refresh" onClick={users.reload} />
          <Button variant="primary" href={CREATE}>Create user</Button>
        </SpaceBetween>
      }
      empty={<SpaceBetween size="s"><b>No users</b><Button href={CREATE}>Create user</Button></SpaceBetween>}
      columns={[
        { id: "name", header: "User name", isRowHeader: true, sortingField: "UserName", text: (user) => user.UserName, cell: (user) => <Link href={href("users", user.UserName)}>{user.UserName}</Link> },
        { id: "path", header: "Path", sortingField: "Path", text: (user) => user.Path, cell: (user) => user.Path },
        { id: "created", header: "Created", sortingField: "CreateDate", cell: (user) => age(user.CreateDate) },
        { id: "password", header: "Password last used", sortingField: "PasswordLastUsed", cell: (user) => time(user.PasswordLastUsed) },
        { id: "arn", header: "ARN", text: (user) => user.Arn, cell: (user) => user.Arn },
      ]}
    />
  );
}
