import Link from "@cloudscape-design/components/link";
import StatusIndicator from "@cloudscape-design/components/status-indicator";

import { EntityList } from "../../components/EntityList";
import { time } from "../../lib/format";
import { usePaged } from "../../lib/load";
import { href } from "../../lib/route";

const SOON = 30 * 86_400;

/** When a certificate expires, pointed out when that is soon or was. */
export function Expires({ at }: { at: number }) {
  const left = at - Date.now() / 1000;
  return <StatusIndicator type={left < 0 ? "error" : left < SOON ? "warning" : "success"}>{left < 0 ? `Expired ${time(at)}` : time(at)}</StatusIndicator>;
}

export function CertificateList() {
  const certificates = usePaged("iam", "ListServerCertificates", "ServerCertificateMetadataList", {}, "");
  return (
    <EntityList
      paged={certificates}
      trackBy="ServerCertificateId"
      title="Server certificates"
      noun="server certificate"
      description="Certificates and their private keys, for servers that fetch them; AWS's console has no screen for them."
      operation="ListServerCertificates"
      create={{ text: "Upload certificate", href: "#/server-certificates?create=1" }}
      columns={[
        { id: "name", header: "Name", isRowHeader: true, sortingField: "ServerCertificateName", text: (item) => item.ServerCertificateName, cell: (item) => <Link href={href("server-certificates", item.ServerCertificateName)}>{item.ServerCertificateName}</Link> },
        { id: "path", header: "Path", sortingField: "Path", text: (item) => item.Path, cell: (item) => item.Path },
        { id: "id", header: "ID", text: (item) => item.ServerCertificateId, cell: (item) => item.ServerCertificateId },
        { id: "expires", header: "Expires", sortingField: "Expiration", cell: (item) => <Expires at={item.Expiration} /> },
        { id: "uploaded", header: "Uploaded", sortingField: "UploadDate", cell: (item) => time(item.UploadDate) },
      ]}
    />
  );
}
