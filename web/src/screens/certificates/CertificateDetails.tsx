import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useState } from "react";

import { Confirm } from "../../components/Confirm";
import { CopyCommand } from "../../components/CopyCommand";
import { Copyable } from "../../components/Copyable";
import { JsonBlock } from "../../components/JsonBlock";
import { notify } from "../../components/Notices";
import { Problem } from "../../components/Problem";
import { TagsPanel } from "../../components/TagsPanel";
import { call, type Json } from "../../lib/api";
import { time } from "../../lib/format";
import { useLoaded } from "../../lib/load";
import { go, href } from "../../lib/route";
import { Expires } from "./CertificateList";

export function CertificateDetails({ name, tab }: { name: string; tab: string }) {
  const members = { ServerCertificateName: name };
  const page = useLoaded(() => call("iam", "GetServerCertificate", members).then((answer) => answer.ServerCertificate as Json), name);
  const [asking, setAsking] = useState<"rename" | "delete" | null>(null);
  const [other, setOther] = useState(name);
  const found = page.value?.ServerCertificateMetadata as Json | undefined;
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <CopyCommand operation="GetServerCertificate" members={members} />
            <Button onClick={() => setAsking("rename")}>Rename</Button>
            <Button onClick={() => setAsking("delete")}>Delete</Button>
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
      {asking === "rename" && (
        <Confirm
          title={`Rename ${name}`}
          verb="Rename"
          close={() => setAsking(null)}
          act={async () => {
            await call("iam", "UpdateServerCertificate", { ...members, NewServerCertificateName: other.trim() });
            notify(`The server certificate is called ${other.trim()} now.`);
            go("server-certificates", other.trim());
          }}
        >
          <FormField label="New name" description="Its ARN changes with it."><Input value={other} onChange={(event) => setOther(event.detail.value)} /></FormField>
        </Confirm>
      )}
      {asking === "delete" && (
        <Confirm
          title={`Delete ${name}?`}
          verb="Delete"
          typed={name}
          close={() => setAsking(null)}
          act={async () => {
            await call("iam", "DeleteServerCertificate", members);
            notify(`The server certificate ${name} is deleted.`);
            go("server-certificates");
          }}
        >
          Servers that fetch it will find none. It cannot be brought back.
        </Confirm>
      )}
    </SpaceBetween>
  );
}
