import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs, { type KeyValuePairsProps } from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs, { type TabsProps } from "@cloudscape-design/components/tabs";

import { CopyCommand } from "../../components/CopyCommand";
import { Copyable } from "../../components/Copyable";
import { Delete } from "../../components/Delete";
import { Problem } from "../../components/Problem";
import { TagsPanel } from "../../components/TagsPanel";
import { call, type Json } from "../../lib/api";
import { time } from "../../lib/format";
import { useLoaded } from "../../lib/load";
import { go, href } from "../../lib/route";
import { TrustingRoles } from "./TrustingRoles";
import { providerName } from "./providers";

interface Props {
  arn: string;
  tab: string;
  /** As its operations call it. */
  noun: "OpenIDConnectProvider" | "SAMLProvider";
  description: string;
  /** What is told of it besides its ARN and when it was made. */
  about: (found: Json) => KeyValuePairsProps.Item[];
  /** Its own tabs, before those that every provider has. */
  tabs: (found: Json, changed: () => void) => TabsProps.Tab[];
}

/** An identity provider: what it is, its tabs, and how it is deleted. */
export function ProviderPage({ arn, tab, noun, description, about, tabs }: Props) {
  const members = { [`${noun}Arn`]: arn };
  const provider = useLoaded(() => call("iam", `Get${noun}`, members), arn);
  const name = providerName(arn);
  const found = provider.value;
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={description}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <CopyCommand operation={`Get${noun}`} members={members} />
            <Delete noun="identity provider" name={name} operation={`Delete${noun}`} members={members} others={["providers"]}>
              Nobody is let in through it any more. Roles that trust it stay as they are, and sessions that there are go on until they expire.
            </Delete>
          </SpaceBetween>
        }
      >
        <span className="iamd-wrap">{name}</span>
      </Header>
      <Problem error={provider.error} />
      {found && (
        <>
          <Container header={<Header variant="h2">Summary</Header>}>
            <KeyValuePairs columns={3} items={[{ label: "ARN", value: <Copyable text={arn} /> }, { label: "Created", value: time(found.CreateDate) }, ...about(found)]} />
          </Container>
          <Tabs
            activeTabId={tab}
            onChange={(event) => go("providers", arn, event.detail.activeTabId)}
            tabs={[
              ...tabs(found, provider.reload),
              { id: "roles", label: "Roles", href: href("providers", arn, "roles"), content: <TrustingRoles arn={arn} /> },
              { id: "tags", label: "Tags", href: href("providers", arn, "tags"), content: <TagsPanel noun={noun} members={members} /> },
            ]}
          />
        </>
      )}
    </SpaceBetween>
  );
}
