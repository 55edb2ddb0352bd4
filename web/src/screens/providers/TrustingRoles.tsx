import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";

import { CopyCommand } from "../../components/CopyCommand";
import { Problem } from "../../components/Problem";
import { callAll } from "../../lib/api";
import { age } from "../../lib/format";
import { useLoaded } from "../../lib/load";
import { href } from "../../lib/route";
import { roleFor, trusts } from "./providers";

/** The roles through which a provider's people and programs get in. */
export function TrustingRoles({ arn }: { arn: string }) {
  const roles = useLoaded(() => callAll("iam", "ListRoles", { MaxItems: 1000 }, "Roles").then((all) => all.filter((role) => trusts(role, arn))), arn);
  const create = <Button href={roleFor(arn)}>Create role for it</Button>;
  return (
    <SpaceBetween size="m">
      <Problem error={roles.error} />
      <Table
        variant="container"
        trackBy="RoleId"
        loading={roles.loading && !roles.value}
        loadingText="Loading roles"
        items={roles.value ?? []}
        wrapLines
        header={
          <Header
            counter={roles.value && `(${roles.value.length})`}
            description="Those whose trust policy names it."
            actions={<SpaceBetween direction="horizontal" size="xs"><CopyCommand operation="ListRoles" />{create}</SpaceBetween>}
          >
            Roles that trust it
          </Header>
        }
        empty={<Box textAlign="center"><SpaceBetween size="s"><b>No role trusts it</b><Box color="inherit">Until one does, nobody gets in through it.</Box>{create}</SpaceBetween></Box>}
        columnDefinitions={[
          { id: "name", header: "Role name", isRowHeader: true, cell: (role) => <Link href={href("roles", role.RoleName, "trust")}>{role.RoleName}</Link> },
          { id: "description", header: "Description", cell: (role) => role.Description || "-" },
          { id: "created", header: "Created", cell: (role) => age(role.CreateDate) },
        ]}
      />
    </SpaceBetween>
  );
}
