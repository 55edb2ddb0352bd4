import "./trust.css";

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import Toggle from "@cloudscape-design/components/toggle";
import { useMemo } from "react";

import { CopyOwnCommand } from "../../components/CopyCommand";
import { Problem } from "../../components/Problem";
import { own } from "../../lib/api";
import { useLoaded } from "../../lib/load";
import { type Route, read } from "../../lib/route";
import { About } from "./About";
import { Drawing } from "./Drawing";
import { EdgeTable } from "./EdgeTable";
import { type Graph, type Node, type Ways, isWays, kindOf, onWays, placeOf, screenOf, withEscalations } from "./graph";

const MOST_NODES = 150;
const MOST_EDGES = 500;
const EVERYBODY = { label: "Everybody", value: "" };

async function load(escalations: boolean): Promise<Graph> {
  return (await own("GetTrustGraph", { escalations })) as Graph;
}

export default function TrustGraph({ route }: { route: Route }) {
  const escalations = withEscalations(route.query);
  const found = useLoaded(() => load(escalations), String(escalations));
  // What was loaded for the other way of looking is not this.
  const graph = found.loading ? undefined : found.value;
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="Who may become whom: an arrow leads to each role that somebody may assume. Dashed arrows hold under conditions; red ones, which you can ask for, are escalations."
        actions={<CopyOwnCommand command={escalations ? "iamd graph --escalations" : "iamd graph"} />}
      >
        Trust graph
      </Header>
      <Problem error={found.error} />
      {found.loading && <Box textAlign="center"><Spinner size="large" /> Loading the trust graph</Box>}
      {graph && <Shown graph={graph} route={route} />}
    </SpaceBetween>
  );
}

function Shown({ graph, route }: { graph: Graph; route: Route }) {
  const asked = route.query.get("node");
  const chosen = graph.nodes.find((node) => node.id === asked) ?? null;
  const given = route.query.get("ways");
  const ways: Ways = chosen !== null && isWays(given) ? given : "all";
  const edges = useMemo(
    () => (chosen === null || ways === "all" ? graph.edges : onWays(graph.edges, chosen.id, ways === "to")),
    [graph, chosen, ways],
  );
  const nodes = useMemo(() => {
    const used = new Set([...edges.flatMap((edge) => [edge.from, edge.to]), ...(chosen ? [chosen.id] : [])]);
    return graph.nodes.filter((node) => used.has(node.id));
  }, [graph, edges, chosen]);
  const idle = useMemo(() => graph.nodes.filter((node) => node.reached === false), [graph]);
  const tooMuch = nodes.length > MOST_NODES || edges.length > MOST_EDGES;
  if (graph.nodes.length === 0) {
    return <Container><Box textAlign="center" padding="l"><b>No roles</b><p><Link href="#/roles?create=account">Create a role</Link>, and see here who may become it{withEscalations(route.query) ? "" : <>; or <Link href={placeOf(null, "all", true)}>look for escalations</Link></>}.</p></Box></Container>;
  }
  return (
    <SpaceBetween size="l">
      {graph.notes.length > 0 && <Alert type="warning" header="What is not known">{graph.notes.map((note) => <Box variant="p" color="inherit" key={note}>{note}</Box>)}</Alert>}
      {asked !== null && chosen === null && <Alert type="info">{asked} has no part in the trust graph: nobody may become it, and it may become nobody. <Link href={placeOf(null)}>Show everybody</Link></Alert>}
      <Container>
        <SpaceBetween size="m">
          <Chooser graph={graph} chosen={chosen} ways={ways} />
          {tooMuch ? (
            <Box>{`There are ${nodes.length} users, roles and others with ${edges.length} arrows, which is too much to draw. Choose somebody, and whether to see the ways from or to them; the table has all of it.`}</Box>
          ) : edges.length === 0 ? (
            <Box textAlign="center" padding="l">There is nothing to draw: nobody here may become anybody.</Box>
          ) : (
            <Drawing nodes={nodes} edges={edges} chosen={chosen?.id ?? null} ways={ways} />
          )}
        </SpaceBetween>
      </Container>
      {chosen && <About node={chosen} graph={graph} />}
      <EdgeTable key={`${chosen?.id ?? ""} ${ways}`} graph={graph} edges={edges} />
      {idle.length > 0 && (
        <ExpandableSection headerText={`Roles that nobody may become (${idle.length})`}>
          <ul className="iamd-conditions">{idle.map((node) => <li key={node.id}><Link href={screenOf(node, graph.account_id) ?? undefined}>{node.name}</Link></li>)}</ul>
        </ExpandableSection>
      )}
    </SpaceBetween>
  );
}

function option(node: Node): SelectProps.Option {
  return { label: node.name, value: node.id, description: node.id, tags: [kindOf(node)] };
}

function Chooser({ graph, chosen, ways }: { graph: Graph; chosen: Node | null; ways: Ways }) {
  const options = useMemo(() => [EVERYBODY, ...graph.nodes.map(option)], [graph]);
  const escalations = withEscalations(read(window.location.hash).query);
  const go = (on: boolean): void => {
    window.location.hash = placeOf(chosen?.id ?? null, ways, on);
  };
  const choose = (id: string | null, how: Ways): void => {
    window.location.hash = placeOf(id, how);
  };
  return (
    <SpaceBetween direction="horizontal" size="m" alignItems="end">
      <FormField label="Show">
        <Select
          selectedOption={chosen ? option(chosen) : EVERYBODY}
          options={options}
          filteringType="auto"
          filteringPlaceholder="Find a name or an ARN"
          filteringAriaLabel="Find a name or an ARN"
          virtualScroll
          empty="Nobody has such a name"
          onChange={(event) => choose(event.detail.selectedOption.value || null, ways)}
        />
      </FormField>
      <Toggle checked={escalations} onChange={(event) => go(event.detail.checked)}>Escalations</Toggle>
      {chosen && (
        <SegmentedControl
          label="Ways"
          selectedId={ways}
          options={[
            { id: "all", text: "Everything" },
            { id: "from", text: "From here" },
            { id: "to", text: "To here" },
          ]}
          onChange={(event) => choose(chosen.id, isWays(event.detail.selectedId) ? event.detail.selectedId : "all")}
        />
      )}
    </SpaceBetween>
  );
}
