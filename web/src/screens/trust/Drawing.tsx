import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useMemo, useRef } from "react";

import { setQuery, useRoute } from "../../lib/route";
import { type Edge, type Node, type Ways, keyOf, kindOf, placeOf } from "./graph";
import { HEIGHT, WIDTH, layout } from "./layers";

const STEP = 1.25;
const LEAST = 0.2;
const MOST = 3;
const LONGEST_NAME = 23;

interface Props {
  nodes: Node[];
  edges: Edge[];
  chosen: string | null;
  ways: Ways;
}

function cut(text: string): string {
  return text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME - 1)}…` : text;
}

function zoomIn(query: URLSearchParams): number {
  const zoom = Number(query.get("zoom"));
  return zoom >= LEAST && zoom <= MOST ? zoom : 1;
}

/** The graph as a picture, whose nodes are links; it scrolls where it is larger than its place. */
export function Drawing({ nodes, edges, chosen, ways }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const zoom = zoomIn(useRoute().query);
  const drawn = useMemo(() => layout(nodes.map((node) => node.id), edges), [nodes, edges]);
  const change = (to: number): void => {
    const bounded = Math.min(MOST, Math.max(LEAST, to));
    setQuery({ zoom: bounded === 1 ? null : bounded.toFixed(2) }, "step");
  };
  const fit = (): void => {
    const { clientWidth, clientHeight } = frame.current!;
    const most = Math.min(1, clientWidth / drawn.width, Math.max(clientHeight, 300) / drawn.height);
    // The address has two decimals, and the next larger ones would not fit.
    change(Math.floor(most * 100) / 100);
  };
  useEffect(() => {
    const at = chosen === null ? undefined : drawn.nodes.get(chosen);
    const { clientWidth, clientHeight } = frame.current!;
    if (at) {
      frame.current!.scrollTo((at.x + WIDTH / 2) * zoom - clientWidth / 2, at.y * zoom - clientHeight / 2);
    }
    // Whom one has chosen is brought into view, once.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [chosen, drawn]);
  return (
    <SpaceBetween size="xs">
      <SpaceBetween direction="horizontal" size="xs">
        <Button iconName="zoom-in" ariaLabel="Zoom in" disabled={zoom >= MOST} disabledReason="It is as large as it gets" onClick={() => change(zoom * STEP)} />
        <Button iconName="zoom-out" ariaLabel="Zoom out" disabled={zoom <= LEAST} disabledReason="It is as small as it gets" onClick={() => change(zoom / STEP)} />
        <Button iconName="zoom-to-fit" ariaLabel="Show all of it" onClick={fit} />
      </SpaceBetween>
      <div className="iamd-graph" ref={frame} tabIndex={0} role="region" aria-label="Drawing; the table below says the same">
        <svg width={drawn.width * zoom} height={drawn.height * zoom} viewBox={`0 0 ${drawn.width} ${drawn.height}`} role="group" aria-label="Who may become whom">
          <defs>
            <marker id="iamd-arrow" viewBox="0 0 8 8" refX="8" refY="4" markerUnits="userSpaceOnUse" markerWidth="12" markerHeight="12" orient="auto-start-reverse">
              <path className="iamd-arrow" d="M0 0L8 4L0 8Z" />
            </marker>
          </defs>
          <g aria-hidden="true">
            {edges.map((edge, at) => (
              <path
                key={keyOf(edge)}
                className={["iamd-edge", edge.holds, edge.escalation === null ? "" : "escalation", chosen === null ? "" : edge.from === chosen || edge.to === chosen ? "near" : "far"].join(" ")}
                d={drawn.paths[at].d}
                markerStart={drawn.paths[at].back ? "url(#iamd-arrow)" : undefined}
                markerEnd={drawn.paths[at].back ? undefined : "url(#iamd-arrow)"}
              >
                <title>{[...edge.by.map((step) => step.action), ...(edge.in_short.length ? edge.in_short : ["Always"])].join("\n")}</title>
              </path>
            ))}
          </g>
          {nodes.map((node) => {
            const { x, y } = drawn.nodes.get(node.id)!;
            return (
              <a
                key={node.id}
                href={placeOf(node.id, ways)}
                className={`iamd-node ${node.kind}${node.id === chosen ? " chosen" : ""}`}
                aria-current={node.id === chosen ? "true" : undefined}
              >
                <rect x={x} y={y - HEIGHT / 2} width={WIDTH} height={HEIGHT} rx={node.kind === "role" ? 4 : HEIGHT / 2} />
                <text>
                  <tspan x={x + WIDTH / 2} y={y - 5} className="kind">{kindOf(node)}</tspan>{" "}
                  <tspan x={x + WIDTH / 2} y={y + 13}>{cut(node.name)}</tspan>
                </text>
              </a>
            );
          })}
        </svg>
      </div>
    </SpaceBetween>
  );
}
