import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { Confirm } from "./Confirm";
import { JsonEditor } from "./JsonEditor";

interface Props {
  start: { name: string; text: string };
  save: (name: string, text: string) => Promise<void>;
  close: () => void;
}

export function InlinePolicy({ start, save, close }: Props) {
  const [name, setName] = useState(start.name);
  const [text, setText] = useState(start.text);
  return (
    <Confirm title={start.name ? `Edit ${start.name}` : "Create inline policy"} verb="Save" size="max" close={close} act={() => save(name, text)}>
      <SpaceBetween size="m">
        <FormField label="Policy name"><Input value={name} disabled={start.name !== ""} onChange={(event) => setName(event.detail.value)} /></FormField>
        <JsonEditor label="Policy document" value={text} change={setText} />
      </SpaceBetween>
    </Confirm>
  );
}
