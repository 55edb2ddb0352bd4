import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { FieldGroup } from "../../components/FieldGroup";
import { JsonEditor } from "../../components/JsonEditor";
import type { Kind } from "../../lib/drafts";
import { type Given, PARTS, type Part, type Question, SINGLE } from "../../lib/simulation";

const ALLOWED = { Effect: "Allow", Action: "*", Resource: "*" };

/** Trust policies are what actions on roles ask. */
function onRoles(question: Question): boolean {
  return question.actions.length > 0 && question.actions.every((action) => /^sts:(assumerole|setsourceidentity|tagsession)/i.test(action));
}

function kindOf(part: Part, question: Question): Kind {
  return part === "resource" && onRoles(question) ? "trust" : part;
}

function starting(part: Part, question: Question): string {
  const named = part === "resource" || part === "endpoint" ? { ...ALLOWED, Principal: "*" } : ALLOWED;
  const { Resource, ...trusting } = { ...named, Action: "sts:AssumeRole" };
  return JSON.stringify({ Version: "2012-10-17", Statement: [part === "resource" && onRoles(question) ? trusting : named] }, null, 2);
}

interface Props {
  question: Question;
  change: (documents: Given[]) => void;
}

/** The policies that come with a question, each with its editor. */
export function Documents({ question, change }: Props) {
  const { documents, ofPrincipal } = question;
  const parts = (Object.keys(PARTS) as Part[]).filter((part) => part !== "scp" || !ofPrincipal);
  const description = ofPrincipal
    ? "Besides those that the principal has. A boundary takes the place of its own."
    : "Nothing else is asked. Each service control policy is a level of its own, from the root down.";
  return (
    <FieldGroup label="Policies" description={description}>
      <SpaceBetween size="s">
        {documents.map(({ part, text }, at) => (
          <ExpandableSection
            key={`${at} ${part}`}
            defaultExpanded
            headingTagOverride="h3"
            headerText={titleOf(documents, at)}
            headerActions={<Button variant="inline-link" ariaLabel={`Remove ${titleOf(documents, at)}`} onClick={() => change(documents.filter((_, place) => place !== at))}>Remove</Button>}
          >
            <JsonEditor
              label={titleOf(documents, at)}
              kind={kindOf(part, question)}
              value={text}
              change={(changed) => change(documents.map((each, place) => (place === at ? { part, text: changed } : each)))}
            />
          </ExpandableSection>
        ))}
        <ButtonDropdown
          items={parts.map((part) => ({
            id: part,
            text: PARTS[part],
            disabled: SINGLE.has(part) && documents.some((each) => each.part === part),
            disabledReason: "There is one at most",
          }))}
          onItemClick={(event) => change([...documents, { part: event.detail.id as Part, text: starting(event.detail.id as Part, question) }])}
        >
          Add policy
        </ButtonDropdown>
      </SpaceBetween>
    </FieldGroup>
  );
}

function titleOf(documents: Given[], at: number): string {
  const { part } = documents[at];
  const number = documents.slice(0, at + 1).filter((each) => each.part === part).length;
  return SINGLE.has(part) ? PARTS[part] : `${PARTS[part]} ${number}`;
}
