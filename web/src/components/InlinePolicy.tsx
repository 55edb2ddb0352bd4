import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { Confirm } from "./Confirm";
import { JsonEditor } from "./JsonEditor";
import { SaveReview } from "./SaveReview";

interface Props {
  /** Whose it is, where that is known. */
  owner: string | undefined;
  start: { name: string; text: string };
  save: (name: string, text: string) => Promise<void>;
  close: () => void;
}

/** An inline policy to write; then, what saving it changes. */
export function InlinePolicy({ owner, start, save, close }: Props) {
  const [name, setName] = useState(start.name);
  const [text, setText] = useState(start.text);
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
        <FormField label="Policy name"><Input value={name} disabled={!fresh} onChange={(event) => setName(event.detail.value)} /></FormField>
        <JsonEditor label="Policy document" value={text} change={setText} />
      </SpaceBetween>
    </Confirm>
  );
}
