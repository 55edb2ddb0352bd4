import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { useState } from "react";

import { Confirm } from "../../components/Confirm";
import { CopyCommand } from "../../components/CopyCommand";
import { Copyable } from "../../components/Copyable";
import { notify } from "../../components/Notices";
import { Problem } from "../../components/Problem";
import { TagsPanel } from "../../components/TagsPanel";
import { call } from "../../lib/api";
import { time } from "../../lib/format";
import { useLoaded } from "../../lib/load";
import { go, href } from "../../lib/route";
import { SamlKeys } from "./SamlKeys";
import { SamlMetadata } from "./SamlMetadata";
import { TrustingRoles } from "./TrustingRoles";
import { providerName } from "./providers";

export function SamlProvider({ arn, tab }: { arn: string; tab: string }) {
  const members = { SAMLProviderArn: arn };
  const provider = useLoaded(() => call("iam", "GetSAMLProvider", members), arn);
  const [deleting, setDeleting] = useState(false);
  const name = providerName(arn);
  const found = provider.value;
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="SAML provider"
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <CopyCommand operation="GetSAMLProvider" members={members} />
            <Button onClick={() => setDeleting(true)}>Delete</Button>
          </SpaceBetween>
        }
      >
        {name}
      </Header>
      <Problem error={provider.error} />
      {found && (
        <>
          <Container header={<Header variant="h2">Summary</Header>}>
            <KeyValuePairs columns={3} items={[
              { label: "ARN", value: <Copyable text={arn} /> },
              { label: "Created", value: time(found.CreateDate) },
              { label: "Metadata valid until", value: time(found.ValidUntil) },
              { label: "Provider ID", value: <Copyable text={found.SAMLProviderUUID} /> },
              { label: "Encryption of assertions", value: found.AssertionEncryptionMode },
              { label: "Private keys", value: String((found.PrivateKeyList ?? []).length) },
            ]} />
          </Container>
          <Tabs
            activeTabId={tab}
            onChange={(event) => go("providers", arn, event.detail.activeTabId)}
            tabs={[
              { id: "metadata", label: "Metadata", href: href("providers", arn, "metadata"), content: <SamlMetadata arn={arn} text={found.SAMLMetadataDocument} changed={provider.reload} /> },
              { id: "encryption", label: "Encryption", href: href("providers", arn, "encryption"), content: <SamlKeys arn={arn} keys={found.PrivateKeyList ?? []} mode={found.AssertionEncryptionMode} changed={provider.reload} /> },
              { id: "roles", label: "Roles", href: href("providers", arn, "roles"), content: <TrustingRoles arn={arn} /> },
              { id: "tags", label: "Tags", href: href("providers", arn, "tags"), content: <TagsPanel noun="SAMLProvider" members={members} /> },
            ]}
          />
        </>
      )}
      {deleting && (
        <Confirm title={`Delete ${name}?`} verb="Delete" typed={name} close={() => setDeleting(false)} act={async () => {
          await call("iam", "DeleteSAMLProvider", members);
          notify(`The identity provider ${name} is deleted.`);
          go("providers");
        }}>
          Nobody is let in through it any more. Roles that trust it stay as they are, and sessions that there are go on until they expire.
        </Confirm>
      )}
    </SpaceBetween>
  );
}
