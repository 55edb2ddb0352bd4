import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { read } from "../../lib/route";
import { By, Conditions } from "./Conditions";
import { type Edge, type Graph, type Node, keyOf, kindOf, placeOf, screenOf, withEscalations } from "./graph";

const MOST = 50;

/** Somebody, and the arrows that they have. */
export function About({ node, graph }: { node: Node; graph: Graph }) {
  const screen = screenOf(node, graph.account_id);
  return (
    <Container
      header={
        <Header variant="h2" description={node.id === node.name ? undefined : node.id} actions={screen && <Link href={screen}>{`Open ${node.name}`}</Link>}>
          {node.name} <Badge>{kindOf(node)}</Badge>
        </Header>
      }
    >
      <ColumnLayout columns={2} minColumnWidth={280}>
        <Arrows title="May become" graph={graph} edges={graph.edges.filter((edge) => edge.from === node.id)} other="to" none="Nobody" />
        <Arrows title="Who may become it" graph={graph} edges={graph.edges.filter((edge) => edge.to === node.id)} other="from" none={node.kind === "role" || withEscalations(read(window.location.hash).query) ? "Nobody" : "It is no role"} />
      </ColumnLayout>
    </Container>
  );
}

interface Props {
  title: string;
  graph: Graph;
  edges: Edge[];
  other: "from" | "to";
  none: string;
}

function Arrows({ title, graph, edges, other, none }: Props) {
  const named = (id: string): Node | undefined => graph.nodes.find((node) => node.id === id);
  return (
    <div>
      <Box variant="h3" padding={{ bottom: "xs" }}>{title}</Box>
      {edges.length === 0 && <Box color="text-body-secondary">{none}</Box>}
      <SpaceBetween size="xs">
        {edges.slice(0, MOST).map((edge) => {
          const node = named(edge[other]);
          return (
            <div key={keyOf(edge)}>
              <Link href={placeOf(edge[other])}>{node?.name ?? edge[other]}</Link>{" "}
              <Box variant="span" color="text-body-secondary">{node && kindOf(node).toLowerCase()}</Box>{" "}
              <Conditions edge={edge} />
              {edge.escalation !== null && <By edge={edge} />}
            </div>
          );
        })}
        {edges.length > MOST && <Box color="text-body-secondary">{`and ${edges.length - MOST} more, in the table`}</Box>}
      </SpaceBetween>
    </div>
  );
}
