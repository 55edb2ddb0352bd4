import Link from "@cloudscape-design/components/link";

import { EntityList } from "../../components/EntityList";
import { age, time } from "../../lib/format";
import { usePaged } from "../../lib/load";
import { href } from "../../lib/route";

export function UserList() {
  const users = usePaged("iam", "ListUsers", "Users", {}, "");
  return (
    <EntityList
      paged={users}
      trackBy="UserId"
      title="Users"
      noun="user"
      description="A user is a person or a program with credentials of its own."
      operation="ListUsers"
      create={{ text: "Create user", href: "#/users?create=1" }}
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
