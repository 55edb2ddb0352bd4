import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, useState } from "react";

import { CopyCommand } from "../../components/CopyCommand";
import { notify } from "../../components/Notices";
import { Problem } from "../../components/Problem";
import { call } from "../../lib/api";
import { go } from "../../lib/route";

export function CreateUser() {
  const [name, setName] = useState("");
  const [path, setPath] = useState("/");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const members = { UserName: name, ...(path === "/" ? {} : { Path: path }) };
  const create = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await call("iam", "CreateUser", members);
      notify(`The user ${name} is created. Give it permissions, or put it into a group.`);
      go("users", name);
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void create(event)}>
      <Form
        header={<Header variant="h1" description="It can do nothing until it has permissions, and cannot sign in until it has credentials.">Create user</Header>}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <CopyCommand operation="CreateUser" members={members} />
            <Button variant="link" href="#/users">Cancel</Button>
            <Button variant="primary" formAction="submit" loading={busy}>Create user</Button>
          </SpaceBetween>
        }
      >
        <Container>
          <SpaceBetween size="m">
            <FormField label="User name" constraintText="At most 64 characters: letters, digits and + = , . @ _ -">
              <Input value={name} autoFocus name="user-name" onChange={(event) => setName(event.detail.value)} />
            </FormField>
            <FormField label="Path" constraintText="Begins and ends with a slash.">
              <Input value={path} onChange={(event) => setPath(event.detail.value)} />
            </FormField>
            <Problem error={error} />
          </SpaceBetween>
        </Container>
      </Form>
    </form>
  );
}
