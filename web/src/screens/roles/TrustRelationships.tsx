import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { CopyCommand } from "../../components/CopyCommand";
import { JsonBlock } from "../../components/JsonBlock";
import { JsonEditor } from "../../components/JsonEditor";
import { notify } from "../../components/Notices";
import { Problem } from "../../components/Problem";
import { call, type Json } from "../../lib/api";
import { documentOf } from "../../lib/format";
import { trusted } from "./RoleList";

export function TrustRelationships({ role, changed }: { role: Json; changed: () => void }) {
  const text = documentOf(role.AssumeRolePolicyDocument);
  const [edited, setEdited] = useState<string | null>(null);
  const [error, setError] = useState<unknown>();
  const members = { RoleName: role.RoleName, PolicyDocument: edited ?? text };
  const save = async (): Promise<void> => {
    setError(undefined);
    try {
      await call("iam", "UpdateAssumeRolePolicy", members);
      notify("The trust policy is saved. It bears on the next request.");
      setEdited(null);
      changed();
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Who may assume the role, and under which conditions."
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <CopyCommand operation="UpdateAssumeRolePolicy" members={members} />
              {edited === null ? (
                <Button onClick={() => setEdited(text)}>Edit trust policy</Button>
              ) : (
                <>
                  <Button variant="link" onClick={() => setEdited(null)}>Cancel</Button>
                  <Button variant="primary" onClick={() => void save()}>Save</Button>
                </>
              )}
            </SpaceBetween>
          }
        >
          Trusted entities
        </Header>
      }
    >
      <SpaceBetween size="m">
        <Problem error={error} />
        <Box>{trusted(role)}</Box>
        {edited === null ? <JsonBlock text={text} label="Trust policy" /> : <JsonEditor label="Trust policy" value={edited} change={setEdited} />}
      </SpaceBetween>
    </Container>
  );
}
