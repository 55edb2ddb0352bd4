import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { Confirm } from "../../components/Confirm";
import { notify } from "../../components/Notices";
import { Problem } from "../../components/Problem";
import { call, callOrNone } from "../../lib/api";
import { time } from "../../lib/format";
import { useLoaded } from "../../lib/load";

export function ConsoleAccess({ name }: { name: string }) {
  const profile = useLoaded(() => callOrNone("iam", "GetLoginProfile", { UserName: name }).then((answer) => answer?.LoginProfile ?? null), name);
  const [asking, setAsking] = useState<"set" | "remove" | null>(null);
  const [password, setPassword] = useState("");
  const [reset, setReset] = useState(true);
  const there = profile.value !== null && profile.value !== undefined;
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button disabled={!there} disabledReason="There is no password" onClick={() => setAsking("remove")}>Disable</Button>
              <Button onClick={() => setAsking("set")}>{there ? "Set another password" : "Enable console access"}</Button>
            </SpaceBetween>
          }
        >
          Console sign-in
        </Header>
      }
    >
      <Problem error={profile.error} />
      <KeyValuePairs
        columns={3}
        items={[
          { label: "Password", value: there ? "Set" : "None" },
          { label: "Since", value: time(profile.value?.CreateDate) },
          { label: "Must be changed at the next sign-in", value: there ? (profile.value.PasswordResetRequired ? "Yes" : "No") : "-" },
        ]}
      />
      {asking === "set" && (
        <Confirm
          title={`Password of ${name}`}
          verb="Set password"
          close={() => setAsking(null)}
          act={async () => {
            const members = { UserName: name, Password: password, PasswordResetRequired: reset };
            await call("iam", there ? "UpdateLoginProfile" : "CreateLoginProfile", members);
            notify("The password is set.");
            setPassword("");
            profile.reload();
          }}
        >
          <SpaceBetween size="m">
            <FormField label="Password"><Input type="password" value={password} autoComplete="new-password" onChange={(event) => setPassword(event.detail.value)} /></FormField>
            <Checkbox checked={reset} onChange={(event) => setReset(event.detail.checked)}>The user must change it at the next sign-in</Checkbox>
          </SpaceBetween>
        </Confirm>
      )}
      {asking === "remove" && (
        <Confirm
          title="Disable console access?"
          verb="Disable"
          close={() => setAsking(null)}
          act={async () => {
            await call("iam", "DeleteLoginProfile", { UserName: name });
            notify("The password is gone. Sessions that are there go on until they end.");
            profile.reload();
          }}
        >
          {name} cannot sign in with a password any more. Access keys stay as they are.
        </Confirm>
      )}
    </Container>
  );
}
