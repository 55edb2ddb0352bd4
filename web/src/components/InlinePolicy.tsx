import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import type { Proposal } from "../lib/proposals";
import { Confirm } from "./Confirm";
import { JsonEditor } from "./JsonEditor";
import { Proposed as ProposedNotice } from "./Proposed";
import { SaveReview } from "./SaveReview";

export interface Proposed {
  text: string;
  proposal: Proposal;
}

interface Props {
  /** Whose it is, where that is known. */
  owner: string | undefined;
  start: { name: string; text: string };
  /** What to begin with, where that is not what there is. */
  proposed?: Proposed | undefined;
  save: (name: string, text: string) => Promise<void>;
  close: () => void;
}

/** An inline policy to write; then, what saving it changes. */
export function InlinePolicy({ owner, start, proposed, save, close }: Props) {
  const [name, setName] = useState(start.name);
  const [text, setText] = useState(proposed?.text ?? start.text);
  const [reviewed, setReviewed] = useState(false);
  const fresh = start.name === "";
  if (reviewed && owner !== undefined) {
    return (
      <SaveReview
        title={`Save ${name}?`}
        verb="Save"
        saved={{ kind: "identity", arn: owner, name }}
        before={fresh ? undefined : start.text}
        after={text}
        save={async () => {
          await save(name, text);
          close();
        }}
        close={() => setReviewed(false)}
      />
    );
  }
  return (
    <Confirm
      title={fresh ? "Create inline policy" : `Edit ${start.name}`}
      verb={owner === undefined ? "Save" : "Review and save"}
      size="max"
      stays={owner !== undefined}
      close={close}
      act={async () => {
        if (owner === undefined) {
          await save(name, text);
        } else {
          setReviewed(true);
        }
      }}
    >
      <SpaceBetween size="m">
        {proposed && <ProposedNotice proposal={proposed.proposal} text={start.text} />}
        <FormField label="Policy name"><Input value={name} disabled={!fresh} onChange={(event) => setName(event.detail.value)} /></FormField>
        <JsonEditor label="Policy document" value={text} change={setText} />
      </SpaceBetween>
    </Confirm>
  );
}
