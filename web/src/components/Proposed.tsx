import Alert from "@cloudscape-design/components/alert";
import Link from "@cloudscape-design/components/link";

import { type Proposal, lifts } from "../lib/proposals";

/** Says where the text in an editor comes from. */
export function Proposed({ proposal, text }: { proposal: Proposal; text: string | undefined }) {
  if (proposal.suggestion.change === "lift") {
    const lifted = text !== undefined && lifts(text, proposal);
    return (
      <Alert type="info" header={lifted ? "The statement that denies is taken out" : "A statement of this policy denies it"}>
        {proposal.suggestion.sentence} {lifted ? "Narrow it instead, if it is there for others: Cancel and edit it." : "It is its only one, or has been changed since: narrow it, or remove the policy."} Nothing is saved yet. <Link href={proposal.why}>Why it is denied</Link>
      </Alert>
    );
  }
  return (
    <Alert type="info" header="The change that would allow it is put in">
      {proposal.suggestion.sentence} Nothing is saved yet. <Link href={proposal.why}>Why it is denied</Link>
    </Alert>
  );
}
