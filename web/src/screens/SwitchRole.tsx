import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, useState } from "react";

import { CopyCommand } from "../components/CopyCommand";
import { Problem } from "../components/Problem";
import { own } from "../lib/api";
import type { Route } from "../lib/route";
import { useSession } from "../lib/session";

export default function SwitchRole({ route }: { route: Route }) {
  // Another link names another role.
  return <Choice key={route.query.toString()} route={route} />;
}

function Choice({ route }: { route: Route }) {
  const session = useSession();
  const [account, setAccount] = useState(route.query.get("account") ?? session.accountId);
  const [role, setRole] = useState(route.query.get("role") ?? "");
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const arn = `arn:aws:iam::${account.trim()}:role/${role.trim()}`;
  const go = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await own("SwitchRole", { roleArn: arn });
      window.location.hash = "";
      window.location.reload();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void go(event)}>
      <Form
        header={<Header variant="h1" description="The permissions of the role take the place of your own until you switch back.">Switch role</Header>}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <CopyCommand service="sts" operation="AssumeRole" members={{ RoleArn: arn, RoleSessionName: session.name }} />
            <Button variant="primary" formAction="submit" loading={busy}>Switch role</Button>
          </SpaceBetween>
        }
      >
        <Container>
          <SpaceBetween size="m">
            <FormField label="Account ID"><Input value={account} onChange={(event) => setAccount(event.detail.value)} /></FormField>
            <FormField label="IAM role name" description="With its path, if it has one."><Input value={role} onChange={(event) => setRole(event.detail.value)} /></FormField>
            <Problem error={error} />
          </SpaceBetween>
        </Container>
      </Form>
    </form>
  );
}
