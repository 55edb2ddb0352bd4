import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Tabs from "@cloudscape-design/components/tabs";
import { useState } from "react";

import { CopyCommand } from "../../components/CopyCommand";
import { Copyable } from "../../components/Copyable";
import { notify } from "../../components/Notices";
import { Problem } from "../../components/Problem";
import { call } from "../../lib/api";
import { type Loaded, useLoaded } from "../../lib/load";
import { type Route, go, href } from "../../lib/route";
import { OrganizationPolicies } from "./OrganizationPolicies";
import { OrganizationPolicy } from "./OrganizationPolicy";
import { Structure } from "./Structure";
import { Target } from "./Target";
import { type Organization, organization } from "./organization";

export default function Organizations({ route }: { route: Route }) {
  const [, part, id] = route.parts;
  const found = useLoaded(organization, "");
  if (found.error !== undefined) {
    return <Problem error={found.error} />;
  }
  if (found.value === undefined) {
    return <StatusIndicator type="loading">Looking</StatusIndicator>;
  }
  if (found.value === null) {
    return <None made={found.reload} />;
  }
  if (part === "policies" && id !== undefined) {
    return <OrganizationPolicy key={id} id={id} />;
  }
  if (part === "target" && id !== undefined) {
    return <Target key={id} id={id} found={found.value} changed={found.reload} />;
  }
  return <Overview found={found.value} tab={part ?? "structure"} state={found} />;
}

function None({ made }: { made: () => void }) {
  const [error, setError] = useState<unknown>();
  const create = (): void => {
    call("organizations", "CreateOrganization", { FeatureSet: "ALL" }).then(() => {
      notify("The organization is created. This account manages it.");
      made();
    }, setError);
  };
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={<CopyCommand service="organizations" operation="CreateOrganization" members={{ FeatureSet: "ALL" }} />}>Organization</Header>
      <Problem error={error} />
      <Container>
        <Box textAlign="center" padding="l">
          <SpaceBetween size="s">
            <b>The account is in no organization</b>
            <Box color="inherit">An organization holds several accounts, and says with its policies what all of them may do at most.</Box>
            <Button onClick={create}>Create organization</Button>
          </SpaceBetween>
        </Box>
      </Container>
    </SpaceBetween>
  );
}

function Overview({ found, tab, state }: { found: Organization; tab: string; state: Loaded<Organization | null> }) {
  const { about } = found;
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={<SpaceBetween direction="horizontal" size="xs"><CopyCommand service="organizations" operation="DescribeOrganization" /><Button iconName="refresh" ariaLabel="Refresh" loading={state.loading} onClick={state.reload} /></SpaceBetween>}>Organization</Header>
      <Container header={<Header variant="h2">Summary</Header>}>
        <KeyValuePairs columns={3} items={[
          { label: "Organization ID", value: <Copyable text={about.Id} /> },
          { label: "Management account", value: <Copyable text={about.MasterAccountId} /> },
          { label: "Features", value: about.FeatureSet === "ALL" ? "All" : "Consolidated billing" },
        ]} />
      </Container>
      <Tabs
        activeTabId={tab}
        onChange={(event) => go("organization", event.detail.activeTabId)}
        tabs={[
          { id: "structure", label: "Accounts and units", href: href("organization", "structure"), content: <Structure found={found} changed={state.reload} /> },
          { id: "policies", label: "Policies", href: href("organization", "policies"), content: <OrganizationPolicies found={found} changed={state.reload} /> },
        ]}
      />
    </SpaceBetween>
  );
}
