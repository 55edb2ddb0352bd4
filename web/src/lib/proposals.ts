// The least change that would allow what was denied, from the page of a decision or a simulation to an editor that opens on
// it.  The editor's address names the decision, or holds the simulation, and the step, so that it is a link as well.

import { useEffect, useState } from "react";

import { type Json, own } from "./api";
import { documentOf, nameOf } from "./format";
import { href, read } from "./route";
import { ask, readQuestion } from "./simulation";

export interface Proposal {
  /** Where it is told why. */
  why: string;
  suggestion: Json;
  /** The document that the statement to edit was in, as it was then. */
  recorded: string | undefined;
}

const OWNERS: Record<string, string> = { user: "users", group: "groups", role: "roles" };

function kindOf(arn: string): string {
  return arn.split(":")[5]?.split("/")[0] ?? "";
}

/** Returns the parts of the address at which the policy is changed. */
function placeOf(found: Json, suggestion: Json): string[] | null {
  const arn: string | undefined = suggestion.policy?.arn ?? undefined;
  if (suggestion.layer === "trust") {
    return ["roles", nameOf(found.request.resource), "trust"];
  }
  if (arn !== undefined && kindOf(arn) === "policy") {
    // AWS's own cannot be changed, and those of organizations have no such screen.
    return !arn.startsWith("arn:aws:iam:") || arn.startsWith("arn:aws:iam::aws:") ? null : ["policies", arn, "document"];
  }
  // What came with a simulation alone is nowhere to be edited.
  if (suggestion.layer !== "identity" || (suggestion.policy && arn === undefined)) {
    return null;
  }
  if (arn !== undefined) {
    const owners = OWNERS[kindOf(arn)];
    // Of an inline policy it is the owner's ARN, with the policy's name behind it.
    return owners === undefined ? null : [owners, nameOf(arn.slice(0, arn.lastIndexOf("/"))), "permissions"];
  }
  const caller: string = found.request.principal.arn;
  switch (kindOf(caller)) {
    case "user":
      return ["users", nameOf(caller), "permissions"];
    case "assumed-role":
      return ["roles", caller.split("/")[1], "permissions"];
    // Of a simulation, which makes no session.
    case "role":
    case "group":
      return [OWNERS[kindOf(caller)], nameOf(caller), "permissions"];
    default:
      return null;
  }
}

/** Returns where a change can be made, or null where no screen can. */
export function editorOf(found: Json, step: number, simulation?: URLSearchParams): string | null {
  const suggestion = found.suggestions[step];
  const place = suggestion.add || suggestion.becomes ? placeOf(found, suggestion) : null;
  const query = new URLSearchParams(simulation ? { simulation: simulation.toString() } : { decision: found.decision_id });
  return place && `${href(...place)}?${query}&step=${step + 1}`;
}

/** Where a step is made: at an address, or why nowhere. */
export interface Place {
  href: string | null;
  reason?: string | undefined;
}

/** Returns where a step of a decision is made, as the server tells it. */
export function placeFor(found: Json, step: number): Place {
  const editor: Json | undefined = found.editors?.[step];
  if (!editor || editor.reason !== null) {
    return { href: null, reason: editor?.reason };
  }
  if (editor.place === null) {
    return { href: href("decisions", found.decision_id, "change", String(step + 1)) };
  }
  const query = new URLSearchParams({ decision: found.decision_id, step: String(step + 1) });
  return { href: `${href(...editor.place)}?${query}` };
}

/** Returns the change that a step of a decision proposes; where it `adds`, a statement beside the one that comes nearest. */
export function proposalFor(found: Json, step: number, why: string, adds = false): Proposal | undefined {
  const suggestion: Json | undefined = found.suggestions?.[step - 1];
  if (suggestion === undefined) {
    return undefined;
  }
  // A policy of AWS stays as it is, and another one takes what is missing.
  const others = adds ? { ...suggestion, becomes: null } : suggestion;
  const taken = found.editors?.[step - 1]?.how === "add" ? { ...suggestion, policy: null, becomes: null } : others;
  return { why, suggestion: taken, recorded: recordedIn(found, taken) };
}

/** Returns what the address names, and where that is told: a decision, or a simulation of one action on one resource. */
function sourceOf(query: URLSearchParams): { load: () => Promise<Json>; why: string } | null {
  const [decision, simulation] = [query.get("decision"), query.get("simulation")];
  if (decision !== null) {
    return { load: () => own("GetDecision", { decisionId: decision }), why: href("decisions", decision) };
  }
  if (simulation === null) {
    return null;
  }
  const asked = new URLSearchParams(simulation);
  const pair = { action: asked.get("action") ?? "", resource: asked.get("resource") ?? "" };
  return { load: () => ask(readQuestion(asked, ""), "explanation", pair), why: `${href("simulator")}?${asked}` };
}

/** Returns the change that the address asks an editor to open on. */
export function useProposal(): { proposal: Proposal | undefined; error: unknown } {
  const [state, setState] = useState<{ proposal?: Proposal | undefined; error?: unknown }>({});
  const { query } = read(window.location.hash);
  const step = Number(query.get("step"));
  const key = `${query.get("decision")} ${query.get("simulation")} ${query.get("how")}`;
  useEffect(() => {
    let current = true;
    const source = sourceOf(query);
    if (source !== null) {
      source.load().then(
        (found) => {
          if (current) {
            setState({ proposal: proposalFor(found, step, source.why, query.get("how") === "add") });
          }
        },
        (error: unknown) => current && setState({ error }),
      );
    }
    return () => {
      current = false;
    };
    // What is proposed is told by the key.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, step]);
  return { proposal: state.proposal, error: state.error };
}

function recordedIn(found: Json, suggestion: Json): string | undefined {
  const policies: Json[] = (found.lanes ?? []).flatMap((lane: Json) => lane.policies ?? []);
  const policy = policies.find((each) => each.arn === suggestion.policy?.arn && each.name === suggestion.policy?.name);
  return policy && documentOf(policy.document);
}

/** Says whether the statement that denies can be taken out of `text`: it is still there, and others are. */
export function lifts(text: string, { suggestion, recorded }: Proposal): boolean {
  return suggestion.change === "lift" && recorded === documentOf(text) && statementsOf(text).length > 1;
}

function statementsOf(text: string): Json[] {
  try {
    return [JSON.parse(text).Statement ?? []].flat();
  } catch {
    return [];
  }
}

/** Returns `text` with the change in it; as it is where nothing can be put in. */
export function applied(text: string, { suggestion, recorded }: Proposal): string {
  let document: Json;
  try {
    document = JSON.parse(text);
  } catch {
    return text;
  }
  const statements: Json[] = [document.Statement ?? []].flat();
  // A statement is replaced, or taken out, where it is still the one that was asked; else what is missing is added.
  if (suggestion.change === "lift") {
    if (!lifts(text, { why: "", suggestion, recorded })) {
      return text;
    }
    statements.splice(suggestion.statement, 1);
  } else if (suggestion.becomes && recorded === documentOf(text) && statements[suggestion.statement]) {
    statements[suggestion.statement] = suggestion.becomes;
  } else if (suggestion.add) {
    statements.push(suggestion.add);
  } else {
    return text;
  }
  return JSON.stringify({ ...document, Statement: statements }, null, 2);
}
