import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Grid from "@cloudscape-design/components/grid";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";

import { CopyCommand } from "../components/CopyCommand";
import { Copyable } from "../components/Copyable";
import { Problem } from "../components/Problem";
import { call, type Json } from "../lib/api";
import { useLoaded } from "../lib/load";
import { href } from "../lib/route";
import { useSession } from "../lib/session";
import { Recommendations } from "./Recommendations";

export default function Dashboard() {
  const session = useSession();
  const summary = useLoaded(() => call("iam", "GetAccountSummary").then((answer) => answer.SummaryMap as Json), "");
  const signIn = `${window.location.origin}/_iamd/console/`;
  const counts = summary.value;
  const shown: [string, string, string][] = [
    ["Users", "Users", "users"],
    ["Groups", "Groups", "groups"],
    ["Roles", "Roles", "roles"],
    ["Policies", "Policies", "policies"],
    ["Identity providers", "Providers", "providers"],
  ];
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={<CopyCommand operation="GetAccountSummary" />}>Dashboard</Header>
      <Problem error={summary.error} />
      <Grid gridDefinition={[{ colspan: { default: 12, s: 8 } }, { colspan: { default: 12, s: 4 } }]}>
        <SpaceBetween size="l">
          <Container header={<Header variant="h2">Security recommendations</Header>}>
            {counts ? <Recommendations counts={counts} /> : summary.error ? <Box color="text-body-secondary">They need iam:GetAccountSummary.</Box> : <StatusIndicator type="loading">Looking</StatusIndicator>}
          </Container>
          <Container header={<Header variant="h2">IAM resources</Header>}>
            <div className="iamd-tiles">
              {shown.map(([title, key, to]) => (
                <div key={key}>
                  <Box variant="awsui-key-label">{title}</Box>
                  <Link href={href(to)} fontSize="display-l" ariaLabel={`${title}: ${counts?.[key] ?? "unknown"}`}>{counts?.[key] ?? "-"}</Link>
                </div>
              ))}
            </div>
          </Container>
        </SpaceBetween>
        <SpaceBetween size="l">
          <Container header={<Header variant="h2">Account</Header>}>
            <KeyValuePairs
              columns={1}
              items={[
                { label: "Account ID", value: <Copyable text={session.accountId} /> },
                { label: "Account alias", value: session.accountAlias ?? <>None. <Link href={href("account")}>Create one</Link></> },
                { label: "Sign-in URL", value: <Copyable text={signIn} /> },
                { label: "Enforcement", value: <StatusIndicator type="success">On, always</StatusIndicator> },
              ]}
            />
          </Container>
          <Container header={<Header variant="h2">You</Header>}>
            <KeyValuePairs
              columns={1}
              items={[
                { label: "ARN", value: <Copyable text={session.arn} /> },
                { label: "Signed in with", value: session.method },
                { label: "Multi-factor authentication", value: session.mfa ? <StatusIndicator type="success">Yes</StatusIndicator> : <StatusIndicator type="info">No</StatusIndicator> },
              ]}
            />
          </Container>
        </SpaceBetween>
      </Grid>
    </SpaceBetween>
  );
}
