import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { Confirm } from "../../components/Confirm";
import { Copyable } from "../../components/Copyable";
import { CopyCommand } from "../../components/CopyCommand";
import { Empty } from "../../components/Empty";
import { notify } from "../../components/Notices";
import { Problem } from "../../components/Problem";
import { call, callAll, type Json } from "../../lib/api";
import { time } from "../../lib/format";
import { useLoaded } from "../../lib/load";

export function MfaDevices({ name }: { name: string }) {
  const devices = useLoaded(() => callAll("iam", "ListMFADevices", { UserName: name }, "MFADevices"), name);
  const [enrolling, setEnrolling] = useState<Json | null>(null);
  const [removing, setRemoving] = useState<Json | null>(null);
  const [error, setError] = useState<unknown>();
  const begin = async (): Promise<void> => {
    setError(undefined);
    const taken = (devices.value ?? []).length;
    try {
      const made = await call("iam", "CreateVirtualMFADevice", { VirtualMFADeviceName: taken ? `${name}-${taken + 1}` : name });
      setEnrolling(made.VirtualMFADevice);
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <SpaceBetween size="m">
      <Problem error={error ?? devices.error} />
      <Table
        variant="container"
        loading={devices.loading && !devices.value}
        loadingText="Loading devices"
        items={devices.value ?? []}
        wrapLines
        header={
          <Header counter={devices.value && `(${devices.value.length})`} description="An authenticator whose code is asked for at sign-in." actions={<SpaceBetween direction="horizontal" size="xs"><CopyCommand operation="ListMFADevices" members={{ UserName: name }} /><Button onClick={() => void begin()}>Assign MFA device</Button></SpaceBetween>}>
            Multi-factor authentication
          </Header>
        }
        empty={<Empty title="No MFA devices" next={<Button onClick={() => void begin()}>Assign the first MFA device</Button>}>Whoever knows the password is in.</Empty>}
        columnDefinitions={[
          { id: "serial", header: "Serial number", isRowHeader: true, cell: (device) => device.SerialNumber },
          { id: "since", header: "Enabled", cell: (device) => time(device.EnableDate) },
          { id: "remove", header: "Action", cell: (device) => <Button variant="inline-link" ariaLabel={`Remove ${device.SerialNumber}`} onClick={() => setRemoving(device)}>Remove</Button> },
        ]}
      />
      {enrolling && <Enroll name={name} device={enrolling} close={() => setEnrolling(null)} done={devices.reload} />}
      {removing && (
        <Confirm
          title="Remove the MFA device?"
          verb="Remove"
          close={() => setRemoving(null)}
          act={async () => {
            await call("iam", "DeactivateMFADevice", { UserName: name, SerialNumber: removing.SerialNumber });
            await call("iam", "DeleteVirtualMFADevice", { SerialNumber: removing.SerialNumber });
            notify("The MFA device is removed.");
            devices.reload();
          }}
        >
          {name} signs in without a code afterwards, and conditions on aws:MultiFactorAuthPresent hold no more.
        </Confirm>
      )}
    </SpaceBetween>
  );
}

/** A QR code, and two codes that follow each other. */
function Enroll({ name, device, close, done }: { name: string; device: Json; close: () => void; done: () => void }) {
  const [first, setFirst] = useState("");
  const [second, setSecond] = useState("");
  const giveUp = (): void => {
    // A device that nobody has is of no use, and its name is taken.
    call("iam", "DeleteVirtualMFADevice", { SerialNumber: device.SerialNumber }).catch(() => undefined);
    close();
  };
  const [enabled, setEnabled] = useState(false);
  return (
    <Confirm
      title="Assign MFA device"
      verb="Assign"
      close={enabled ? close : giveUp}
      act={async () => {
        await call("iam", "EnableMFADevice", { UserName: name, SerialNumber: device.SerialNumber, AuthenticationCode1: first.trim(), AuthenticationCode2: second.trim() });
        setEnabled(true);
        notify("The MFA device is assigned. Its code is asked for at the next sign-in.");
        done();
      }}
    >
      <SpaceBetween size="m">
        <Box>Scan the code with your authenticator, then type two codes that follow each other.</Box>
        <Box textAlign="center"><img alt="QR code for the authenticator" width={200} height={200} className="iamd-qr" src={`data:image/png;base64,${device.QRCodePNG}`} /></Box>
        <FormField label="Or type the key"><Copyable text={atob(device.Base32StringSeed)} /></FormField>
        <FormField label="MFA code 1"><Input value={first} inputMode="numeric" onChange={(event) => setFirst(event.detail.value)} /></FormField>
        <FormField label="MFA code 2"><Input value={second} inputMode="numeric" onChange={(event) => setSecond(event.detail.value)} /></FormField>
      </SpaceBetween>
    </Confirm>
  );
}
