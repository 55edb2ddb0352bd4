import Badge from "@cloudscape-design/components/badge";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { Empty } from "../components/Empty";
import { EntityTable } from "../components/EntityTable";
import { notify } from "../components/Notices";
import { Problem } from "../components/Problem";
import { signOut } from "../components/Shell";
import { type Json, own } from "../lib/api";
import { time } from "../lib/format";
import { useWhole } from "../lib/load";

export default function Sessions() {
  const sessions = useWhole(() => own("ListSessions", {}).then((answer) => answer.sessions as Json[]), "");
  const [error, setError] = useState<unknown>();
  const end = async (session: Json): Promise<void> => {
    if (session.own) {
      await signOut();
      return;
    }
    try {
      await own("EndSession", { sessionId: session.sessionId });
      notify("The session is ended.");
      sessions.reload();
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <SpaceBetween size="m">
      <Problem error={error} />
      <EntityTable
        paged={sessions}
        trackBy="sessionId"
        title="Active sessions"
        noun="session"
        description="Browsers that are signed in as you; as root user, those of the whole account."
        actions={<Button iconName="refresh" ariaLabel="Refresh" onClick={sessions.reload} />}
        empty={<Empty title="No sessions" next={<Button onClick={() => void signOut()}>Sign in</Button>} />}
        columns={[
          { id: "arn", header: "Who", isRowHeader: true, sortingField: "arn", text: (each) => each.arn, cell: (each) => <>{each.arn} {each.own && <Badge color="green">this one</Badge>}</> },
          { id: "method", header: "Signed in with", text: (each) => each.method, cell: (each) => each.method },
          { id: "since", header: "Since", sortingField: "createdAt", minWidth: 140, cell: (each) => time(each.createdAt) },
          { id: "until", header: "Until", sortingField: "expiresAt", minWidth: 140, cell: (each) => time(each.expiresAt) },
          { id: "from", header: "From", text: (each) => each.sourceIp, cell: (each) => each.sourceIp },
          { id: "agent", header: "Browser", minWidth: 160, text: (each) => each.userAgent, cell: (each) => each.userAgent || "-" },
          { id: "end", header: "Action", cell: (each) => <Button variant="inline-link" ariaLabel={`${each.own ? "Sign out" : "End"} (since ${time(each.createdAt)})`} onClick={() => void end(each)}>{each.own ? "Sign out" : "End"}</Button> },
        ]}
      />
    </SpaceBetween>
  );
}
