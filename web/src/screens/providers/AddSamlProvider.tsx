import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
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
import { TextOrFile } from "../../components/TextOrFile";
import { call } from "../../lib/api";
import { go } from "../../lib/route";

export const METADATA_FILE = "file://metadata.xml";
/** What stands in a command for a private key: it is written into no clipboard. */
export const KEY_FILE = "file://private-key.pem";

export function AddSamlProvider({ given }: { given: URLSearchParams }) {
  const [name, setName] = useState(given.get("name") ?? "");
  const [metadata, setMetadata] = useState("");
  const [key, setKey] = useState("");
  const [required, setRequired] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const encryption = key.trim() ? { AssertionEncryptionMode: required ? "Required" : "Allowed" } : {};
  const members = { Name: name, SAMLMetadataDocument: metadata, ...encryption };
  const shown = { Name: name, SAMLMetadataDocument: METADATA_FILE, ...encryption, ...(key.trim() ? { AddPrivateKey: KEY_FILE } : {}) };
  const add = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const answer = await call("iam", "CreateSAMLProvider", { ...members, ...(key.trim() ? { AddPrivateKey: key } : {}) });
      setKey("");
      notify("The identity provider is added. Nobody comes in through it until a role trusts it.");
      go("providers", answer.SAMLProviderArn, "roles");
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void add(event)}>
      <Form
        header={<Header variant="h1" description="Where people of your organization sign in already.">Add SAML provider</Header>}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <CopyCommand operation="CreateSAMLProvider" members={shown} />
            <Button variant="link" href="#/providers">Cancel</Button>
            <Button variant="primary" formAction="submit" loading={busy} disabled={!metadata.trim()} disabledReason={metadata.trim() ? undefined : "The metadata document is missing"}>Add provider</Button>
          </SpaceBetween>
        }
      >
        <Container>
          <SpaceBetween size="m">
            <FormField label="Provider name" constraintText="At most 128 characters: letters, digits and . _ -. It cannot be changed later.">
              <Input value={name} name="provider-name" autoFocus onChange={(event) => setName(event.detail.value)} />
            </FormField>
            <TextOrFile
              label="Metadata document"
              description="The XML document that the provider offers: its name, and the certificates that it signs with."
              accept=".xml,text/xml,application/xml"
              choose="Choose metadata file"
              value={metadata}
              change={setMetadata}
            />
            <TextOrFile
              label={<>Private key<i> - optional</i></>}
              description="For a provider that encrypts its assertions: it has the certificate, and this is the key to it. It is kept encrypted, and never shown again."
              constraint="In PEM, without a password."
              accept=".pem,.key"
              choose="Choose key file"
              rows={3}
              value={key}
              change={setKey}
            />
            <Checkbox checked={required} disabled={!key.trim()} onChange={(event) => setRequired(event.detail.checked)} description={key.trim() ? undefined : "It takes a private key."}>
              Refuse assertions that are not encrypted
            </Checkbox>
            <Problem error={error} />
          </SpaceBetween>
        </Container>
      </Form>
    </form>
  );
}
