// The trust graph as the server tells it, and what a page asks of it.

import { href, read } from "../../lib/route";

export interface Node {
  id: string;
  kind: string;
  name: string;
  account: string | null;
  known: boolean;
  /** Of a role whose trust policy was looked at: whether somebody may become it. */
  reached: boolean | null;
}

export interface Edge {
  from: string;
  to: string;
  action: string;
  holds: "always" | "conditionally";
  in_short: string[];
  /** The kind of an escalation; null for what is there by trust. */
  escalation: string | null;
  /** Of an escalation, the requests that it takes. */
  by: Step[];
}

export interface Step {
  action: string;
  /** Null for any of a service's. */
  resource: string | null;
  statements: { layer: string; policy: string; policy_arn: string | null; statement: number; sid: string | null }[];
}

export interface Graph {
  account_id: string;
  nodes: Node[];
  edges: Edge[];
  notes: string[];
}

/** Whether an address asks for escalations, too. */
export function withEscalations(query: URLSearchParams): boolean {
  return query.get("escalations") === "true";
}

/** What is drawn: everything, the ways that lead from somebody, or those that lead to them. */
export type Ways = "all" | "from" | "to";

export function isWays(text: string | null): text is Ways {
  return text === "all" || text === "from" || text === "to";
}

const KINDS: Record<string, string> = {
  user: "User",
  role: "Role",
  account: "Account",
  session: "Session",
  service: "Service",
  "oidc-provider": "OpenID Connect",
  "saml-provider": "SAML",
  everyone: "Any account",
  group: "Group",
  "any-permission": "Anything",
};

export function kindOf(node: Node): string {
  return KINDS[node.kind] ?? node.kind;
}

/** What tells an arrow from others. */
export function keyOf(edge: Edge): string {
  return [edge.from, edge.to, edge.action, ...edge.by.map((step) => step.resource)].join(" ");
}

/** Returns the address of this screen with somebody chosen; escalations are there when they are on the screen now. */
export function placeOf(id: string | null, ways: Ways = "all", escalations: boolean = withEscalations(read(window.location.hash).query)): string {
  const zoom = read(window.location.hash).query.get("zoom");
  const query = new URLSearchParams({ ...(id === null ? {} : { node: id, ...(ways === "all" ? {} : { ways }) }), ...(escalations ? { escalations: "true" } : {}), ...(zoom ? { zoom } : {}) });
  const text = query.toString();
  return text ? `${href("trust-graph")}?${text}` : href("trust-graph");
}

/** Returns the address of the screen about a user, role or provider of this account; null for anybody else. */
export function screenOf(node: Node, account: string): string | null {
  if (node.account !== account) {
    return null;
  }
  if (node.kind === "user" || node.kind === "role" || node.kind === "group") {
    return href(`${node.kind}s`, node.name);
  }
  return node.kind.endsWith("-provider") ? href("providers", node.id) : null;
}

/** Returns the edges that can be gone from `start`, over any number of roles; against their direction with `back`. */
export function onWays(edges: Edge[], start: string, back: boolean): Edge[] {
  const leaving = new Map<string, Edge[]>();
  for (const edge of edges) {
    const at = back ? edge.to : edge.from;
    leaving.set(at, [...(leaving.get(at) ?? []), edge]);
  }
  const found: Edge[] = [];
  const reached = new Set([start]);
  const waiting = [start];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const edge of leaving.get(at) ?? []) {
      found.push(edge);
      const end = back ? edge.from : edge.to;
      if (!reached.has(end)) {
        reached.add(end);
        waiting.push(end);
      }
    }
  }
  return found;
}
