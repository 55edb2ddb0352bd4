import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";

import { CopyCommand } from "../components/CopyCommand";
import { EntityTable, type Column } from "../components/EntityTable";
import { Problem } from "../components/Problem";
import { call } from "../lib/api";
import { time } from "../lib/format";
import { useLoaded, useWhole } from "../lib/load";
import { ROOT, entriesOf, presentReport } from "../lib/report";
import { href } from "../lib/route";
import { save } from "../lib/save";

const ASK_AGAIN = 1000;

async function generate(): Promise<void> {
  for (;;) {
    const { State } = await call("iam", "GenerateCredentialReport");
    if (State === "COMPLETE") {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN));
  }
}

export default function CredentialReport() {
  const report = useLoaded(presentReport, "");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const make = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await generate();
      report.reload();
    } catch (problem) {
      setError(problem);
    }
    setBusy(false);
  };
  const found = report.value;
  const button = <Button loading={busy} onClick={() => void make()}>Generate report</Button>;
  return (
    <SpaceBetween size="m">
      <Problem error={error ?? report.error} />
      <Rows
        key={found?.made ?? 0}
        text={found?.text ?? null}
        loading={report.loading && found === undefined}
        made={found?.made}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <CopyCommand operation="GenerateCredentialReport" then="GetCredentialReport" />
            <Button iconName="download" disabled={!found} disabledReason={found ? undefined : "Generate the report first"} onClick={() => found && save("credential-report.csv", found.text, "text/csv")}>Download .csv file</Button>
            {button}
          </SpaceBetween>
        }
        empty={<SpaceBetween size="s"><b>No report</b><Box color="inherit">There is none, or the last one is older than four hours.</Box>{button}</SpaceBetween>}
      />
    </SpaceBetween>
  );
}

interface Props {
  text: string | null;
  loading: boolean;
  made: number | undefined;
  actions: React.ReactNode;
  empty: React.ReactNode;
}

function Rows({ text, loading, made, actions, empty }: Props) {
  const rows = useWhole(async () => (text === null ? [] : entriesOf(text)), "");
  const column = (id: string, header: string): Column => ({ id, header, sortingField: id, text: (row) => row[id], cell: (row) => shown(row[id]) });
  // As wide as a date, which would be broken in its middle.
  const timed = (id: string, header: string): Column => ({ ...column(id, header), minWidth: 140 });
  return (
    <EntityTable
      paged={{ ...rows, loading: rows.loading || loading }}
      trackBy="arn"
      title="Credential report"
      noun="user"
      description={`The users of the account with their passwords, access keys, certificates and MFA devices. ${made ? `Made ${time(made)}; a new one is made at most every four hours.` : "A report is made at most every four hours."}`}
      actions={actions}
      empty={empty}
      columns={[
        { id: "user", header: "User", isRowHeader: true, sortingField: "user", text: (row) => row.user, cell: (row) => (row.user === ROOT ? "Root user" : <Link href={href("users", row.user, "credentials")}>{row.user}</Link>) },
        timed("user_creation_time", "Created"),
        column("password_enabled", "Password"),
        timed("password_last_used", "Password last used"),
        timed("password_last_changed", "Password changed"),
        column("mfa_active", "MFA device"),
        ...[1, 2].flatMap((number) => [
          column(`access_key_${number}_active`, `Access key ${number}`),
          timed(`access_key_${number}_last_rotated`, `Key ${number} made`),
          timed(`access_key_${number}_last_used_date`, `Key ${number} last used`),
        ]),
        column("cert_1_active", "Certificate 1"),
        column("cert_2_active", "Certificate 2"),
      ]}
    />
  );
}

/** The report's own words: `true`, `N/A`, `no_information`, a time. */
function shown(value: string | undefined): React.ReactNode {
  if (value === "true" || value === "false") {
    return <StatusIndicator type={value === "true" ? "success" : "stopped"}>{value === "true" ? "Yes" : "No"}</StatusIndicator>;
  }
  if (value === undefined || ["", "N/A", "not_supported", "no_information"].includes(value)) {
    return "-";
  }
  return /^\d{4}-\d\d-\d\dT/.test(value) ? time(value) : value;
}
