import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { CopyCommand } from "../../components/CopyCommand";
import { EntityTable } from "../../components/EntityTable";
import { time } from "../../lib/format";
import { useWhole } from "../../lib/load";
import { href } from "../../lib/route";
import { KINDS, listProviders, type Provider } from "./providers";

const OIDC = "#/providers?create=oidc";
const SAML = "#/providers?create=saml";

export function ProviderList() {
  const providers = useWhole(listProviders, "");
  const kind = (each: unknown): string => KINDS[(each as Provider).kind];
  return (
    <EntityTable
      paged={providers}
      trackBy="arn"
      title="Identity providers"
      noun="identity provider"
      description="Who vouches for people and programs that have no user here."
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <CopyCommand operation="ListOpenIDConnectProviders" then="ListSAMLProviders" />
          <Button iconName="refresh" ariaLabel="Refresh" onClick={providers.reload} />
          <ButtonDropdown variant="primary" items={[{ id: "oidc", text: KINDS.oidc, href: OIDC }, { id: "saml", text: KINDS.saml, href: SAML }]}>Add provider</ButtonDropdown>
        </SpaceBetween>
      }
      empty={
        <SpaceBetween size="s">
          <b>No identity providers</b>
          <Box color="inherit">With one, jobs, pods and people come without access keys: what vouches for them already is believed here.</Box>
          <SpaceBetween direction="horizontal" size="xs" alignItems="center"><Button href={OIDC}>Add OpenID Connect provider</Button><Button href={SAML}>Add SAML provider</Button></SpaceBetween>
        </SpaceBetween>
      }
      columns={[
        { id: "name", header: "Provider", isRowHeader: true, sortingField: "name", text: (each) => each.name, cell: (each) => <Link href={href("providers", each.arn)}>{each.name}</Link> },
        { id: "type", header: "Type", text: kind, cell: (each) => <Badge>{kind(each)}</Badge> },
        { id: "created", header: "Created", minWidth: 140, cell: (each) => time(each.created) },
        { id: "valid", header: "Metadata valid until", minWidth: 140, cell: (each) => time(each.validUntil) },
        { id: "arn", header: "ARN", text: (each) => each.arn, cell: (each) => each.arn },
      ]}
    />
  );
}
