// The least change that would allow what was denied, from the decision's page to an editor that opens on it.  The editor's
// address names the decision and the step, so that it is a link as well.

import { useEffect, useState } from "react";

import { type Json, own } from "./api";
import { documentOf, nameOf } from "./format";
import { href, read } from "./route";

export interface Proposal {
  decision: string;
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
  const arn: string | undefined = suggestion.policy?.arn;
  if (suggestion.layer === "trust") {
    return ["roles", nameOf(found.request.resource), "trust"];
  }
  if (arn !== undefined && kindOf(arn) === "policy") {
    // AWS's own cannot be changed.
    return arn.startsWith("arn:aws:iam::aws:") ? null : ["policies", arn, "document"];
  }
  if (suggestion.layer !== "identity") {
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
    default:
      return null;
  }
}

/** Returns where a change can be made, or null where no screen can. */
export function editorOf(found: Json, step: number): string | null {
  const suggestion = found.suggestions[step];
  const place = suggestion.add || suggestion.becomes ? placeOf(found, suggestion) : null;
  return place && `${href(...place)}?decision=${encodeURIComponent(found.decision_id)}&step=${step + 1}`;
}

/** Returns the change that the address asks an editor to open on. */
export function useProposal(): { proposal: Proposal | undefined; error: unknown } {
  const [state, setState] = useState<{ proposal?: Proposal; error?: unknown }>({});
  const { query } = read(window.location.hash);
  const [decision, step] = [query.get("decision"), Number(query.get("step"))];
  useEffect(() => {
    let current = true;
    if (decision !== null) {
      own("GetDecision", { decisionId: decision }).then(
        (found) => {
          const suggestion = found.suggestions?.[step - 1];
          if (current && suggestion) {
            setState({ proposal: { decision, suggestion, recorded: recordedIn(found, suggestion) } });
          }
        },
        (error: unknown) => current && setState({ error }),
      );
    }
    return () => {
      current = false;
    };
  }, [decision, step]);
  return { proposal: state.proposal, error: state.error };
}

function recordedIn(found: Json, suggestion: Json): string | undefined {
  const policies: Json[] = (found.lanes ?? []).flatMap((lane: Json) => lane.policies ?? []);
  const policy = policies.find((each) => each.arn === suggestion.policy?.arn && each.name === suggestion.policy?.name);
  return policy && documentOf(policy.document);
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
  // A statement is replaced where it is still the one that was asked; else what is missing is added.
  if (suggestion.becomes && recorded === documentOf(text) && statements[suggestion.statement]) {
    statements[suggestion.statement] = suggestion.becomes;
  } else if (suggestion.add) {
    statements.push(suggestion.add);
  } else {
    return text;
  }
  return JSON.stringify({ ...document, Statement: statements }, null, 2);
}
