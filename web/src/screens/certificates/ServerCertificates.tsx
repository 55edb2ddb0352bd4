import type { Route } from "../../lib/route";
import { CertificateDetails } from "./CertificateDetails";
import { CertificateList } from "./CertificateList";
import { UploadCertificate } from "./UploadCertificate";

export default function ServerCertificates({ route }: { route: Route }) {
  const name = route.parts[1];
  if (name !== undefined) {
    return <CertificateDetails key={name} name={name} tab={route.parts[2] ?? "certificate"} />;
  }
  return route.query.get("create") === null ? <CertificateList /> : <UploadCertificate />;
}
