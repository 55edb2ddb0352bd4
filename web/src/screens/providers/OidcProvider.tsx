import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import Tabs from "@cloudscape-design/components/tabs";
import { useState } from "react";

import { Confirm } from "../../components/Confirm";
import { CopyCommand } from "../../components/CopyCommand";
import { Copyable } from "../../components/Copyable";
import { Empty } from "../../components/Empty";
import { Lines, filled } from "../../components/Lines";
import { notify } from "../../components/Notices";
import { Problem } from "../../components/Problem";
import { TagsPanel } from "../../components/TagsPanel";
import { call, type Json } from "../../lib/api";
import { time } from "../../lib/format";
import { useLoaded } from "../../lib/load";
import { go, href } from "../../lib/route";
import { MOST_THUMBPRINTS } from "./AddOidcProvider";
import { TrustingRoles } from "./TrustingRoles";
import { providerName } from "./providers";

export function OidcProvider({ arn, tab }: { arn: string; tab: string }) {
  const members = { OpenIDConnectProviderArn: arn };
  const provider = useLoaded(() => call("iam", "GetOpenIDConnectProvider", members), arn);
  const [deleting, setDeleting] = useState(false);
  const name = providerName(arn);
  const found = provider.value;
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="OpenID Connect provider"
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <CopyCommand operation="GetOpenIDConnectProvider" members={members} />
            <Button onClick={() => setDeleting(true)}>Delete</Button>
          </SpaceBetween>
        }
      >
        <span className="iamd-wrap">{name}</span>
      </Header>
      <Problem error={provider.error} />
      {found && (
        <>
          <Container header={<Header variant="h2">Summary</Header>}>
            <KeyValuePairs columns={3} items={[
              { label: "ARN", value: <Copyable text={arn} /> },
              { label: "Provider URL", value: <span className="iamd-wrap">{/^https?:/.test(found.Url) ? found.Url : `https://${found.Url}`}</span> },
              { label: "Created", value: time(found.CreateDate) },
            ]} />
          </Container>
          <Tabs
            activeTabId={tab}
            onChange={(event) => go("providers", arn, event.detail.activeTabId)}
            tabs={[
              { id: "audiences", label: "Audiences", href: href("providers", arn, "audiences"), content: <Audiences arn={arn} clients={found.ClientIDList ?? []} changed={provider.reload} /> },
              { id: "thumbprints", label: "Thumbprints", href: href("providers", arn, "thumbprints"), content: <Thumbprints arn={arn} prints={found.ThumbprintList ?? []} changed={provider.reload} /> },
              { id: "roles", label: "Roles", href: href("providers", arn, "roles"), content: <TrustingRoles arn={arn} /> },
              { id: "tags", label: "Tags", href: href("providers", arn, "tags"), content: <TagsPanel noun="OpenIDConnectProvider" members={members} /> },
            ]}
          />
        </>
      )}
      {deleting && (
        <Confirm title={`Delete ${name}?`} verb="Delete" typed={name} close={() => setDeleting(false)} act={async () => {
          await call("iam", "DeleteOpenIDConnectProvider", members);
          notify(`The identity provider ${name} is deleted.`);
          go("providers");
        }}>
          Nobody is let in through it any more. Roles that trust it stay as they are, and sessions that there are go on until they expire.
        </Confirm>
      )}
    </SpaceBetween>
  );
}

function Audiences({ arn, clients, changed }: { arn: string; clients: string[]; changed: () => void }) {
  const [adding, setAdding] = useState<string | null>(null);
  const [removing, setRemoving] = useState<string | null>(null);
  const of = (client: string): Json => ({ OpenIDConnectProviderArn: arn, ClientID: client });
  return (
    <>
      <Table
        variant="container"
        items={clients}
        wrapLines
        header={
          <Header
            counter={`(${clients.length})`}
            description="Whom its tokens must be for: their claim aud."
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <CopyCommand operation="AddClientIDToOpenIDConnectProvider" members={of("AUDIENCE")} />
                <Button onClick={() => setAdding("")}>Add audience</Button>
              </SpaceBetween>
            }
          >
            Audiences
          </Header>
        }
        empty={<Box textAlign="center"><SpaceBetween size="s"><b>No audiences</b><Box color="inherit">No token of it is believed until there is one.</Box><Button onClick={() => setAdding("")}>Add audience</Button></SpaceBetween></Box>}
        columnDefinitions={[
          { id: "client", header: "Audience", isRowHeader: true, cell: (client) => client },
          { id: "action", header: "Action", cell: (client) => <Button variant="inline-link" ariaLabel={`Remove ${client}`} onClick={() => setRemoving(client)}>Remove</Button> },
        ]}
      />
      {adding !== null && (
        <Confirm title="Add audience" verb="Add" close={() => setAdding(null)} act={async () => {
          await call("iam", "AddClientIDToOpenIDConnectProvider", of(adding.trim()));
          notify("The audience is added.");
          changed();
        }}>
          <FormField label="Audience"><Input value={adding} placeholder="sts.amazonaws.com" onChange={(event) => setAdding(event.detail.value)} /></FormField>
        </Confirm>
      )}
      {removing !== null && (
        <Confirm title="Remove the audience?" verb="Remove" close={() => setRemoving(null)} act={async () => {
          await call("iam", "RemoveClientIDFromOpenIDConnectProvider", of(removing));
          notify("The audience is removed.");
          changed();
        }}>
          Tokens for <b>{removing}</b> are refused from now on.
        </Confirm>
      )}
    </>
  );
}

function Thumbprints({ arn, prints, changed }: { arn: string; prints: string[]; changed: () => void }) {
  const [edited, setEdited] = useState<string[] | null>(null);
  const members = (from: string[]): Json => ({ OpenIDConnectProviderArn: arn, ThumbprintList: filled(from) });
  return (
    <>
      <Table
        variant="container"
        items={prints}
        wrapLines
        header={
          <Header
            counter={`(${prints.length})`}
            description="SHA-1, of the certificate authority of its server."
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <CopyCommand operation="UpdateOpenIDConnectProviderThumbprint" members={members(prints)} />
                <Button onClick={() => setEdited(prints.length ? prints : [""])}>Manage thumbprints</Button>
              </SpaceBetween>
            }
          >
            Thumbprints
          </Header>
        }
        empty={<Empty title="No thumbprints" next={<Button onClick={() => setEdited([""])}>Add the first thumbprint</Button>}>Its server is believed if a well-known authority vouches for it.</Empty>}
        columnDefinitions={[{ id: "print", header: "Thumbprint", isRowHeader: true, cell: (print) => <span className="iamd-wrap">{print}</span> }]}
      />
      {edited !== null && (
        <Confirm title="Manage thumbprints" verb="Save" close={() => setEdited(null)} act={async () => {
          await call("iam", "UpdateOpenIDConnectProviderThumbprint", members(edited));
          notify("The thumbprints are saved.");
          changed();
        }}>
          <Lines label="Thumbprints" noun="Thumbprint" constraint="40 hexadecimal digits each." values={edited} most={MOST_THUMBPRINTS} change={setEdited} />
        </Confirm>
      )}
    </>
  );
}
