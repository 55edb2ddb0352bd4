import Badge from "@cloudscape-design/components/badge";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { notify } from "../../components/Notices";
import { PolicyText } from "../../components/PolicyText";
import { Problem } from "../../components/Problem";
import { TextDiff } from "../../components/TextDiff";
import { call, callAll, type Json } from "../../lib/api";
import { documentOf, time } from "../../lib/format";
import { useLoaded } from "../../lib/load";
import { setQuery } from "../../lib/route";

const COMPARED = 2;

interface Props {
  query: URLSearchParams;
  arn: string;
  reason: string | undefined;
  changed: () => void;
}

export function PolicyVersions({ query, arn, reason, changed }: Props) {
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
  const textOf = async (id: string): Promise<string> =>
    documentOf((await call("iam", "GetPolicyVersion", { PolicyArn: arn, VersionId: id })).PolicyVersion.Document);
  const show = (version: Json): void => {
    textOf(version.VersionId).then((text) => setShown({ id: version.VersionId, text }), setError);
  };
  const [older, newer] = [query.get("from"), query.get("to")];
  const both = useLoaded(async () => (older && newer ? Promise.all([textOf(older), textOf(newer)]) : null), `${arn} ${older} ${newer}`);
  const choose = (chosen: Json[]): void => {
    const [first, second] = chosen.slice(-COMPARED).map((version) => version.VersionId as string).sort((one, other) => numberOf(one) - numberOf(other));
    setQuery({ from: first ?? null, to: second ?? null }, "step");
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
        trackBy="VersionId"
        selectionType="multi"
        selectedItems={[older, newer].flatMap((id) => (id ? [{ VersionId: id }] : []))}
        onSelectionChange={(event) => choose(event.detail.selectedItems)}
        ariaLabels={{ selectionGroupLabel: "Versions", allItemsSelectionLabel: () => "All versions", itemSelectionLabel: (_, version) => version.VersionId }}
        header={<Header counter={versions.value && `(${versions.value.length}/5)`} description="At most five are kept. Choose two to see how they differ.">Versions</Header>}
        columnDefinitions={[
          { id: "id", header: "Version", isRowHeader: true, cell: (version) => <>{version.VersionId} {version.IsDefaultVersion && <Badge color="green">in force</Badge>}</> },
          { id: "created", header: "Created", minWidth: 140, cell: (version) => time(version.CreateDate) },
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
      <Problem error={both.error} />
      {older && newer && both.value && (
        <Container header={<Header variant="h3">From {older} to {newer}</Header>}>
          <TextDiff before={both.value[0]} after={both.value[1]} label={`From ${older} to ${newer}`} />
        </Container>
      )}
      {shown && <><Header variant="h3">{shown.id}</Header><PolicyText text={shown.text} label={`Version ${shown.id}`} kind="identity" /></>}
    </SpaceBetween>
  );
}

function numberOf(version: string): number {
  return Number(version.slice(1));
}
