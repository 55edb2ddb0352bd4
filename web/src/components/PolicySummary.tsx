import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import Table from "@cloudscape-design/components/table";

import type { Few, SummaryRow } from "../lib/drafts";

interface Props {
  rows: SummaryRow[];
  /** Leads to a statement; without it, statements are told by their numbers only. */
  go?: (line: number) => void;
}

function Texts({ few, none }: { few: Few; none: string }) {
  if (few.texts.length === 0) {
    return <>{none}</>;
  }
  return (
    <>
      {few.texts.map((text, number) => <div key={number} className="iamd-wrap">{text}</div>)}
      {few.more > 0 && <Box variant="span" color="text-body-secondary" fontSize="body-s">and {few.more} more</Box>}
    </>
  );
}

/** What a policy grants, at a glance. */
export function PolicySummary({ rows, go }: Props) {
  const trusting = rows.some((row) => row.principals.texts.length > 0);
  const resourceful = rows.some((row) => row.resources.texts.length > 0) || !trusting;
  return (
    <Table
      variant="embedded"
      contentDensity="compact"
      wrapLines
      items={rows}
      header={<Header variant="h3">Policy summary</Header>}
      empty="It grants nothing yet"
      columnDefinitions={[
        {
          id: "service",
          header: "Service",
          isRowHeader: true,
          minWidth: 150,
          cell: (row) => (
            <>
              <Badge color={row.effect === "Deny" ? "red" : row.effect === "Allow" ? "green" : "grey"}>{row.effect || "No effect"}</Badge>{" "}
              {go ? <Link variant="secondary" onFollow={() => go(row.line)} ariaLabel={`${row.service}, go to statement ${row.statement}`}>{row.service}</Link> : row.service}
            </>
          ),
        },
        { id: "level", header: "Access level", minWidth: 110, cell: (row) => <span className="iamd-wrap">{row.level}</span> },
        ...(trusting ? [{ id: "principal", header: "Principal", minWidth: 120, cell: (row: SummaryRow) => <Texts few={row.principals} none="-" /> }] : []),
        ...(resourceful ? [{ id: "resource", header: "Resource", minWidth: 120, cell: (row: SummaryRow) => <Texts few={row.resources} none="-" /> }] : []),
        { id: "condition", header: "Request condition", minWidth: 120, cell: (row) => <Texts few={row.conditions} none="None" /> },
      ]}
    />
  );
}
