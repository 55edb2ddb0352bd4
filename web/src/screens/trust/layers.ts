// Where nodes and edges of a drawing go: in layers from left to right, so that nearly all edges lead to the right.
//
// The steps are those of Sugiyama, Tagawa and Toda: with those edges turned around that close a circle, each node stands behind
// all that lead to it; an edge over several layers bends in each of them; within a layer, each stands near the middle of its
// neighbors.

export const WIDTH = 190;
export const HEIGHT = 46;
const BETWEEN_LAYERS = 90;
const BETWEEN_NODES = 16;
const BEND = 10;
const SWEEPS = 6;
const MARGIN = 24;
const ASIDE = 9;

export interface Point {
  x: number;
  y: number;
}

export interface Layout {
  width: number;
  height: number;
  /** The middle of the left side of each node, by its id. */
  nodes: Map<string, Point>;
  /** The path of each edge, in the order given. */
  paths: Path[];
}

export interface Path {
  d: string;
  /** Whether it is drawn from its end to its beginning. */
  back: boolean;
}

interface Cell {
  key: string;
  height: number;
}

export function layout(ids: string[], edges: { from: string; to: string }[]): Layout {
  const closing = closingEdges(ids, edges);
  const turned = edges.map((edge, at) => (closing[at] ? { from: edge.to, to: edge.from } : edge));
  const level = levels(ids, turned.filter((edge) => edge.from !== edge.to));
  const layers: Cell[][] = Array.from({ length: Math.max(0, ...level.values()) + 1 }, () => []);
  ids.forEach((id) => layers[level.get(id)!].push({ key: id, height: HEIGHT }));

  // An edge is a chain of neighbors: its two ends, and a bend in each layer between them.
  const chains = turned.map((edge, at) => {
    const [start, end] = [level.get(edge.from)!, level.get(edge.to)!];
    const chain = [edge.from];
    for (let between = start + 1; between < end; between += 1) {
      const key = `${at} ${between}`;
      layers[between].push({ key, height: BEND });
      chain.push(key);
    }
    return [...chain, edge.to];
  });
  const before = new Map<string, string[]>();
  const after = new Map<string, string[]>();
  const add = (to: Map<string, string[]>, key: string, value: string): void => void to.set(key, [...(to.get(key) ?? []), value]);
  for (const chain of chains) {
    chain.slice(1).forEach((key, step) => {
      add(before, key, chain[step]);
      add(after, chain[step], key);
    });
  }
  arrange(layers, before, after);

  const heights = layers.map((layer) => layer.reduce((sum, cell) => sum + cell.height + BETWEEN_NODES, -BETWEEN_NODES));
  const tallest = Math.max(0, ...heights);
  const points = new Map<string, Point>();
  layers.forEach((layer, number) => {
    let y = MARGIN + (tallest - heights[number]) / 2;
    for (const cell of layer) {
      points.set(cell.key, { x: MARGIN + number * (WIDTH + BETWEEN_LAYERS), y: y + cell.height / 2 });
      y += cell.height + BETWEEN_NODES;
    }
  });
  return {
    width: 2 * MARGIN + layers.length * (WIDTH + BETWEEN_LAYERS) - BETWEEN_LAYERS + 40,
    height: 2 * MARGIN + tallest,
    nodes: new Map(ids.map((id) => [id, points.get(id)!])),
    paths: edges.map(({ from, to }, at) =>
      from === to ? { d: loop(points.get(from)!), back: false } : { d: through(points, chains[at], closing[at] ? ASIDE : 0), back: closing[at] },
    ),
  };
}

