import Link from "@cloudscape-design/components/link";
import { useMemo } from "react";

import { Empty } from "../../components/Empty";
import { type Column, EntityTable } from "../../components/EntityTable";
import type { Json } from "../../lib/api";
import { By, Conditions } from "./Conditions";
import { type Edge, type Graph, keyOf, kindOf, placeOf } from "./graph";

/** All arrows, one in each row: the drawing for whoever does not see it, and for those that are too large to draw. */
export function EdgeTable({ graph, edges }: { graph: Graph; edges: Edge[] }) {
  const items = useMemo(() => {
    const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
    return edges.map((edge) => {
      const [from, to] = [nodes.get(edge.from), nodes.get(edge.to)];
      return {
        ...edge,
        key: keyOf(edge),
        fromName: from?.name ?? edge.from,
        fromKind: from ? kindOf(from) : "",
        toName: to?.name ?? edge.to,
        conditions: edge.in_short.join("; "),
      };
    });
  }, [graph, edges]);
  const columns: Column[] = [
    { id: "from", header: "Who", isRowHeader: true, sortingField: "fromName", text: (row) => row.fromName, cell: (row) => <Link href={placeOf(row.from)}>{row.fromName}</Link> },
    { id: "kind", header: "Kind", sortingField: "fromKind", text: (row) => row.fromKind, cell: (row) => row.fromKind },
    { id: "to", header: "May become", sortingField: "toName", text: (row) => row.toName, cell: (row) => <Link href={placeOf(row.to)}>{row.toName}</Link> },
    { id: "conditions", header: "When", minWidth: 130, sortingField: "conditions", text: (row) => row.conditions || "Always", cell: (row) => <Conditions edge={row as Json as Edge} /> },
    { id: "action", header: "By", sortingField: "action", text: (row) => row.action, cell: (row) => <By edge={row as Json as Edge} /> },
  ];
  return (
    <EntityTable
      part
      paged={{ items, complete: true, loading: false, error: undefined, more: () => undefined, reload: () => undefined }}
      trackBy="key"
      title="Arrows"
      noun="arrow"
      description="All that is drawn, in words."
      empty={<Empty title="No arrows" next={<Link href="#/roles?create=account">Create a role</Link>}>Nobody may become anybody.</Empty>}
      columns={columns}
    />
  );
}
