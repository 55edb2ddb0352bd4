import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { Confirm } from "../../components/Confirm";
import { CopyCommand } from "../../components/CopyCommand";
import { Empty } from "../../components/Empty";
import { Lines, filled } from "../../components/Lines";
import { notify } from "../../components/Notices";
import { call, type Json } from "../../lib/api";
import { href } from "../../lib/route";
import { MOST_THUMBPRINTS } from "./AddOidcProvider";
import { ProviderPage } from "./ProviderPage";

export function OidcProvider({ arn, tab }: { arn: string; tab: string }) {
  return (
    <ProviderPage
      arn={arn}
      tab={tab}
      noun="OpenIDConnectProvider"
      description="OpenID Connect provider"
      about={(found) => [{ label: "Provider URL", value: <span className="iamd-wrap">{/^https?:/.test(found.Url) ? found.Url : `https://${found.Url}`}</span> }]}
      tabs={(found, changed) => [
        { id: "audiences", label: "Audiences", href: href("providers", arn, "audiences"), content: <Audiences arn={arn} clients={found.ClientIDList ?? []} changed={changed} /> },
        { id: "thumbprints", label: "Thumbprints", href: href("providers", arn, "thumbprints"), content: <Thumbprints arn={arn} prints={found.ThumbprintList ?? []} changed={changed} /> },
      ]}
    />
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
