// What an account should mend, as far as its own operations tell.

import { type Json, call } from "./api";
import { documentOf } from "./format";
import { href } from "./route";
import { ROOT, entriesOf, presentReport } from "./report";

const OLD_DAYS = 90;
const DAY = 86400_000;
/** How many users, groups, roles and policies are looked at, by so many at once. */
const MOST_PAGES = 5;
const AT_ONCE = 200;

export interface Place {
  name: string;
  href: string;
}

export interface Credentials {
  made: number;
  /** Active access keys that were made long ago. */
  old: Place[];
  /** Active access keys that nobody has used for long, or ever. */
  unused: Place[];
  /** Users with a password and without an MFA device. */
  alone: Place[];
}

function daysSince(text: string, now: number): number {
  const at = Date.parse(text);
  return Number.isNaN(at) ? Infinity : (now - at) / DAY;
}

/** Returns what the credential report tells; null where there is none. */
export async function credentialsOf(): Promise<Credentials | null> {
  const report = await presentReport();
  if (report === null) {
    return null;
  }
  const now = Date.now();
  const found: Credentials = { made: report.made, old: [], unused: [], alone: [] };
  for (const row of entriesOf(report.text)) {
    const place = row.user === ROOT ? { name: "the root user", href: href("credentials") } : { name: row.user, href: href("users", row.user, "credentials") };
    for (const key of ["access_key_1", "access_key_2"]) {
      const age = daysSince(row[`${key}_last_rotated`], now);
      if (row[`${key}_active`] === "true" && age >= OLD_DAYS) {
        found.old.push(place);
        if (daysSince(row[`${key}_last_used_date`], now) >= OLD_DAYS) {
          found.unused.push(place);
        }
      }
    }
    if (row.password_enabled === "true" && row.mfa_active === "false") {
      found.alone.push(place);
    }
  }
  return found;
}

function listed(value: unknown): string[] {
  return [value ?? []].flat() as string[];
}

/** Says whether a document allows all actions of a service, or of all, on every resource and without a condition. */
export function allowsAll(text: string): boolean {
  let document: Json;
  try {
    document = JSON.parse(documentOf(text));
  } catch {
    return false;
  }
  return (listed(document.Statement) as unknown as Json[]).some(
    (statement) =>
      statement.Effect === "Allow" &&
      !statement.Condition &&
      listed(statement.Resource).includes("*") &&
      listed(statement.Action).some((action) => action === "*" || /^[a-z0-9-]+:\*$/i.test(action)),
  );
}

/** Returns those of the account's own policies that do, and whether all were looked at. */
export async function wildcardsOf(): Promise<{ places: Place[]; complete: boolean }> {
  const places: Place[] = [];
  let marker: string | undefined;
  for (let page = 0; page < MOST_PAGES && (page === 0 || marker); page += 1) {
    const members = { Filter: ["User", "Group", "Role", "LocalManagedPolicy"], MaxItems: AT_ONCE, ...(marker ? { Marker: marker } : {}) };
    const found = await call("iam", "GetAccountAuthorizationDetails", members);
    for (const [list, screen, kind] of [["UserDetailList", "users", "User"], ["GroupDetailList", "groups", "Group"], ["RoleDetailList", "roles", "Role"]]) {
      for (const owner of (found[list] ?? []) as Json[]) {
        for (const policy of (owner[`${kind}PolicyList`] ?? []) as Json[]) {
          if (allowsAll(policy.PolicyDocument)) {
            places.push({ name: `${policy.PolicyName} of ${owner[`${kind}Name`]}`, href: href(screen, owner[`${kind}Name`], "permissions") });
          }
        }
      }
    }
    for (const policy of (found.Policies ?? []) as Json[]) {
      const version = (policy.PolicyVersionList as Json[]).find((each) => each.IsDefaultVersion);
      if (policy.AttachmentCount > 0 && version && allowsAll(version.Document)) {
        places.push({ name: policy.PolicyName, href: href("policies", policy.Arn) });
      }
    }
    marker = found.IsTruncated ? found.Marker : undefined;
  }
  return { places, complete: marker === undefined };
}
