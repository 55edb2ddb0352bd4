import { type Kind, check } from "../lib/drafts";
import { useLoaded } from "../lib/load";
import { Beside } from "./Beside";
import { JsonBlock } from "./JsonBlock";
import { PolicySummary } from "./PolicySummary";

/** A policy to look at, with what it grants. */
export function PolicyText({ text, label, kind }: { text: string; label: string; kind: Kind }) {
  // A document that is too long for it has no summary.
  const rows = useLoaded(() => check(() => true, { document: text, kind, findings: false }).then((checked) => checked?.summary), text);
  return (
    <Beside second={rows.value && <PolicySummary rows={rows.value} />}>
      <JsonBlock text={text} label={label} />
    </Beside>
  );
}
