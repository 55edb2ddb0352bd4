import Badge from "@cloudscape-design/components/badge";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { notify } from "../components/Notices";
import { Problem } from "../components/Problem";
import { signOut } from "../components/Shell";
import { type Json, own } from "../lib/api";
import { time } from "../lib/format";
import { useLoaded } from "../lib/load";

export default function Sessions() {
  const sessions = useLoaded(() => own("ListSessions", {}).then((answer) => answer.sessions as Json[]), "");
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
      <Problem error={error ?? sessions.error} />
      <Table
        variant="full-page"
        loading={sessions.loading && !sessions.value}
        loadingText="Loading sessions"
        items={sessions.value ?? []}
        wrapLines
        header={<Header variant="awsui-h1-sticky" counter={sessions.value && `(${sessions.value.length})`} description="Browsers that are signed in as you; as root user, those of the whole account.">Active sessions</Header>}
        columnDefinitions={[
          { id: "arn", header: "Who", isRowHeader: true, cell: (each) => <>{each.arn} {each.own && <Badge color="green">this one</Badge>}</> },
          { id: "method", header: "Signed in with", cell: (each) => each.method },
          { id: "since", header: "Since", cell: (each) => time(each.createdAt) },
          { id: "until", header: "Until", cell: (each) => time(each.expiresAt) },
          { id: "from", header: "From", cell: (each) => each.sourceIp },
          { id: "agent", header: "Browser", cell: (each) => each.userAgent || "-" },
          { id: "end", header: "Action", cell: (each) => <Button variant="inline-link" ariaLabel={`${each.own ? "Sign out" : "End"} (since ${time(each.createdAt)})`} onClick={() => void end(each)}>{each.own ? "Sign out" : "End"}</Button> },
        ]}
      />
    </SpaceBetween>
  );
}
