import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, type ReactNode, useState } from "react";

import { CopyCommand } from "../../components/CopyCommand";
import { notify } from "../../components/Notices";
import { Problem } from "../../components/Problem";
import { call, type Json } from "../../lib/api";
import { go } from "../../lib/route";

interface Props {
  title: string;
  description: string;
  /** As its operations call it. */
  noun: "OpenIDConnectProvider" | "SAMLProvider";
  members: Json;
  /** The same for a command that is copied, where that is not to hold everything. */
  shown?: Json;
  /** Why it cannot be added yet. */
  missing?: string;
  /** What is done once it is there. */
  added?: () => void;
  /** The fields. */
  children: ReactNode;
}

/** The form that adds an identity provider, and leads to the roles that trust it. */
export function AddProvider({ title, description, noun, members, shown = members, missing, added, children }: Props) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const add = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const answer = await call("iam", `Create${noun}`, members);
      added?.();
      notify("The identity provider is added. Nobody comes in through it until a role trusts it.");
      go("providers", answer[`${noun}Arn`], "roles");
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void add(event)}>
      <Form
        header={<Header variant="h1" description={description}>{title}</Header>}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <CopyCommand operation={`Create${noun}`} members={shown} />
            <Button variant="link" href="#/providers">Cancel</Button>
            <Button variant="primary" formAction="submit" loading={busy} disabled={missing !== undefined} disabledReason={missing}>Add provider</Button>
          </SpaceBetween>
        }
      >
        <Container>
          <SpaceBetween size="m">
            {children}
            <Problem error={error} />
          </SpaceBetween>
        </Container>
      </Form>
    </form>
  );
}
