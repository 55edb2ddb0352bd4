import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { CopyCommand } from "../../components/CopyCommand";
import { notify } from "../../components/Notices";
import { Problem } from "../../components/Problem";
import { TextOrFile } from "../../components/TextOrFile";
import { call } from "../../lib/api";
import { go, href } from "../../lib/route";

/** A private key is no part of a command. */
const FILES = { CertificateBody: "file://certificate.pem", PrivateKey: "file://private-key.pem" };
const EMPTY = { name: "", path: "/", body: "", key: "", chain: "" };

export function UploadCertificate() {
  const [given, setGiven] = useState(EMPTY);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const change = (changes: Partial<typeof EMPTY>): void => setGiven((before) => ({ ...before, ...changes }));
  const upload = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await call("iam", "UploadServerCertificate", {
        ServerCertificateName: given.name.trim(),
        Path: given.path.trim() || "/",
        CertificateBody: given.body.trim(),
        PrivateKey: given.key.trim(),
        ...(given.chain.trim() ? { CertificateChain: given.chain.trim() } : {}),
      });
      notify(`The server certificate ${given.name.trim()} is uploaded.`);
      go("server-certificates", given.name.trim());
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  const lacking = !given.name.trim() ? "Name it first" : !given.body.trim() ? "Give the certificate first" : !given.key.trim() ? "Give the private key first" : undefined;
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="Nobody can read the private key again." actions={<CopyCommand operation="UploadServerCertificate" members={{ ServerCertificateName: given.name.trim() || "web", Path: given.path, ...FILES }} />}>Upload server certificate</Header>
      <Container
        footer={
          <Box float="right">
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" href={href("server-certificates")}>Cancel</Button>
              <Button variant="primary" loading={busy} disabled={lacking !== undefined} disabledReason={lacking} onClick={() => void upload()}>Upload</Button>
            </SpaceBetween>
          </Box>
        }
      >
        <SpaceBetween size="m">
          <FormField label="Name"><Input value={given.name} onChange={(event) => change({ name: event.detail.value })} /></FormField>
          <FormField label="Path" description="Certificates for CloudFront have one that begins with /cloudfront/."><Input value={given.path} onChange={(event) => change({ path: event.detail.value })} /></FormField>
          <TextOrFile label="Certificate" description="PEM." value={given.body} accept=".pem,.crt,.cer" choose="Choose certificate" change={(body) => change({ body })} />
          <TextOrFile label="Private key" description="PEM, not encrypted." value={given.key} accept=".pem,.key" choose="Choose private key" change={(key) => change({ key })} />
          <TextOrFile label={<>Certificate chain <i>- optional</i></>} description="PEM: those of the authorities, from the nearest to the root." value={given.chain} accept=".pem,.crt,.cer" choose="Choose chain" change={(chain) => change({ chain })} />
          <Problem error={error} />
        </SpaceBetween>
      </Container>
    </SpaceBetween>
  );
}
