import FormField from "@cloudscape-design/components/form-field";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { Suspense, lazy, useRef, useState } from "react";

import { type Kind, type SummaryRow, useChecked } from "../lib/drafts";
import { Beside } from "./Beside";
import { Findings } from "./Findings";
import { PolicySummary } from "./PolicySummary";
import { Problem } from "./Problem";
import type { Jump } from "./editor/CodeField";

const CodeField = lazy(() => import("./editor/CodeField"));
const NONE: never[] = [];

interface Props {
  value: string;
  change: (text: string) => void;
  label: string;
  description?: string;
  /** What the policy is for. */
  kind?: Kind;
}

/** A policy to write; what there is to say of it is said as one types. */
export function JsonEditor({ value, change, label, description, kind = "identity" }: Props) {
  const { checked, error, current } = useChecked(value, kind);
  const [jump, setJump] = useState<Jump | null>(null);
  // While a bracket is missing, the summary is that of a moment ago.
  const summary = useRef<SummaryRow[]>([]);
  summary.current = checked?.summary ?? summary.current;
  return (
    <Beside second={<PolicySummary rows={summary.current} go={(line) => setJump({ line, column: 1 })} />}>
      <SpaceBetween size="xs">
        <FormField label={label} description={description} stretch>
          <Suspense fallback={<Spinner />}>
            <CodeField value={value} change={change} label={label} findings={checked?.findings ?? NONE} jump={jump} />
          </Suspense>
        </FormField>
        <Problem error={error} />
        <Findings checked={checked} current={current} go={({ line, column }) => setJump({ line, column })} />
      </SpaceBetween>
    </Beside>
  );
}
