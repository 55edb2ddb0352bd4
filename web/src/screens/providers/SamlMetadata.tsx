import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { Confirm } from "../../components/Confirm";
import { CopyCommand } from "../../components/CopyCommand";
import { JsonBlock } from "../../components/JsonBlock";
import { notify } from "../../components/Notices";
import { TextOrFile } from "../../components/TextOrFile";
import { call } from "../../lib/api";
import { save } from "../../lib/save";
import { METADATA_FILE } from "./AddSamlProvider";
import { providerName } from "./providers";

export function SamlMetadata({ arn, text, changed }: { arn: string; text: string; changed: () => void }) {
  const [next, setNext] = useState<string | null>(null);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="What the provider says of itself: its name, and the certificates that it signs with."
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <CopyCommand operation="UpdateSAMLProvider" members={{ SAMLProviderArn: arn, SAMLMetadataDocument: METADATA_FILE }} />
              <Button iconName="download" onClick={() => save(`${providerName(arn)}.xml`, text, "application/xml")}>Download</Button>
              <Button onClick={() => setNext("")}>Replace metadata</Button>
            </SpaceBetween>
          }
        >
          Metadata document
        </Header>
      }
    >
      <JsonBlock text={text} label="Metadata document" />
      {next !== null && (
        <Confirm title="Replace metadata" verb="Replace" close={() => setNext(null)} act={async () => {
          await call("iam", "UpdateSAMLProvider", { SAMLProviderArn: arn, SAMLMetadataDocument: next });
          notify("The metadata is replaced. What the certificates before it have signed is refused from now on.");
          changed();
        }}>
          <TextOrFile label="Metadata document" description="It takes the place of the one that there is." accept=".xml,text/xml,application/xml" choose="Choose metadata file" rows={10} value={next} change={setNext} />
        </Confirm>
      )}
    </Container>
  );
}
