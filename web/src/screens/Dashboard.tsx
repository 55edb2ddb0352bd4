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

export default function Dashboard() {
  const session = useSession();
  const summary = useLoaded(() => call("iam", "GetAccountSummary").then((answer) => answer.SummaryMap as Json), "");
  const policy = useLoaded(
    () => call("iam", "GetAccountPasswordPolicy").then(() => true, (error) => (error.code === "NoSuchEntity" ? false : null)),
    "",
  );
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
            {counts ? <Recommendations counts={counts} hasPolicy={policy.value} /> : summary.error ? <Box color="text-body-secondary">They need iam:GetAccountSummary.</Box> : <StatusIndicator type="loading">Looking</StatusIndicator>}
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

function Recommendations({ counts, hasPolicy }: { counts: Json; hasPolicy: boolean | null | undefined }) {
  const lines: { good: boolean; text: string; more?: string; to?: string[] }[] = [
    counts.AccountAccessKeysPresent
      ? { good: false, text: "The root user has an access key", more: "Work as a user or a role with the permissions that it needs." }
      : { good: true, text: "The root user has no access key" },
    counts.AccountMFAEnabled
      ? { good: true, text: "The root user has an MFA device" }
      : { good: false, text: "The root user has no MFA device", more: "Whoever has its key has everything." },
    counts.Users > 0 && counts.MFADevicesInUse < counts.Users
      ? { good: false, text: `MFA devices: ${counts.MFADevicesInUse}, users: ${counts.Users}`, more: "Give every user who signs in a device.", to: ["users"] }
      : { good: true, text: "Every user can have an MFA device of its own" },
  ];
  if (hasPolicy === false) {
    lines.push({ good: false, text: "The account has no password policy", more: "Passwords need eight characters of three kinds.", to: ["account"] });
  } else if (hasPolicy === true) {
    lines.push({ good: true, text: "The account has a password policy" });
  }
  return (
    <SpaceBetween size="s">
      {lines.map((line) => (
        <div key={line.text}>
          <StatusIndicator type={line.good ? "success" : "warning"}>{line.text}</StatusIndicator>
          {line.more && <Box fontSize="body-s" color="text-body-secondary" padding={{ left: "l" }}>{line.more} {line.to && <Link href={href(...line.to)} fontSize="body-s">Look</Link>}</Box>}
        </div>
      ))}
    </SpaceBetween>
  );
}
