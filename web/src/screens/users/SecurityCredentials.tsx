import SpaceBetween from "@cloudscape-design/components/space-between";

import { AccessKeys } from "./AccessKeys";
import { ConsoleAccess } from "./ConsoleAccess";
import { MfaDevices } from "./MfaDevices";
import { ServiceCredentials } from "./ServiceCredentials";
import { SigningCertificates } from "./SigningCertificates";
import { SshPublicKeys } from "./SshPublicKeys";

export function SecurityCredentials({ name }: { name: string }) {
  return (
    <SpaceBetween size="l">
      <ConsoleAccess name={name} />
      <MfaDevices name={name} />
      <AccessKeys name={name} />
      <SshPublicKeys name={name} />
      <ServiceCredentials name={name} />
      <SigningCertificates name={name} />
    </SpaceBetween>
  );
}
