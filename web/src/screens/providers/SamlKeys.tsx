import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { Confirm } from "../../components/Confirm";
import { CopyCommand } from "../../components/CopyCommand";
import { Empty } from "../../components/Empty";
import { notify } from "../../components/Notices";
import { TextOrFile } from "../../components/TextOrFile";
import { call, type Json } from "../../lib/api";
import { time } from "../../lib/format";
import { KEY_FILE } from "./AddSamlProvider";

const MOST = 2;

interface Props {
  arn: string;
  keys: Json[];
  mode: string;
  changed: () => void;
}

/** The private keys with which encrypted assertions are read: two at most, so that one can take over from the other. */
export function SamlKeys({ arn, keys, mode, changed }: Props) {
  const [adding, setAdding] = useState<string | null>(null);
  const [removing, setRemoving] = useState<string | null>(null);
  const [switching, setSwitching] = useState(false);
  const full = keys.length >= MOST;
  const other = mode === "Required" ? "Allowed" : "Required";
  const update = async (members: Json, said: string): Promise<void> => {
    await call("iam", "UpdateSAMLProvider", { SAMLProviderArn: arn, ...members });
    notify(said);
    changed();
  };
  return (
    <>
      <Table
        variant="container"
        trackBy="KeyId"
        items={keys}
        wrapLines
        header={
          <Header
            counter={`(${keys.length})`}
            description={mode === "Required" ? "Assertions that are not encrypted are refused." : "Assertions may come encrypted, and need not."}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <CopyCommand operation="UpdateSAMLProvider" members={{ SAMLProviderArn: arn, AddPrivateKey: KEY_FILE }} />
                <Button disabled={other === "Required" && keys.length === 0} disabledReason={keys.length === 0 ? "It takes a private key" : undefined} onClick={() => setSwitching(true)}>{other === "Required" ? "Require encryption" : "Allow clear text"}</Button>
                <Button disabled={full} disabledReason={full ? `There are ${MOST}. Remove one first.` : undefined} onClick={() => setAdding("")}>Add private key</Button>
              </SpaceBetween>
            }
          >
            Private keys
          </Header>
        }
        empty={<Empty title="No private keys" next={<Button onClick={() => setAdding("")}>Add the first private key</Button>}>One is needed where the provider encrypts its assertions.</Empty>}
        columnDefinitions={[
          { id: "id", header: "Key ID", isRowHeader: true, cell: (key) => key.KeyId },
          { id: "since", header: "Added", cell: (key) => time(key.Timestamp) },
          { id: "action", header: "Action", cell: (key) => <Button variant="inline-link" ariaLabel={`Remove ${key.KeyId}`} onClick={() => setRemoving(key.KeyId)}>Remove</Button> },
        ]}
      />
      {adding !== null && (
        <Confirm title="Add private key" verb="Add" close={() => setAdding(null)} act={() => update({ AddPrivateKey: adding }, "The private key is added.")}>
          <TextOrFile label="Private key" description="It is kept encrypted, and never shown again." constraint="In PEM, without a password." accept=".pem,.key" choose="Choose key file" value={adding} change={setAdding} />
        </Confirm>
      )}
      {removing !== null && (
        <Confirm title="Remove the private key?" verb="Remove" typed={removing} close={() => setRemoving(null)} act={() => update({ RemovePrivateKey: removing }, "The private key is removed.")}>
          Assertions that are encrypted for it can be read no more. It cannot be brought back.
        </Confirm>
      )}
      {switching && (
        <Confirm title={other === "Required" ? "Require encryption?" : "Allow clear text?"} verb="Change" close={() => setSwitching(false)} act={() => update({ AssertionEncryptionMode: other }, "The mode is changed.")}>
          {other === "Required" ? "Assertions that are not encrypted are refused from now on." : "Assertions are taken from now on whether they are encrypted or not."}
        </Confirm>
      )}
    </>
  );
}
