import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";

import { CopyCommand } from "../components/CopyCommand";
import { Problem } from "../components/Problem";
import { call, type Json } from "../lib/api";
import { nameOf, time } from "../lib/format";
import { useLoaded } from "../lib/load";

async function providers(): Promise<Json[]> {
  const [oidc, saml] = await Promise.all([call("iam", "ListOpenIDConnectProviders"), call("iam", "ListSAMLProviders")]);
  const details = oidc.OpenIDConnectProviderList.map(async ({ Arn }: Json) => {
    const found = await call("iam", "GetOpenIDConnectProvider", { OpenIDConnectProviderArn: Arn }).catch(() => ({}) as Json);
    return { arn: Arn, name: Arn.slice(Arn.indexOf("/") + 1), type: "OpenID Connect", created: found.CreateDate, more: (found.ClientIDList ?? []).join(", ") };
  });
  return [
    ...(await Promise.all(details)),
    ...saml.SAMLProviderList.map((each: Json) => ({ arn: each.Arn, name: nameOf(each.Arn), type: "SAML", created: each.CreateDate, more: `Metadata valid until ${time(each.ValidUntil)}` })),
  ];
}

export default function Providers() {
  const found = useLoaded(providers, "");
  return (
    <SpaceBetween size="m">
      <Problem error={found.error} />
      <Table
        variant="full-page"
        loading={found.loading && !found.value}
        loadingText="Loading identity providers"
        items={found.value ?? []}
        wrapLines
        header={
          <Header variant="awsui-h1-sticky" counter={found.value && `(${found.value.length})`} description="Who vouches for people and programs that have no user here." actions={<SpaceBetween direction="horizontal" size="xs"><CopyCommand operation="ListOpenIDConnectProviders" /><CopyCommand operation="ListSAMLProviders" /></SpaceBetween>}>
            Identity providers
          </Header>
        }
        empty={<Box textAlign="center"><b>No identity providers</b><p>aws iam create-open-id-connect-provider and create-saml-provider make them.</p></Box>}
        columnDefinitions={[
          { id: "name", header: "Provider", isRowHeader: true, cell: (each) => each.name },
          { id: "type", header: "Type", cell: (each) => <Badge>{each.type}</Badge> },
          { id: "created", header: "Created", cell: (each) => time(each.created) },
          { id: "more", header: "Audiences, validity", cell: (each) => each.more || "-" },
          { id: "arn", header: "ARN", cell: (each) => each.arn },
        ]}
      />
    </SpaceBetween>
  );
}