/** Tells of each edge whether it leads back to where one came from, when one goes as far as one can. */
function closingEdges(ids: string[], edges: { from: string; to: string }[]): boolean[] {
  const leaving = new Map<string, number[]>();
  edges.forEach((edge, at) => leaving.set(edge.from, [...(leaving.get(edge.from) ?? []), at]));
  const closing = edges.map(() => false);
  const state = new Map<string, "open" | "done">();
  for (const start of ids) {
    if (state.has(start)) {
      continue;
    }
    state.set(start, "open");
    const path: { id: string; next: number }[] = [{ id: start, next: 0 }];
    while (path.length > 0) {
      const here = path[path.length - 1];
      const out = leaving.get(here.id) ?? [];
      if (here.next === out.length) {
        state.set(here.id, "done");
        path.pop();
        continue;
      }
      const at = out[here.next];
      here.next += 1;
      const to = edges[at].to;
      if (state.get(to) === "open") {
        closing[at] = to !== here.id;
      } else if (!state.has(to)) {
        state.set(to, "open");
        path.push({ id: to, next: 0 });
      }
    }
  }
  return closing;
}

/** Returns the layer of each node: right behind the last that leads to it; whom nobody leads to, right before the first they lead to. */
function levels(ids: string[], edges: { from: string; to: string }[]): Map<string, number> {
  const level = new Map(ids.map((id) => [id, 0]));
  const entering = new Map(ids.map((id) => [id, 0]));
  const leaving = new Map<string, string[]>();
  for (const { from, to } of edges) {
    entering.set(to, entering.get(to)! + 1);
    leaving.set(from, [...(leaving.get(from) ?? []), to]);
  }
  const first = ids.filter((id) => entering.get(id) === 0);
  const left = new Map(entering);
  const ready = [...first];
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    for (const to of leaving.get(id) ?? []) {
      level.set(to, Math.max(level.get(to)!, level.get(id)! + 1));
      left.set(to, left.get(to)! - 1);
      if (left.get(to) === 0) {
        ready.push(to);
      }
    }
  }
  for (const id of first) {
    const ends = (leaving.get(id) ?? []).map((to) => level.get(to)!);
    if (ends.length > 0) {
      level.set(id, Math.min(...ends) - 1);
    }
  }
  return level;
}

/** Puts the cells of each layer in the order of the middles of their neighbors, forth and back. */
function arrange(layers: Cell[][], before: Map<string, string[]>, after: Map<string, string[]>): void {
  const place = new Map<string, number>();
  const number = (layer: Cell[]): void => layer.forEach((cell, at) => place.set(cell.key, at / layer.length));
  layers.forEach(number);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const neighbors = sweep % 2 === 0 ? before : after;
    for (const layer of sweep % 2 === 0 ? layers : [...layers].reverse()) {
      const middle = new Map(
        layer.map((cell) => {
          const near = (neighbors.get(cell.key) ?? []).map((key) => place.get(key)!);
          return [cell.key, near.length > 0 ? near.reduce((sum, each) => sum + each, 0) / near.length : place.get(cell.key)!];
        }),
      );
      layer.sort((one, other) => middle.get(one.key)! - middle.get(other.key)!);
      number(layer);
    }
  }
}

/** A path over the neighbors of a chain; *aside* keeps one that leads back from lying on one that leads forth. */
function through(points: Map<string, Point>, chain: string[], aside: number): string {
  const start = points.get(chain[0])!;
  let [x, y] = [start.x + WIDTH, start.y + aside];
  let path = `M${x} ${y}`;
  chain.slice(1).forEach((key, step) => {
    const to = points.get(key)!;
    const half = (to.x - x) / 2;
    const down = to.y + aside;
    path += `C${x + half} ${y} ${to.x - half} ${down} ${to.x} ${down}`;
    [x, y] = [to.x, down];
    if (step < chain.length - 2) {
      x += WIDTH;
      path += `H${x}`;
    }
  });
  return path;
}

/** A path that leads to where it begins. */
function loop(at: Point): string {
  const [x, far] = [at.x + WIDTH, at.x + WIDTH + 36];
  return `M${x} ${at.y - ASIDE}C${far} ${at.y - ASIDE} ${far} ${at.y + ASIDE} ${x} ${at.y + ASIDE}`;
}
