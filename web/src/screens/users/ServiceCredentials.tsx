import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";

import { Confirm } from "../../components/Confirm";
import { CreatedOnce } from "../../components/CreatedOnce";
import { call, type Json } from "../../lib/api";
import { time } from "../../lib/format";
import { useLoaded } from "../../lib/load";
import { CredentialTable } from "./CredentialTable";

const WARNING = "This is the only time that the secret can be seen. Nobody can bring it back, but you can make another one.";

interface Kind {
  service: string;
  title: string;
  noun: string;
  description: string;
  create: string;
}

/** As AWS's console names them. */
const KINDS: Kind[] = [
  { service: "codecommit.amazonaws.com", title: "HTTPS Git credentials for AWS CodeCommit", noun: "HTTPS Git credential", description: "A name and a password, made and kept as AWS does; no door of iamd takes them. A user has at most two.", create: "Generate credentials" },
  { service: "cassandra.amazonaws.com", title: "Credentials for Amazon Keyspaces (for Apache Cassandra)", noun: "Keyspaces credential", description: "A name and a password, made and kept as AWS does; no door of iamd takes them. A user has at most two.", create: "Generate Keyspaces credentials" },
  { service: "bedrock.amazonaws.com", title: "API keys for Amazon Bedrock", noun: "API key", description: "Made and kept as AWS does; no door of iamd takes them. A key may expire. A user has at most two.", create: "Generate API key" },
];

export function ServiceCredentials({ name }: { name: string }) {
  return <>{KINDS.map((kind) => <OfService key={kind.service} name={name} kind={kind} />)}</>;
}

/** A key goes by an alias and a secret, the others by a user name and a password. */
function open(made: Json): Record<string, string> {
  return made.ServiceCredentialAlias ? { "API key name": made.ServiceCredentialAlias } : { "User name": made.ServiceUserName };
}

function OfService({ name, kind }: { name: string; kind: Kind }) {
  const { service, title, noun, description, create } = kind;
  const asked = { UserName: name, ServiceName: service };
  const credentials = useLoaded(() => call("iam", "ListServiceSpecificCredentials", asked).then((answer) => answer.ServiceSpecificCredentials as Json[]), name);
  const [days, setDays] = useState<string | null>(null);
  const [made, setMade] = useState<Json | null>(null);
  const expires = service === "bedrock.amazonaws.com";
  const given = (answer: Json): void => {
    setMade(answer.ServiceSpecificCredential);
    credentials.reload();
  };
  return (
    <>
      <CredentialTable
        title={title}
        noun={noun}
        description={description}
        user={name}
        credentials={credentials}
        id="ServiceSpecificCredentialId"
        list={{ operation: "ListServiceSpecificCredentials", members: { ServiceName: service } }}
        update="UpdateServiceSpecificCredential"
        remove="DeleteServiceSpecificCredential"
        more={[{ id: "Reset", text: expires ? "Reset the key" : "Reset the password", act: async ({ ServiceSpecificCredentialId }) => given(await call("iam", "ResetServiceSpecificCredential", { UserName: name, ServiceSpecificCredentialId })) }]}
        create={<Button onClick={() => setDays("")}>{create}</Button>}
        columns={[
          { id: "name", header: expires ? "API key name" : "User name", isRowHeader: true, cell: (item) => item.ServiceCredentialAlias ?? item.ServiceUserName },
          { id: "created", header: "Created", cell: (item) => time(item.CreateDate) },
          ...(expires ? [{ id: "expires", header: "Expires", cell: (item: Json) => (item.ExpirationDate ? time(item.ExpirationDate) : "Never") }] : []),
        ]}
      />
      {days !== null && (
        <Confirm title={create} verb="Generate" close={() => setDays(null)} act={async () => given(await call("iam", "CreateServiceSpecificCredential", { ...asked, ...(days.trim() ? { CredentialAgeDays: Number(days) } : {}) }))}>
          {expires ? (
            <FormField label="Days until it expires" description="1 to 36,600; without a number it never does."><Input value={days} type="number" inputMode="numeric" onChange={(event) => setDays(event.detail.value)} /></FormField>
          ) : (
            <>A name and a password for {service} are made for {name}. The password is shown once.</>
          )}
        </Confirm>
      )}
      {made && (
        <CreatedOnce
          title={expires ? "API key" : "Credentials"}
          warning={WARNING}
          open={open(made)}
          label={expires ? "API key" : "Password"}
          secret={made.ServiceCredentialSecret ?? made.ServicePassword}
          file={`${made.UserName}_${service.split(".", 1)[0]}_credentials.csv`}
          close={() => setMade(null)}
        />
      )}
    </>
  );
}
