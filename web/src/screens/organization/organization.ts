// What AWS Organizations tells, put together.

import { ApiError, call, type Json } from "../../lib/api";

const NONE = "AWSOrganizationsNotInUseException";
export const TYPES: Record<string, string> = { SERVICE_CONTROL_POLICY: "Service control policies", RESOURCE_CONTROL_POLICY: "Resource control policies" };

/** Lists all pages: Organizations counts them by `NextToken`. */
export async function listAll(operation: string, members: Json, list: string): Promise<Json[]> {
  const found: Json[] = [];
  let token: string | undefined;
  do {
    const page = await call("organizations", operation, { ...members, ...(token ? { NextToken: token } : {}) });
    found.push(...page[list]);
    token = page.NextToken;
  } while (token);
  return found;
}

export interface Node {
  id: string;
  name: string;
  kind: "Root" | "Unit" | "Account";
  depth: number;
  parent: string | null;
  more: Json;
}

export interface Organization {
  about: Json;
  nodes: Node[];
}

async function below(parent: Node): Promise<Node[]> {
  const of = { ParentId: parent.id };
  const [units, accounts] = await Promise.all([
    listAll("ListOrganizationalUnitsForParent", of, "OrganizationalUnits"),
    listAll("ListAccountsForParent", of, "Accounts"),
  ]);
  const node = (kind: Node["kind"]) => (each: Json): Node => ({ id: each.Id, name: each.Name, kind, depth: parent.depth + 1, parent: parent.id, more: each });
  const nested = await Promise.all(units.map(node("Unit")).map(async (unit) => [unit, ...(await below(unit))]));
  return [...nested.flat(), ...accounts.map(node("Account"))];
}

/** Returns the organization with all that is in it, from the top; null where the account is in none. */
export async function organization(): Promise<Organization | null> {
  let about: Json;
  try {
    about = (await call("organizations", "DescribeOrganization")).Organization;
  } catch (error) {
    // Its code may come with where it is from.
    if (error instanceof ApiError && error.code.includes(NONE)) {
      return null;
    }
    throw error;
  }
  const roots = await listAll("ListRoots", {}, "Roots");
  const nested = await Promise.all(
    roots.map((each): Node => ({ id: each.Id, name: each.Name, kind: "Root", depth: 0, parent: null, more: each })).map(async (root) => [root, ...(await below(root))]),
  );
  return { about, nodes: nested.flat() };
}

/** The types of policies that decide, and that the organization has turned on. */
export function enabledTypes(found: Organization): string[] {
  const types: Json[] = found.nodes[0]?.more.PolicyTypes ?? [];
  return types.filter((each) => each.Status === "ENABLED" && each.Type in TYPES).map((each) => each.Type);
}
