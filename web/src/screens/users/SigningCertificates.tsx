import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import { useState } from "react";

import { Confirm } from "../../components/Confirm";
import { JsonBlock } from "../../components/JsonBlock";
import { notify } from "../../components/Notices";
import { TextOrFile } from "../../components/TextOrFile";
import { call, callAll, type Json } from "../../lib/api";
import { time } from "../../lib/format";
import { useLoaded } from "../../lib/load";
import { CredentialTable } from "./CredentialTable";

/** As AWS's console names them. */
export function SigningCertificates({ name }: { name: string }) {
  const certificates = useLoaded(() => callAll("iam", "ListSigningCertificates", { UserName: name }, "Certificates"), name);
  const [text, setText] = useState<string | null>(null);
  const [shown, setShown] = useState<Json | null>(null);
  return (
    <>
      <CredentialTable
        title="X.509 Signing certificates"
        noun="signing certificate"
        description="Kept for services that fetch them; no request to iamd is signed with one. A user has at most two."
        user={name}
        credentials={certificates}
        id="CertificateId"
        list={{ operation: "ListSigningCertificates" }}
        update="UpdateSigningCertificate"
        remove="DeleteSigningCertificate"
        more={[{ id: "Show", text: "Show", act: async (certificate) => setShown(certificate) }]}
        create={<Button onClick={() => setText("")}>Upload X.509 certificate</Button>}
        columns={[
          { id: "id", header: "Certificate ID", isRowHeader: true, cell: (certificate) => certificate.CertificateId },
          { id: "uploaded", header: "Uploaded", cell: (certificate) => time(certificate.UploadDate) },
        ]}
      />
      {shown && <Modal visible size="large" header={shown.CertificateId} onDismiss={() => setShown(null)} closeAriaLabel="Close"><JsonBlock text={shown.CertificateBody} label="Certificate" /></Modal>}
      {text !== null && (
        <Confirm
          title="Upload X.509 certificate"
          verb="Upload"
          close={() => setText(null)}
          act={async () => {
            await call("iam", "UploadSigningCertificate", { UserName: name, CertificateBody: text.trim() });
            notify("The signing certificate is uploaded.");
            certificates.reload();
          }}
        >
          <TextOrFile label="Certificate" description="PEM. Its private key stays with you." value={text} accept=".pem,.crt,.cer" choose="Choose file" change={setText} />
        </Confirm>
      )}
    </>
  );
}
