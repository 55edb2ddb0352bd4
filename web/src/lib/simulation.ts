// What a simulation asks: in the address of the simulator, in the members of the operation, and in a body of the console's own page.

import { type Json, own } from "./api";
import { href } from "./route";

/** What a document is there for; `session` and `endpoint` are not known to the public operations. */
export type Part = "identity" | "boundary" | "resource" | "scp" | "session" | "endpoint";

export interface Given {
  part: Part;
  text: string;
}

export interface ContextEntry {
  key: string;
  type: string;
  /** One value, or several between commas for a list. */
  value: string;
}

export interface Question {
  /** Whether a principal of the account is asked about, and not the documents alone. */
  ofPrincipal: boolean;
  principal: string;
  caller: string;
  actions: string[];
  resources: string[];
  owner: string;
  documents: Given[];
  context: ContextEntry[];
}

export const PARTS: Record<Part, string> = {
  identity: "Identity-based policy",
  boundary: "Permissions boundary",
  resource: "Resource policy",
  scp: "Service control policy",
  session: "Session policy",
  endpoint: "VPC endpoint policy",
};

/** Of these there is one. */
export const SINGLE: ReadonlySet<Part> = new Set<Part>(["boundary", "resource", "endpoint"]);

export function words(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

function listed<T>(text: string | null, sound: (item: Json) => boolean): T[] {
  try {
    const found: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(found) ? (found.filter((item) => item !== null && typeof item === "object" && sound(item)) as T[]) : [];
  } catch {
    return [];
  }
}

const isText = (value: unknown): boolean => typeof value === "string";

/** Reads a question from the query of an address; whatever is wrong with it is left out. */
export function readQuestion(query: URLSearchParams, principal: string): Question {
  return {
    ofPrincipal: query.get("as") !== "custom",
    principal: query.get("principal") ?? principal,
    caller: query.get("caller") ?? "",
    actions: words(query.get("actions") ?? "iam:GetUser"),
    resources: words(query.get("resources") ?? "*"),
    owner: query.get("owner") ?? "",
    documents: listed<Given>(query.get("documents"), (item) => item.part in PARTS && isText(item.text)),
    context: listed<ContextEntry>(query.get("context"), (item) => isText(item.key) && isText(item.type) && isText(item.value)),
  };
}

/** Returns the query in which `readQuestion` finds the same; null for what is left out. */
export function queryOf(question: Question): Record<string, string | null> {
  return {
    as: question.ofPrincipal ? null : "custom",
    principal: question.ofPrincipal ? question.principal : null,
    caller: question.caller || null,
    actions: question.actions.join(" "),
    resources: question.resources.join(" "),
    owner: question.owner || null,
    documents: question.documents.length ? JSON.stringify(question.documents) : null,
    context: question.context.length ? JSON.stringify(question.context) : null,
  };
}

export function searchOf(question: Question): URLSearchParams {
  const given = Object.entries(queryOf(question)).filter((pair): pair is [string, string] => pair[1] !== null);
  return new URLSearchParams(given);
}

/** Returns the address of the simulator with a principal, and nothing asked yet. */
export function simulatorOf(principal: string): string {
  return `${href("simulator")}?${new URLSearchParams({ principal })}`;
}

// What a simulation knows of its principal by itself.
const KNOWN = /^aws:(Principal(?!Tag)|userid$|username$|ResourceAccount$)/i;

/** Returns the address of the simulator with what was asked when a decision was taken; null for whom nothing can be simulated. */
export function simulatorOn(found: Json): string | null {
  const { request } = found;
  const principal = request?.context?.["aws:PrincipalArn"];
  if (!isText(principal) || !/^arn:[^:]*:iam::[0-9]{12}:(user|role)\//.test(principal)) {
    return null;
  }
  const context = Object.entries(request.context as Record<string, string | string[]>)
    .filter(([key, value]) => !KNOWN.test(key) && value !== null)
    .map(([key, value]): ContextEntry => ({ key, type: isText(value) ? "string" : "stringList", value: [value].flat().join(",") }));
  const question: Question = { ofPrincipal: true, principal, caller: "", actions: [request.action], resources: [request.resource], owner: "", documents: [], context };
  const query = searchOf(question);
  query.set("action", request.action);
  query.set("resource", request.resource);
  return `${href("simulator")}?${query}`;
}

export function operationOf(question: Question): string {
  return question.ofPrincipal ? "SimulatePrincipalPolicy" : "SimulateCustomPolicy";
}

function textsOf(question: Question, part: Part): string[] {
  return question.documents.filter((each) => each.part === part).map((each) => each.text);
}

/** Returns the members of the operation that asks this. */
export function membersOf(question: Question): Json {
  const identity = textsOf(question, "identity");
  const boundary = textsOf(question, "boundary");
  const scps = textsOf(question, "scp");
  const [resourcePolicy] = textsOf(question, "resource");
  const entries = question.context.filter((entry) => entry.key.trim());
  return {
    ...(question.ofPrincipal ? { PolicySourceArn: question.principal.trim() } : {}),
    ...(identity.length || !question.ofPrincipal ? { PolicyInputList: identity } : {}),
    ...(boundary.length ? { PermissionsBoundaryPolicyInputList: boundary } : {}),
    ...(scps.length && !question.ofPrincipal ? { OrderedOrganizationPolicyInputList: scps.map((text) => ({ ServiceControlPolicyInputList: [text] })) } : {}),
    ...(resourcePolicy === undefined ? {} : { ResourcePolicy: resourcePolicy }),
    ActionNames: question.actions,
    ResourceArns: question.resources.length ? question.resources : ["*"],
    ...(question.owner.trim() ? { ResourceOwner: question.owner.trim() } : {}),
    ...(question.caller.trim() ? { CallerArn: question.caller.trim() } : {}),
    ...(entries.length ? { ContextEntries: entries.map(entryOf) } : {}),
  };
}

function entryOf({ key, type, value }: ContextEntry): Json {
  const values = type.endsWith("List") ? value.split(",").map((each) => each.trim()).filter(Boolean) : [value];
  return { ContextKeyName: key.trim(), ContextKeyValues: values, ContextKeyType: type };
}

/** Whether it asks what the public operations cannot be asked. */
export function isBeyond(question: Question): boolean {
  return question.documents.some((each) => each.part === "session" || each.part === "endpoint");
}

/** Asks the console's own page. */
export function ask(question: Question, want: "explanation" | "results" | "test", pair: { action?: string; resource?: string } = {}): Promise<Json> {
  const [endpointPolicy] = textsOf(question, "endpoint");
  return own(question.ofPrincipal ? "ExplainPrincipalSimulation" : "ExplainCustomSimulation", {
    members: membersOf(question),
    want,
    ...pair,
    sessionPolicies: textsOf(question, "session"),
    endpointPolicy: endpointPolicy ?? null,
  });
}
