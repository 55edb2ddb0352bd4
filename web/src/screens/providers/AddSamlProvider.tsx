import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";

import { TextOrFile } from "../../components/TextOrFile";
import { AddProvider } from "./AddProvider";

export const METADATA_FILE = "file://metadata.xml";
/** What stands in a command for a private key: it is written into no clipboard. */
export const KEY_FILE = "file://private-key.pem";

export function AddSamlProvider({ given }: { given: URLSearchParams }) {
  const [name, setName] = useState(given.get("name") ?? "");
  const [metadata, setMetadata] = useState("");
  const [key, setKey] = useState("");
  const [required, setRequired] = useState(false);
  const encryption = key.trim() ? { AssertionEncryptionMode: required ? "Required" : "Allowed" } : {};
  const members = { Name: name, SAMLMetadataDocument: metadata, ...encryption };
  const shown = { Name: name, SAMLMetadataDocument: METADATA_FILE, ...encryption, ...(key.trim() ? { AddPrivateKey: KEY_FILE } : {}) };
  return (
    <AddProvider
      title="Add SAML provider"
      description="Where people of your organization sign in already."
      noun="SAMLProvider"
      members={{ ...members, ...(key.trim() ? { AddPrivateKey: key } : {}) }}
      shown={shown}
      missing={metadata.trim() ? undefined : "The metadata document is missing"}
      added={() => setKey("")}
    >
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
    </AddProvider>
  );
}
