import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";

import { CopyCommand } from "../../components/CopyCommand";
import { Copyable } from "../../components/Copyable";
import { Delete } from "../../components/Delete";
import { JsonBlock } from "../../components/JsonBlock";
import { Problem } from "../../components/Problem";
import { Rename } from "../../components/Rename";
import { TagsPanel } from "../../components/TagsPanel";
import { call, type Json } from "../../lib/api";
import { time } from "../../lib/format";
import { useLoaded } from "../../lib/load";
import { go, href } from "../../lib/route";
import { Expires } from "./CertificateList";

export function CertificateDetails({ name, tab }: { name: string; tab: string }) {
  const members = { ServerCertificateName: name };
  const page = useLoaded(() => call("iam", "GetServerCertificate", members).then((answer) => answer.ServerCertificate as Json), name);
  const found = page.value?.ServerCertificateMetadata as Json | undefined;
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <CopyCommand operation="GetServerCertificate" members={members} />
            <Rename noun="ServerCertificate" name={name} screen="server-certificates" />
            <Delete noun="server certificate" name={name} operation="DeleteServerCertificate" members={members} others={["server-certificates"]}>
              Servers that fetch it will find none. It cannot be brought back.
            </Delete>
          </SpaceBetween>
        }
      >
        {name}
      </Header>
      <Problem error={page.error} />
      {found && (
        <Container header={<Header variant="h2">Summary</Header>}>
          <KeyValuePairs columns={3} items={[
            { label: "ARN", value: <Copyable text={found.Arn} /> },
            { label: "ID", value: <Copyable text={found.ServerCertificateId} /> },
            { label: "Path", value: found.Path },
            { label: "Expires", value: <Expires at={found.Expiration} /> },
            { label: "Uploaded", value: time(found.UploadDate) },
          ]} />
        </Container>
      )}
      {page.value && (
        <Tabs
          activeTabId={tab}
          onChange={(event) => go("server-certificates", name, event.detail.activeTabId)}
          tabs={[
            {
              id: "certificate",
              label: "Certificate",
              href: href("server-certificates", name, "certificate"),
              content: (
                <SpaceBetween size="m">
                  <JsonBlock text={page.value.CertificateBody} label="Certificate" />
                  {page.value.CertificateChain && <JsonBlock text={page.value.CertificateChain} label="Certificate chain" />}
                </SpaceBetween>
              ),
            },
            { id: "tags", label: "Tags", href: href("server-certificates", name, "tags"), content: <TagsPanel noun="ServerCertificate" members={members} /> },
          ]}
        />
      )}
    </SpaceBetween>
  );
}
