import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useState } from "react";

import { Confirm } from "../../components/Confirm";
import { notify } from "../../components/Notices";
import { call } from "../../lib/api";

function policy(): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Deny", Action: ["*"], Resource: ["*"], Condition: { DateLessThan: { "aws:TokenIssueTime": new Date().toISOString() } } },
    ],
  });
}

/** What the console of AWS does: an inline policy that denies everything to sessions that were begun before. */
export function RevokeSessions({ name }: { name: string }) {
  const [asking, setAsking] = useState(false);
  return (
    <Container
      header={
        <Header variant="h2" actions={<Button onClick={() => setAsking(true)}>Revoke active sessions</Button>} description="For credentials that have leaked.">
          Active sessions
        </Header>
      }
    >
      Everything is denied to the sessions of this role that were begun before, by an inline policy called AWSRevokeOlderSessions.
      Whoever assumes the role afterwards is not concerned.
      {asking && (
        <Confirm title="Revoke active sessions?" verb="Revoke" typed={name} close={() => setAsking(false)} act={async () => {
          await call("iam", "PutRolePolicy", { RoleName: name, PolicyName: "AWSRevokeOlderSessions", PolicyDocument: policy() });
          notify("The sessions that were there are revoked.");
        }}>
          Programs that work with this role must assume it again.
        </Confirm>
      )}
    </Container>
  );
}
