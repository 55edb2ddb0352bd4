import Alert from "@cloudscape-design/components/alert";
import Link from "@cloudscape-design/components/link";

import type { Proposal } from "../lib/proposals";

/** Says where the text in an editor comes from. */
export function Proposed({ proposal }: { proposal: Proposal }) {
  return (
    <Alert type="info" header="The change that would allow it is put in">
      {proposal.suggestion.sentence} Nothing is saved yet. <Link href={proposal.why}>Why it is denied</Link>
    </Alert>
  );
}
