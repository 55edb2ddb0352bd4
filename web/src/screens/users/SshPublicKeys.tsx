import Button from "@cloudscape-design/components/button";
import { useState } from "react";

import { Confirm } from "../../components/Confirm";
import { notify } from "../../components/Notices";
import { TextOrFile } from "../../components/TextOrFile";
import { call, callAll } from "../../lib/api";
import { time } from "../../lib/format";
import { useLoaded } from "../../lib/load";
import { CredentialTable } from "./CredentialTable";

/** As AWS's console names them. */
export function SshPublicKeys({ name }: { name: string }) {
  const keys = useLoaded(() => callAll("iam", "ListSSHPublicKeys", { UserName: name }, "SSHPublicKeys"), name);
  const [text, setText] = useState<string | null>(null);
  return (
    <>
      <CredentialTable
        title="SSH public keys for AWS CodeCommit"
        noun="SSH public key"
        description="Kept for services that fetch them; no door of iamd takes them. A user has at most five."
        user={name}
        credentials={keys}
        id="SSHPublicKeyId"
        list={{ operation: "ListSSHPublicKeys" }}
        update="UpdateSSHPublicKey"
        remove="DeleteSSHPublicKey"
        create={<Button onClick={() => setText("")}>Upload SSH public key</Button>}
        columns={[
          { id: "id", header: "SSH key ID", isRowHeader: true, cell: (key) => key.SSHPublicKeyId },
          { id: "uploaded", header: "Uploaded", cell: (key) => time(key.UploadDate) },
        ]}
      />
      {text !== null && (
        <Confirm
          title="Upload SSH public key"
          verb="Upload"
          close={() => setText(null)}
          act={async () => {
            await call("iam", "UploadSSHPublicKey", { UserName: name, SSHPublicKeyBody: text.trim() });
            notify("The SSH public key is uploaded.");
            keys.reload();
          }}
        >
          <TextOrFile label="SSH public key" description="RSA, as ssh-keygen writes it (ssh-rsa …) or as PEM." value={text} accept=".pub,.pem,.txt" choose="Choose file" change={setText} />
        </Confirm>
      )}
    </>
  );
}
