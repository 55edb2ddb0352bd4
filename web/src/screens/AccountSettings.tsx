import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";

import { Confirm } from "../components/Confirm";
import { CopyCommand } from "../components/CopyCommand";
import { notify } from "../components/Notices";
import { Problem } from "../components/Problem";
import { call, callOrNone, type Json } from "../lib/api";
import { useLoaded } from "../lib/load";

const FLAGS: [string, string][] = [
  ["RequireUppercaseCharacters", "At least one upper-case letter"],
  ["RequireLowercaseCharacters", "At least one lower-case letter"],
  ["RequireNumbers", "At least one digit"],
  ["RequireSymbols", "At least one character that is neither"],
  ["AllowUsersToChangePassword", "Users may change their own password"],
  ["HardExpiry", "An expired password must be reset by an administrator"],
];
const DEFAULTS: Json = { MinimumPasswordLength: 8 };

export default function AccountSettings() {
  return (
    <SpaceBetween size="l">
      <Header variant="h1">Account settings</Header>
      <Alias />
      <PasswordPolicy />
    </SpaceBetween>
  );
}

function Alias() {
  const alias = useLoaded(() => call("iam", "ListAccountAliases").then((answer) => (answer.AccountAliases[0] as string | undefined) ?? null), "");
  const [editing, setEditing] = useState(false);
  const [text, setText] = useState("");
  return (
    <Container
      header={
        <Header variant="h2" description="Users can sign in with it instead of the account ID." actions={<SpaceBetween direction="horizontal" size="xs"><CopyCommand operation="ListAccountAliases" /><Button onClick={() => { setText(alias.value ?? ""); setEditing(true); }}>{alias.value ? "Change" : "Create"}</Button></SpaceBetween>}>
          Account alias
        </Header>
      }
    >
      <Problem error={alias.error} />
      {alias.value ?? "None"}
      {editing && (
        <Confirm title="Account alias" verb="Save" close={() => setEditing(false)} act={async () => {
          if (text) {
            await call("iam", "CreateAccountAlias", { AccountAlias: text });
          } else if (alias.value) {
            await call("iam", "DeleteAccountAlias", { AccountAlias: alias.value });
          }
          notify("The account alias is saved.");
          alias.reload();
        }}>
          <FormField label="Alias" constraintText="3 to 63 characters: small letters, digits and dashes. Empty for none."><Input value={text} onChange={(event) => setText(event.detail.value)} /></FormField>
        </Confirm>
      )}
    </Container>
  );
}

function PasswordPolicy() {
  const policy = useLoaded(() => callOrNone("iam", "GetAccountPasswordPolicy").then((answer) => (answer?.PasswordPolicy as Json | undefined) ?? null), "");
  const [edited, setEdited] = useState<Json | null>(null);
  const [error, setError] = useState<unknown>();
  const shown = policy.value;
  const members = (from: Json): Json => ({
    MinimumPasswordLength: Number(from.MinimumPasswordLength) || 6,
    ...Object.fromEntries(FLAGS.map(([name]) => [name, Boolean(from[name])])),
    ...(from.MaxPasswordAge ? { MaxPasswordAge: Number(from.MaxPasswordAge) } : {}),
    ...(from.PasswordReusePrevention ? { PasswordReusePrevention: Number(from.PasswordReusePrevention) } : {}),
  });
  const act = async (operation: string, given: Json, said: string): Promise<void> => {
    setError(undefined);
    try {
      await call("iam", operation, given);
      notify(said);
      setEdited(null);
      policy.reload();
    } catch (problem) {
      setError(problem);
    }
  };
  const number = (name: string, label: string, hint: string) => (
    <FormField label={label} description={hint}>
      <Input type="number" value={String(edited?.[name] ?? "")} onChange={(event) => setEdited({ ...edited, [name]: event.detail.value })} />
    </FormField>
  );
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <CopyCommand operation={edited ? "UpdateAccountPasswordPolicy" : "GetAccountPasswordPolicy"} members={edited ? members(edited) : {}} />
              {edited === null ? (
                <>
                  <Button disabled={!shown} disabledReason="There is none" onClick={() => void act("DeleteAccountPasswordPolicy", {}, "The password policy is gone; AWS's default holds.")}>Remove</Button>
                  <Button onClick={() => setEdited({ ...DEFAULTS, ...shown })}>Edit</Button>
                </>
              ) : (
                <>
                  <Button variant="link" onClick={() => setEdited(null)}>Cancel</Button>
                  <Button variant="primary" onClick={() => void act("UpdateAccountPasswordPolicy", members(edited), "The password policy is saved.")}>Save</Button>
                </>
              )}
            </SpaceBetween>
          }
        >
          Password policy
        </Header>
      }
    >
      <SpaceBetween size="m">
        <Problem error={error ?? policy.error} />
        {edited !== null ? (
          <SpaceBetween size="m">
            {number("MinimumPasswordLength", "Minimum length", "6 to 128")}
            {FLAGS.map(([name, label]) => (
              <Checkbox key={name} checked={Boolean(edited[name])} onChange={(event) => setEdited({ ...edited, [name]: event.detail.checked })}>{label}</Checkbox>
            ))}
            {number("MaxPasswordAge", "Expires after days", "Empty for never")}
            {number("PasswordReusePrevention", "Remembered passwords", "How many may not be used again; empty for none")}
          </SpaceBetween>
        ) : shown === null ? (
          "None is set. AWS's default holds: eight characters of three kinds, and passwords do not expire."
        ) : (
          shown && (
            <KeyValuePairs columns={3} items={[
              { label: "Minimum length", value: String(shown.MinimumPasswordLength) },
              { label: "Expires after", value: shown.MaxPasswordAge ? `${shown.MaxPasswordAge} days` : "Never" },
              { label: "Remembered passwords", value: String(shown.PasswordReusePrevention ?? "None") },
              ...FLAGS.map(([name, label]) => ({ label, value: <StatusIndicator type={shown[name] ? "success" : "stopped"}>{shown[name] ? "Yes" : "No"}</StatusIndicator> })),
            ]} />
          )
        )}
      </SpaceBetween>
    </Container>
  );
}
