import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";

import type { Json } from "../lib/api";
import type { Place } from "../lib/proposals";
import { href } from "../lib/route";
import { JsonBlock } from "./JsonBlock";

interface Props {
  suggestions: Json[];
  /** Where a step can be made. */
  editor: (step: number) => Place;
  /** Makes a step on the screen itself, or null where it cannot. */
  put?: (step: number) => (() => void) | null;
}

/** What would have to change for a request to be allowed, step by step. */
export function Suggestions({ suggestions, editor, put }: Props) {
  return (
    <Container header={<Header variant="h2">The least change that would allow it</Header>}>
      <SpaceBetween size="m">
        {suggestions.map((each, number) => (
          <Suggestion key={number} suggestion={each} number={number + 1} editor={editor(number)} put={put?.(number) ?? null} />
        ))}
      </SpaceBetween>
    </Container>
  );
}

function Suggestion({ suggestion, number, editor, put }: { suggestion: Json; number: number; editor: Place; put: (() => void) | null }) {
  const statement = suggestion.becomes ?? suggestion.add;
  const opens = statement || editor.href !== null || editor.reason !== undefined;
  // Beside the statement that comes nearest, which stays as it is.
  const adds = suggestion.becomes && suggestion.add && editor.href?.includes("?");
  const managed = editor.href === null && suggestion.policy?.arn?.startsWith("arn:aws:iam:") && suggestion.policy.arn.includes(":policy/");
  return (
    <div>
      <Box padding={{ bottom: "xs" }}>{number}. {suggestion.sentence}</Box>
      {statement && <JsonBlock text={JSON.stringify(statement, null, 2)} label={`Step ${number}`} />}
      {adds && (
        <ExpandableSection variant="footer" headerText="Or leave it as it is, and add no more than">
          <JsonBlock text={JSON.stringify(suggestion.add, null, 2)} label={`Step ${number}, to add`} />
        </ExpandableSection>
      )}
      {(opens || managed) && <Box padding={{ top: "xs" }}>
        <SpaceBetween direction="horizontal" size="s">
          {statement && put && <Button onClick={put} ariaLabel={`Put it into the policy (step ${number})`}>Put it into the policy</Button>}
          {opens && !put && (
            <Button href={editor.href ?? undefined} disabled={editor.href === null} disabledReason={editor.href === null ? (editor.reason ?? "No screen of the console edits this policy") : undefined} ariaLabel={`Open the editor on it (step ${number})`}>
              Open the editor on it
            </Button>
          )}
          {adds && !put && <Button href={`${editor.href}&how=add`} ariaLabel={`Add a statement instead (step ${number})`}>Add a statement instead</Button>}
          {managed && <Link href={href("policies", suggestion.policy.arn)}>Open the policy</Link>}
        </SpaceBetween>
      </Box>}
    </div>
  );
}
