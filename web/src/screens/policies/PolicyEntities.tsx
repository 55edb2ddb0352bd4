import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";

import { CopyCommand } from "../../components/CopyCommand";
import { Empty } from "../../components/Empty";
import { Problem } from "../../components/Problem";
import { call, type Json } from "../../lib/api";
import { useLoaded } from "../../lib/load";
import { href } from "../../lib/route";

async function entitiesOf(arn: string): Promise<Json[]> {
  const found: Json[] = [];
  let marker: string | undefined;
  do {
    const page = await call("iam", "ListEntitiesForPolicy", { PolicyArn: arn, ...(marker ? { Marker: marker } : {}) });
    found.push(
      ...page.PolicyGroups.map((each: Json) => ({ kind: "Group", name: each.GroupName, to: "groups" })),
      ...page.PolicyUsers.map((each: Json) => ({ kind: "User", name: each.UserName, to: "users" })),
      ...page.PolicyRoles.map((each: Json) => ({ kind: "Role", name: each.RoleName, to: "roles" })),
    );
    marker = page.IsTruncated ? page.Marker : undefined;
  } while (marker);
  return found;
}

export function PolicyEntities({ arn }: { arn: string }) {
  const entities = useLoaded(() => entitiesOf(arn), arn);
  return (
    <SpaceBetween size="m">
      <Problem error={entities.error} />
      <Table
        variant="container"
        loading={entities.loading && !entities.value}
        loadingText="Loading entities"
        items={entities.value ?? []}
        header={<Header counter={entities.value && `(${entities.value.length})`} actions={<CopyCommand operation="ListEntitiesForPolicy" members={{ PolicyArn: arn }} />}>Entities attached</Header>}
        empty={<Empty title="It is attached to nobody" next={<SpaceBetween direction="horizontal" size="m" alignItems="center"><Link href={href("users")}>Users</Link><Link href={href("groups")}>Groups</Link><Link href={href("roles")}>Roles</Link></SpaceBetween>}>The tab Permissions of a user, group or role attaches it.</Empty>}
        columnDefinitions={[
          { id: "name", header: "Name", isRowHeader: true, cell: (each) => <Link href={href(each.to, each.name)}>{each.name}</Link> },
          { id: "kind", header: "Type", cell: (each) => each.kind },
        ]}
      />
    </SpaceBetween>
  );
}
