import { Copyable } from "../../components/Copyable";
import { time } from "../../lib/format";
import { href } from "../../lib/route";
import { ProviderPage } from "./ProviderPage";
import { SamlKeys } from "./SamlKeys";
import { SamlMetadata } from "./SamlMetadata";

export function SamlProvider({ arn, tab }: { arn: string; tab: string }) {
  return (
    <ProviderPage
      arn={arn}
      tab={tab}
      noun="SAMLProvider"
      description="SAML provider"
      about={(found) => [
        { label: "Metadata valid until", value: time(found.ValidUntil) },
        { label: "Provider ID", value: <Copyable text={found.SAMLProviderUUID} /> },
        { label: "Encryption of assertions", value: found.AssertionEncryptionMode },
        { label: "Private keys", value: String((found.PrivateKeyList ?? []).length) },
      ]}
      tabs={(found, changed) => [
        { id: "metadata", label: "Metadata", href: href("providers", arn, "metadata"), content: <SamlMetadata arn={arn} text={found.SAMLMetadataDocument} changed={changed} /> },
        { id: "encryption", label: "Encryption", href: href("providers", arn, "encryption"), content: <SamlKeys arn={arn} keys={found.PrivateKeyList ?? []} mode={found.AssertionEncryptionMode} changed={changed} /> },
      ]}
    />
  );
}
