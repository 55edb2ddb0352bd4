import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { CopyCommand } from "../../components/CopyCommand";
import { Empty } from "../../components/Empty";
import { notify } from "../../components/Notices";
import { Problem } from "../../components/Problem";
import { call, callAll } from "../../lib/api";
import { useLoaded } from "../../lib/load";
import { href } from "../../lib/route";

export function UserGroups({ name }: { name: string }) {
  const groups = useLoaded(() => callAll("iam", "ListGroupsForUser", { UserName: name }, "Groups"), name);
  const all = useLoaded(() => callAll("iam", "ListGroups", {}, "Groups", 1000), "");
  const [chosen, setChosen] = useState<string | null>(null);
  const [error, setError] = useState<unknown>();
  const change = async (operation: string, group: string, said: string): Promise<void> => {
    setError(undefined);
    try {
      await call("iam", operation, { UserName: name, GroupName: group });
      notify(said);
      setChosen(null);
      groups.reload();
    } catch (problem) {
      setError(problem);
    }
  };
  const member = new Set((groups.value ?? []).map((group) => group.GroupName as string));
  const others = (all.value ?? []).filter((group) => !member.has(group.GroupName)).map((group) => ({ value: group.GroupName as string, label: group.GroupName as string }));
  return (
    <SpaceBetween size="m">
      <Problem error={error ?? groups.error} />
      <Table
        variant="container"
        loading={groups.loading && !groups.value}
        loadingText="Loading groups"
        items={groups.value ?? []}
        header={
          <Header
            counter={groups.value && `(${groups.value.length})`}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <CopyCommand operation="ListGroupsForUser" members={{ UserName: name }} />
                <Select
                  selectedOption={chosen === null ? null : { value: chosen, label: chosen }}
                  options={others}
                  filteringType="auto"
                  placeholder="Choose a group"
                  ariaLabel="Group"
                  empty="No other groups"
                  onChange={(event) => setChosen(event.detail.selectedOption.value ?? null)}
                />
                <Button disabled={chosen === null} disabledReason="Choose a group first" onClick={() => void change("AddUserToGroup", chosen!, `${name} is in ${chosen} now.`)}>Add to group</Button>
              </SpaceBetween>
            }
          >
            Groups
          </Header>
        }
        empty={<Empty title={`${name} is in no group`} next={<Link href={href("groups")}>Groups, and how to make one</Link>}>A group gives its policies to all its users.</Empty>}
        columnDefinitions={[
          { id: "name", header: "Group name", isRowHeader: true, cell: (group) => <Link href={href("groups", group.GroupName)}>{group.GroupName}</Link> },
          { id: "arn", header: "ARN", cell: (group) => group.Arn },
          { id: "remove", header: "Action", cell: (group) => <Button variant="inline-link" ariaLabel={`Remove from ${group.GroupName}`} onClick={() => void change("RemoveUserFromGroup", group.GroupName, `${name} is not in ${group.GroupName} any more.`)}>Remove</Button> },
        ]}
        wrapLines
      />
    </SpaceBetween>
  );
}
