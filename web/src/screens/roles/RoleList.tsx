import Link from "@cloudscape-design/components/link";

import { EntityList } from "../../components/EntityList";
import type { Json } from "../../lib/api";
import { age, documentOf } from "../../lib/format";
import { usePaged } from "../../lib/load";
import { href } from "../../lib/route";

/** Says whom a role trusts, in a few words. */
export function trusted(role: Json): string {
  try {
    const statements = [JSON.parse(documentOf(role.AssumeRolePolicyDocument)).Statement].flat();
    const names = statements.flatMap((statement: Json) =>
      Object.entries((statement.Principal ?? {}) as Json).flatMap(([kind, values]) => [values].flat().map((value) => `${kind}: ${String(value)}`)),
    );
    return [...new Set(names)].join(", ") || "-";
  } catch {
    return "-";
  }
}

export function RoleList() {
  const roles = usePaged("iam", "ListRoles", "Roles", {}, "");
  return (
    <EntityList
      paged={roles}
      trackBy="RoleId"
      title="Roles"
      noun="role"
      description="A role has no credentials of its own: whom it trusts gets temporary ones."
      operation="ListRoles"
      create={{ text: "Create role", href: "#/roles?create=account" }}
      columns={[
        { id: "name", header: "Role name", isRowHeader: true, sortingField: "RoleName", text: (role) => role.RoleName, cell: (role) => <Link href={href("roles", role.RoleName)}>{role.RoleName}</Link> },
        { id: "trusted", header: "Trusted entities", text: trusted, cell: trusted },
        { id: "path", header: "Path", sortingField: "Path", text: (role) => role.Path, cell: (role) => role.Path },
        { id: "created", header: "Created", sortingField: "CreateDate", cell: (role) => age(role.CreateDate) },
      ]}
    />
  );
}
