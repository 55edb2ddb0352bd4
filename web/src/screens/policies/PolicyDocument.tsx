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
import { call } from "../../lib/api";
import { documentOf } from "../../lib/format";
import { useLoaded } from "../../lib/load";

interface Props {
  arn: string;
  version: string;
  /** Why it cannot be changed, if it cannot. */
  reason: string | undefined;
  changed: () => void;
}

export function PolicyDocument({ arn, version, reason, changed }: Props) {
  const text = useLoaded(
    () => call("iam", "GetPolicyVersion", { PolicyArn: arn, VersionId: version }).then((answer) => documentOf(answer.PolicyVersion.Document)),
    arn + version,
  );
  const [edited, setEdited] = useState<string | null>(null);
  const [error, setError] = useState<unknown>();
  const members = { PolicyArn: arn, PolicyDocument: edited ?? text.value ?? "", SetAsDefault: true };
  const save = async (): Promise<void> => {
    setError(undefined);
    try {
      await call("iam", "CreatePolicyVersion", members);
      notify("A new version is in force, from the next request on.");
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
          description={`Version ${version}, which is in force.`}
          actions={
            edited === null ? (
              <Button disabled={reason !== undefined} disabledReason={reason} onClick={() => setEdited(text.value ?? "")}>Edit</Button>
            ) : (
              <SpaceBetween direction="horizontal" size="xs">
                <CopyCommand operation="CreatePolicyVersion" members={members} />
                <Button variant="link" onClick={() => setEdited(null)}>Cancel</Button>
                <Button variant="primary" onClick={() => void save()}>Save as new version</Button>
              </SpaceBetween>
            )
          }
        >
          Policy document
        </Header>
      }
    >
      <SpaceBetween size="m">
        <Problem error={error ?? text.error} />
        {edited !== null ? <JsonEditor label="Policy document" value={edited} change={setEdited} /> : text.value !== undefined && <JsonBlock text={text.value} label="Policy document" />}
      </SpaceBetween>
    </Container>
  );
}
