import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, useState } from "react";

import { CopyCommand } from "../../components/CopyCommand";
import { JsonEditor } from "../../components/JsonEditor";
import { notify } from "../../components/Notices";
import { Problem } from "../../components/Problem";
import { call } from "../../lib/api";
import { go } from "../../lib/route";

const START = JSON.stringify(
  { Version: "2012-10-17", Statement: [{ Sid: "Statement1", Effect: "Allow", Action: ["iam:GetUser"], Resource: ["arn:aws:iam::*:user/${aws:username}"] }] },
  null,
  2,
);

export function CreatePolicy() {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [text, setText] = useState(START);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const members = { PolicyName: name, PolicyDocument: text, ...(description ? { Description: description } : {}) };
  const create = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const made = await call("iam", "CreatePolicy", members);
      notify(`The policy ${name} is created.`);
      go("policies", made.Policy.Arn);
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void create(event)}>
      <Form
        header={<Header variant="h1">Create policy</Header>}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <CopyCommand operation="CreatePolicy" members={members} />
            <Button variant="link" href="#/policies">Cancel</Button>
            <Button variant="primary" formAction="submit" loading={busy}>Create policy</Button>
          </SpaceBetween>
        }
      >
        <Container>
          <SpaceBetween size="m">
            <FormField label="Policy name"><Input value={name} name="policy-name" onChange={(event) => setName(event.detail.value)} /></FormField>
            <FormField label={<>Description<i> - optional</i></>}><Input value={description} onChange={(event) => setDescription(event.detail.value)} /></FormField>
            <JsonEditor label="Policy document" value={text} change={setText} />
            <Problem error={error} />
          </SpaceBetween>
        </Container>
      </Form>
    </form>
  );
}
