import Badge from "@cloudscape-design/components/badge";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { JsonBlock } from "../../components/JsonBlock";
import { notify } from "../../components/Notices";
import { Problem } from "../../components/Problem";
import { call, callAll, type Json } from "../../lib/api";
import { documentOf, time } from "../../lib/format";
import { useLoaded } from "../../lib/load";

interface Props {
  arn: string;
  reason: string | undefined;
  changed: () => void;
}

export function PolicyVersions({ arn, reason, changed }: Props) {
  const versions = useLoaded(() => callAll("iam", "ListPolicyVersions", { PolicyArn: arn }, "Versions"), arn);
  const [shown, setShown] = useState<{ id: string; text: string } | null>(null);
  const [error, setError] = useState<unknown>();
  const act = async (operation: string, version: Json, said: string): Promise<void> => {
    setError(undefined);
    try {
      await call("iam", operation, { PolicyArn: arn, VersionId: version.VersionId });
      notify(said);
      setShown(null);
      versions.reload();
      changed();
    } catch (problem) {
      setError(problem);
    }
  };
  const show = (version: Json): void => {
    call("iam", "GetPolicyVersion", { PolicyArn: arn, VersionId: version.VersionId }).then(
      (answer) => setShown({ id: version.VersionId, text: documentOf(answer.PolicyVersion.Document) }),
      setError,
    );
  };
  return (
    <SpaceBetween size="m">
      <Problem error={error ?? versions.error} />
      <Table
        variant="container"
        loading={versions.loading && !versions.value}
        loadingText="Loading versions"
        items={versions.value ?? []}
        wrapLines
        header={<Header counter={versions.value && `(${versions.value.length}/5)`} description="At most five are kept.">Versions</Header>}
        columnDefinitions={[
          { id: "id", header: "Version", isRowHeader: true, cell: (version) => <>{version.VersionId} {version.IsDefaultVersion && <Badge color="green">in force</Badge>}</> },
          { id: "created", header: "Created", cell: (version) => time(version.CreateDate) },
          {
            id: "actions",
            header: "Actions",
            cell: (version) => (
              <SpaceBetween direction="horizontal" size="xs">
                <Button variant="inline-link" ariaLabel={`Show ${version.VersionId}`} onClick={() => show(version)}>Show</Button>
                <Button variant="inline-link" ariaLabel={`Put in force ${version.VersionId}`} disabled={reason !== undefined || version.IsDefaultVersion} disabledReason={reason ?? "It is in force"} onClick={() => void act("SetDefaultPolicyVersion", version, `${version.VersionId} is in force.`)}>Put in force</Button>
                <Button variant="inline-link" ariaLabel={`Delete ${version.VersionId}`} disabled={reason !== undefined || version.IsDefaultVersion} disabledReason={reason ?? "The version in force cannot be deleted"} onClick={() => void act("DeletePolicyVersion", version, `${version.VersionId} is deleted.`)}>Delete</Button>
              </SpaceBetween>
            ),
          },
        ]}
      />
      {shown && <><Header variant="h3">{shown.id}</Header><JsonBlock text={shown.text} label={`Version ${shown.id}`} /></>}
    </SpaceBetween>
  );
}
