import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tiles from "@cloudscape-design/components/tiles";
import { type FormEvent, useState } from "react";

import { CopyCommand } from "../../components/CopyCommand";
import { JsonBlock } from "../../components/JsonBlock";
import { notify } from "../../components/Notices";
import { Problem } from "../../components/Problem";
import { call } from "../../lib/api";
import { go, setQuery } from "../../lib/route";
import { useSession } from "../../lib/session";
import { ProviderNote } from "./ProviderNote";
import { PURPOSES } from "./purposes";

export function CreateRole({ start }: { start: URLSearchParams }) {
  const session = useSession();
  const chosen = PURPOSES.find((each) => each.id === start.get("create")) ?? PURPOSES[0];
  const [given, setGiven] = useState<Record<string, string>>(() => Object.fromEntries(start));
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const values = Object.fromEntries(chosen.fields.map((field) => [field.id, (given[field.id] ?? field.start ?? "").trim()]));
  const document = JSON.stringify({ Version: "2012-10-17", Statement: [chosen.trust(values, session.accountId)] }, null, 2);
  const members = { RoleName: name, AssumeRolePolicyDocument: document, ...(description ? { Description: description } : {}) };
  const missing = chosen.fields.find((field) => !field.optional && !values[field.id]);
  const create = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await call("iam", "CreateRole", members);
      notify(`The role ${name} is created. Give it permissions.`);
      go("roles", name);
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void create(event)}>
      <Form
        header={<Header variant="h1">Create role</Header>}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <CopyCommand operation="CreateRole" members={members} />
            <Button variant="link" href="#/roles">Cancel</Button>
            <Button variant="primary" formAction="submit" loading={busy} disabled={missing !== undefined} disabledReason={missing ? `${missing.label} is missing` : undefined}>Create role</Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="l">
          <Container header={<Header variant="h2">Who shall use it?</Header>}>
            <SpaceBetween size="m">
              <Tiles
                ariaLabel="Who shall use it?"
                value={chosen.id}
                columns={3}
                items={PURPOSES.map((each) => ({ value: each.id, label: each.label, description: each.description }))}
                onChange={(event) => {
                  setGiven({});
                  setQuery({ ...Object.fromEntries([...Object.keys(given)].map((name) => [name, null])), create: event.detail.value }, "step");
                }}
              />
              {chosen.fields.map((field) => (
                <FormField key={field.id} label={<>{field.label}{field.optional && <i> - optional</i>}</>} description={field.hint}>
                  <Input value={given[field.id] ?? field.start ?? ""} name={field.id} onChange={(event) => setGiven({ ...given, [field.id]: event.detail.value })} />
                </FormField>
              ))}
              {chosen.provider && missing === undefined && <ProviderNote provider={chosen.provider(values)} />}
            </SpaceBetween>
          </Container>
          <Container header={<Header variant="h2" description="Made of what you have said; it can be changed later.">Trust policy</Header>}>
            <JsonBlock text={document} label="Trust policy" />
          </Container>
          <Container header={<Header variant="h2">Name</Header>}>
            <SpaceBetween size="m">
              <FormField label="Role name" constraintText="At most 64 characters: letters, digits and + = , . @ _ -"><Input value={name} name="role-name" onChange={(event) => setName(event.detail.value)} /></FormField>
              <FormField label={<>Description<i> - optional</i></>}><Input value={description} onChange={(event) => setDescription(event.detail.value)} /></FormField>
            </SpaceBetween>
          </Container>
          <Problem error={error} />
        </SpaceBetween>
      </Form>
    </form>
  );
}
