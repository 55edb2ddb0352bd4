import Badge from "@cloudscape-design/components/badge";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";

import { CopyOwnCommand, CopyText } from "../components/CopyCommand";
import { Copyable } from "../components/Copyable";
import { Empty } from "../components/Empty";
import { Problem } from "../components/Problem";
import { type Json, own } from "../lib/api";
import { quoted } from "../lib/command";
import { time } from "../lib/format";
import { useLoaded } from "../lib/load";

const STANDING: Record<string, StatusIndicatorProps.Type> = { ok: "success", stale: "warning", failed: "error" };

const READY = "/_iamd/health/ready";

/** What load balancers ask, too; it is told to everybody. */
async function ready(): Promise<Json> {
  const answer = await fetch(READY, { cache: "no-store", credentials: "omit" });
  return answer.json();
}

export default function Health() {
  const check = useLoaded(ready, "");
  const health = useLoaded(() => own("GetServerHealth", {}), "");
  const found = health.value;
  const store: string | undefined = check.value?.checks?.store;
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="Of the process that has answered, and what others have said of themselves." actions={<SpaceBetween direction="horizontal" size="xs"><CopyText text={`curl -s ${quoted(`${window.location.origin}${READY}`)}`}>Copy as curl command</CopyText><Button iconName="refresh" ariaLabel="Refresh" onClick={() => { check.reload(); health.reload(); }} /></SpaceBetween>}>Health</Header>
      <Problem error={check.error} />
      <Container header={<Header variant="h2">Requests</Header>}>
        <KeyValuePairs columns={2} items={[
          { label: "Answered", value: check.value ? <StatusIndicator type={check.value.status === "ready" ? "success" : "error"}>{check.value.status}</StatusIndicator> : <StatusIndicator type="loading">Looking</StatusIndicator> },
          { label: "Database", value: store ? <StatusIndicator type={STANDING[store] ?? "error"}>{store}</StatusIndicator> : "-" },
        ]} />
      </Container>
      <Problem error={health.error} />
      {found && <Details health={found} />}
    </SpaceBetween>
  );
}

function Details({ health }: { health: Json }) {
  const { database, audit, decisions } = health;
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Server</Header>}>
        <KeyValuePairs columns={3} items={[
          { label: "Version", value: health.version },
          { label: "Its time", value: time(health.at) },
          { label: "Account of the server", value: health.account },
          { label: "Database", value: database.kind },
          { label: "Heard from", value: `${database.silence} s ago; memory is believed for ${database.lease} s` },
          { label: "Epoch", value: `${health.epoch}: the last change that it knows of` },
          { label: "Audit trail", value: audit.blocked ? <StatusIndicator type="error">It cannot be written: nothing can be changed</StatusIndicator> : audit.targets.length ? <StatusIndicator type="success">{audit.targets.join(", ")}</StatusIndicator> : <StatusIndicator type="warning">None is kept</StatusIndicator> },
          { label: "Audit records that wait", value: String(audit.waiting) },
          { label: "Denials that are remembered", value: `${decisions.records} (${Math.ceil(decisions.bytes / 1024)} KiB)` },
          { label: "Allowed decisions that are remembered", value: decisions.allowed === null ? "None: allowed_decisions is 0" : `${decisions.allowed.records} (${Math.ceil(decisions.allowed.bytes / 1024)} KiB)` },
        ]} />
      </Container>
      <Nodes nodes={health.nodes} shared={database.kind === "PostgreSQL"} />
      <Table
        variant="container"
        trackBy="keyId"
        items={health.keyring as Json[]}
        wrapLines
        header={<Header counter={`(${(health.keyring as Json[]).length})`} description="With these, session tokens are sealed: iamd keyring rotate makes a new one." actions={<CopyOwnCommand command="iamd keyring list" />}>Keyring</Header>}
        columnDefinitions={[
          { id: "id", header: "Key ID", isRowHeader: true, cell: (key) => key.keyId },
          { id: "state", header: "State", cell: (key) => <StatusIndicator type={key.state === "primary" ? "success" : "stopped"}>{key.state}</StatusIndicator> },
          { id: "made", header: "Created", cell: (key) => time(key.createdAt) },
          { id: "until", header: "Until", cell: (key) => time(key.until) },
        ]}
      />
      <Metrics families={health.metrics} />
    </SpaceBetween>
  );
}

/** The processes that share the database, as each has said last. */
function Nodes({ nodes, shared }: { nodes: Json[]; shared: boolean }) {
  return (
    <Table
      variant="container"
      trackBy="nodeId"
      items={nodes}
      wrapLines
      header={<Header counter={`(${nodes.length})`} description={shared ? "Processes that share the database. Each says every half minute that it is there." : "With SQLite, the process that has answered tells of itself alone."}>Nodes</Header>}
      columnDefinitions={[
        { id: "host", header: "Host", isRowHeader: true, cell: (node) => <>{node.host} {node.own && <Badge color="green">this one</Badge>}</> },
        { id: "process", header: "Process", cell: (node) => node.process },
        { id: "version", header: "Version", cell: (node) => node.version },
        { id: "since", header: "Started", cell: (node) => time(node.startedAt) },
        { id: "seen", header: "Last seen", cell: (node) => <StatusIndicator type={node.silent ? "warning" : "success"}>{time(node.seenAt)}</StatusIndicator> },
        { id: "epoch", header: "Epoch", cell: (node) => node.epoch },
      ]}
    />
  );
}

function Metrics({ families }: { families: Json[] | null }) {
  const rows = (families ?? []).flatMap((family) => family.samples.map((sample: Json) => ({ name: family.name, about: family.about, labels: sample.labels, value: sample.value })));
  return (
    <Table
      variant="container"
      items={rows}
      wrapLines
      header={<Header counter={families ? `(${rows.length})` : undefined} description="Since this process has started; /_iamd/metrics tells them to Prometheus.">Metrics</Header>}
      empty={<Empty title="Nothing is counted" next={<Copyable text="metrics_key" />}>This setting turns it on, a secret of at least 16 characters:</Empty>}
      columnDefinitions={[
        { id: "name", header: "Name", isRowHeader: true, cell: (row) => row.name },
        { id: "labels", header: "Of", cell: (row) => Object.values(row.labels).join(", ") || "-" },
        { id: "value", header: "Value", cell: (row) => String(Number.isInteger(row.value) ? row.value : Number(row.value).toFixed(3)) },
        { id: "about", header: "What it is", cell: (row) => row.about },
      ]}
    />
  );
}
