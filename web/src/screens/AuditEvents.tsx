import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Link from "@cloudscape-design/components/link";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";

import { CopyOwnCommand } from "../components/CopyCommand";
import { Copyable } from "../components/Copyable";
import { Empty } from "../components/Empty";
import { JsonBlock } from "../components/JsonBlock";
import { RecordTable } from "../components/RecordTable";
import { type Json, own } from "../lib/api";
import { time } from "../lib/format";
import { href } from "../lib/route";

function who(event: Json): string {
  const identity: Json = event.userIdentity ?? {};
  return identity.arn ?? identity.principalId ?? identity.invokedBy ?? identity.type ?? "-";
}

function what(event: Json): string {
  return `${String(event.eventSource).replace(".amazonaws.com", "")}:${event.eventName}`;
}

/** The audit trail of the account, the newest first. */
export default function AuditEvents() {
  const [kept, setKept] = useState(true);
  const [open, setOpen] = useState<Json | null>(null);
  return (
    <>
      <RecordTable
        title="Audit events"
        noun="event"
        description={kept ? "What was asked in this account, by whom, and how it was answered, in CloudTrail's format." : "This server keeps no events that it could read again. The setting audit_database or audit_file has it keep them."}
        properties={[
          { id: "user", label: "Who" },
          { id: "action", label: "Event" },
          { id: "error", label: "Error code", options: ["*", "AccessDenied"] },
          { id: "resource", label: "Resource or parameter" },
        ]}
        actions={<CopyOwnCommand command="iamd audit search" />}
        empty={kept ? <Empty title="No events" next={<Link href={href("health")}>Whether the audit trail is written</Link>} /> : <Empty title="No events are kept" next={<Copyable text="audit_database = true" />}>This setting, or audit_file, has them kept:</Empty>}
        ask={async (filters) => {
          const answer = await own("ListAuditEvents", filters);
          setKept(answer.source !== null);
          return { items: answer.events, next: answer.next };
        }}
        columns={[
          { id: "at", header: "Time", minWidth: 210, cell: (event) => time(event.eventTime) },
          { id: "what", header: "Event", isRowHeader: true, cell: (event) => <Link onFollow={() => setOpen(event)}>{what(event)}</Link> },
          { id: "who", header: "Who", cell: who },
          { id: "from", header: "From", cell: (event) => event.sourceIPAddress },
          { id: "answer", header: "Answer", cell: (event) => (event.errorCode ? <StatusIndicator type="error">{event.errorCode}</StatusIndicator> : <StatusIndicator type="success">OK</StatusIndicator>) },
        ]}
      />
      {open && <Details event={open} close={() => setOpen(null)} />}
    </>
  );
}

function Details({ event, close }: { event: Json; close: () => void }) {
  const denial: string | undefined = event.additionalEventData?.decisionId;
  return (
    <Modal visible size="large" header={what(event)} onDismiss={close} closeAriaLabel="Close" footer={<Box float="right"><Button variant="primary" onClick={close}>Done</Button></Box>}>
      <SpaceBetween size="m">
        <KeyValuePairs columns={2} minColumnWidth={280} items={[
          { label: "Time", value: time(event.eventTime) },
          { label: "Who", value: <span className="iamd-wrap">{who(event)}</span> },
          { label: "Answer", value: event.errorCode ? <>{event.errorCode}: <span className="iamd-wrap">{event.errorMessage}</span></> : "OK" },
          { label: "Why", value: denial ? <Link href={href("decisions", denial)}>Explain the denial</Link> : "-" },
        ]} />
        <JsonBlock text={JSON.stringify(event, null, 2)} label="Record" />
      </SpaceBetween>
    </Modal>
  );
}
