import SpaceBetween from "@cloudscape-design/components/space-between";

import { AccessKeys } from "./AccessKeys";
import { ConsoleAccess } from "./ConsoleAccess";
import { MfaDevices } from "./MfaDevices";

export function SecurityCredentials({ name }: { name: string }) {
  return (
    <SpaceBetween size="l">
      <ConsoleAccess name={name} />
      <MfaDevices name={name} />
      <AccessKeys name={name} />
    </SpaceBetween>
  );
}
