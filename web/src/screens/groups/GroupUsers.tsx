import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { Confirm } from "../../components/Confirm";
import { CopyCommand } from "../../components/CopyCommand";
import { Empty } from "../../components/Empty";
import { EntityTable } from "../../components/EntityTable";
import { notify } from "../../components/Notices";
import { Problem } from "../../components/Problem";
import { call } from "../../lib/api";
import { usePaged } from "../../lib/load";
import { href } from "../../lib/route";

/** Who is in a group, page by page. */
export function GroupUsers({ name }: { name: string }) {
  const users = usePaged("iam", "GetGroup", "Users", { GroupName: name }, name);
  const [adding, setAdding] = useState<string | null>(null);
  const [error, setError] = useState<unknown>();
  const remove = (user: string): void => {
    call("iam", "RemoveUserFromGroup", { GroupName: name, UserName: user }).then(() => {
      notify(`${user} is not in ${name} any more.`);
      users.reload();
    }, setError);
  };
  return (
    <SpaceBetween size="m">
      <Problem error={error} />
      <EntityTable
        part
        paged={users}
        trackBy="UserId"
        title="Users in this group"
        noun="user"
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <CopyCommand operation="GetGroup" members={{ GroupName: name }} />
            <Button onClick={() => setAdding("")}>Add user</Button>
          </SpaceBetween>
        }
        empty={<Empty title="Nobody is in the group" next={<Button onClick={() => setAdding("")}>Add the first user</Button>}>Its policies are for those who are.</Empty>}
        columns={[
          { id: "name", header: "User name", isRowHeader: true, sortingField: "UserName", text: (user) => user.UserName, cell: (user) => <Link href={href("users", user.UserName)}>{user.UserName}</Link> },
          { id: "arn", header: "ARN", text: (user) => user.Arn, cell: (user) => user.Arn },
          { id: "remove", header: "Action", cell: (user) => <Button variant="inline-link" ariaLabel={`Remove ${user.UserName}`} onClick={() => remove(user.UserName)}>Remove</Button> },
        ]}
      />
      {adding !== null && (
        <Confirm title="Add user" verb="Add" close={() => setAdding(null)} act={async () => {
          await call("iam", "AddUserToGroup", { GroupName: name, UserName: adding.trim() });
          notify(`${adding.trim()} is in ${name} now.`);
          users.reload();
        }}>
          <FormField label="User name"><Input value={adding} onChange={(event) => setAdding(event.detail.value)} /></FormField>
        </Confirm>
      )}
    </SpaceBetween>
  );
}
