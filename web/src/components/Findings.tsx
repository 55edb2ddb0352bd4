import Box from "@cloudscape-design/components/box";
import Link from "@cloudscape-design/components/link";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";

import type { Checked, Finding, Severity } from "../lib/drafts";

const KINDS: Record<Severity, { type: StatusIndicatorProps.Type; title: string }> = {
  error: { type: "error", title: "Error" },
  security_warning: { type: "warning", title: "Security warning" },
  warning: { type: "warning", title: "Warning" },
  suggestion: { type: "info", title: "Suggestion" },
};

/** What there is to say of a draft; each leads to its place. */
export function Findings({ checked, current, go }: { checked: Checked | undefined; current: boolean; go: (finding: Finding) => void }) {
  if (checked === undefined || (checked.found === 0 && !current)) {
    return <StatusIndicator type="pending">Not checked yet</StatusIndicator>;
  }
  if (checked.found === 0) {
    return <StatusIndicator type="success">No findings</StatusIndicator>;
  }
  const left = checked.found - checked.findings.length;
  return (
    <>
      <ul className="iamd-findings" aria-label="Findings">
        {checked.findings.map((finding, number) => (
          <li key={number}>
            <StatusIndicator type={KINDS[finding.severity].type} iconAriaLabel={KINDS[finding.severity].title} wrapText>
              <Link variant="secondary" onFollow={() => go(finding)} ariaLabel={`${finding.line}:${finding.column}, go to this line and column`}>
                {finding.line}:{finding.column}
              </Link>{" "}
              <span className="iamd-wrap">{finding.message}</span>{" "}
              <Link href={finding.link} external externalIconAriaLabel="Opens in a new tab" fontSize="inherit">{finding.rule}</Link>
            </StatusIndicator>
          </li>
        ))}
      </ul>
      {left > 0 && <Box color="text-body-secondary" fontSize="body-s">And {left} more.</Box>}
    </>
  );
}
