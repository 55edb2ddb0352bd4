import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Link from "@cloudscape-design/components/link";
import { useState } from "react";

import { Confirm } from "../../components/Confirm";
import { EntityList } from "../../components/EntityList";
import { notify } from "../../components/Notices";
import { call } from "../../lib/api";
import { age } from "../../lib/format";
import { usePaged } from "../../lib/load";
import { go, href } from "../../lib/route";

export function GroupList() {
  const groups = usePaged("iam", "ListGroups", "Groups", {}, "");
  const [creating, setCreating] = useState(false);
  const [name, setName] = useState("");
  return (
    <>
      <EntityList
        paged={groups}
        trackBy="GroupId"
        title="Groups"
        noun="group"
        description="A group gives its policies to all its users."
        operation="ListGroups"
        create={{ text: "Create group", onClick: () => setCreating(true) }}
        columns={[
          { id: "name", header: "Group name", isRowHeader: true, sortingField: "GroupName", text: (group) => group.GroupName, cell: (group) => <Link href={href("groups", group.GroupName)}>{group.GroupName}</Link> },
          { id: "path", header: "Path", sortingField: "Path", text: (group) => group.Path, cell: (group) => group.Path },
          { id: "created", header: "Created", sortingField: "CreateDate", cell: (group) => age(group.CreateDate) },
          { id: "arn", header: "ARN", text: (group) => group.Arn, cell: (group) => group.Arn },
        ]}
      />
      {creating && (
        <Confirm
          title="Create group"
          verb="Create"
          close={() => setCreating(false)}
          act={async () => {
            await call("iam", "CreateGroup", { GroupName: name });
            notify(`The group ${name} is created.`);
            go("groups", name);
          }}
        >
          <FormField label="Group name"><Input value={name} onChange={(event) => setName(event.detail.value)} /></FormField>
        </Confirm>
      )}
    </>
  );
}
