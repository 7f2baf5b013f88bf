// Where the steps of a journey and the ways between them are drawn: pure, in pixels.
//
// Steps stand in levels, so that most ways go from left to right. What does not goes below (`isBack`): a graph without
// the ways that close a cycle always has levels.

export interface SankeyNode {
  id: string;
  /** Smallest height, for a step that is taken more often than its ways say. */
  count: number;
}

export interface SankeyEdge {
  from: string;
  to: string;
  count: number;
}

export interface PlacedNode {
  id: string;
  level: number;
  x: number;
  y: number;
  height: number;
}

export interface PlacedEdge {
  from: string;
  to: string;
  isBack: boolean;
  width: number;
  path: string;
}

export interface Sankey {
  nodes: PlacedNode[];
  edges: PlacedEdge[];
  width: number;
  height: number;
}

export interface Size {
  width: number;
  height: number;
  nodeWidth: number;
  gap: number;
}

const SWEEPS = 4;
const LEAST_WIDTH = 1.5;

/** The edges that go back: against a depth-first walk that follows the busiest way first. */
export function backEdges(nodes: readonly SankeyNode[], edges: readonly SankeyEdge[]): Set<SankeyEdge> {
  const out = new Map<string, SankeyEdge[]>(nodes.map(({ id }) => [id, []]));
  for (const edge of [...edges].sort((a, b) => b.count - a.count)) out.get(edge.from)?.push(edge);
  const entered = new Set(edges.filter(({ from, to }) => from !== to).map(({ to }) => to));
  const roots = [...nodes].sort(
    (a, b) => Number(entered.has(a.id)) - Number(entered.has(b.id)) || b.count - a.count,
  );
  const state = new Map<string, 'open' | 'done'>();
  const back = new Set<SankeyEdge>();
  const walk = (id: string): void => {
    state.set(id, 'open');
    for (const edge of out.get(id) ?? []) {
      const seen = state.get(edge.to);
      if (seen === 'open') back.add(edge);
      else if (seen === undefined) walk(edge.to);
    }
    state.set(id, 'done');
  };
  for (const { id } of roots) if (!state.has(id)) walk(id);
  return back;
}

/**
 * The level of each node: one more than where its sessions come from on average, so that a rare detour does not send a
 * step to the far right. Where sessions end and go nowhere else is the last.
 */
export function levelsOf(
  nodes: readonly SankeyNode[],
  edges: readonly SankeyEdge[],
  back: ReadonlySet<SankeyEdge>,
): Map<string, number> {
  const forward = edges.filter((edge) => !back.has(edge));
  const into = new Map<string, SankeyEdge[]>(nodes.map(({ id }) => [id, []]));
  for (const edge of forward) into.get(edge.to)?.push(edge);
  const means = new Map<string, number>();
  const mean = (id: string): number => {
    const known = means.get(id);
    if (known !== undefined) return known;
    const before = into.get(id) ?? [];
    const total = sum(before);
    const found =
      total === 0 ? 0 : before.reduce((all, { from, count }) => all + (mean(from) + 1) * count, 0) / total;
    means.set(id, found);
    return found;
  };
  const rounded = new Map(nodes.map(({ id }) => [id, Math.round(mean(id))]));
  const goesOn = new Set(edges.map(({ from }) => from));
  const isLast = ({ id }: SankeyNode): boolean => !goesOn.has(id) && (into.get(id) ?? []).length > 0;
  const inner = nodes.filter((node) => !isLast(node)).map(({ id }) => rounded.get(id) ?? 0);
  // No level is empty: the numbers that occur, in their order.
  const occurring = [...new Set(inner)].sort((x, y) => x - y);
  return new Map(
    nodes.map((node) => [
      node.id,
      isLast(node) ? occurring.length : occurring.indexOf(rounded.get(node.id) ?? 0),
    ]),
  );
}

const sum = (edges: readonly SankeyEdge[]): number => edges.reduce((total, { count }) => total + count, 0);

/** The nodes of each level from top to bottom, each near those that it is joined to. */
function ordered(
  nodes: readonly SankeyNode[],
  edges: readonly SankeyEdge[],
  levels: ReadonlyMap<string, number>,
): SankeyNode[][] {
  const columns: SankeyNode[][] = [];
  for (const node of [...nodes].sort((a, b) => b.count - a.count)) {
    const column = (columns[levels.get(node.id) ?? 0] ??= []);
    column.push(node);
  }
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const place = new Map(columns.flatMap((column) => column.map(({ id }, at) => [id, at / column.length])));
    const middle = (id: string): number => {
      const near = edges.filter(({ from, to }) => (from === id) !== (to === id));
      const total = sum(near);
      if (total === 0) return place.get(id) ?? 0;
      return (
        near.reduce(
          (all, { from, to, count }) => all + (place.get(from === id ? to : from) ?? 0) * count,
          0,
        ) / total
      );
    };
    for (const column of columns) {
      const middles = new Map(column.map(({ id }) => [id, middle(id)]));
      column.sort((a, b) => (middles.get(a.id) ?? 0) - (middles.get(b.id) ?? 0));
    }
  }
  return columns;
}

export function layout(nodes: readonly SankeyNode[], edges: readonly SankeyEdge[], size: Size): Sankey {
  const known = new Set(nodes.map(({ id }) => id));
  const drawn = edges.filter(({ from, to }) => known.has(from) && known.has(to));
  const levels = levelsOf(nodes, drawn, backEdges(nodes, drawn));
  const level = (id: string): number => levels.get(id) ?? 0;
  const back = new Set(drawn.filter(({ from, to }) => level(to) <= level(from)));
  const columns = ordered(nodes, drawn, levels);
  const value = ({ id, count }: SankeyNode): number =>
    Math.max(
      count,
      sum(drawn.filter(({ from }) => from === id)),
      sum(drawn.filter(({ to }) => to === id)),
      1,
    );
  const scale = Math.min(
    ...columns.map((column) => {
      const free = size.height - size.gap * (column.length - 1);
      return Math.max(free, size.height / 4) / column.reduce((total, node) => total + value(node), 0);
    }),
  );
  const step = columns.length > 1 ? (size.width - size.nodeWidth) / (columns.length - 1) : 0;
  const placed = columns.flatMap((column, at) => {
    const tall = column.reduce((total, node) => total + value(node) * scale + size.gap, -size.gap);
    let y = Math.max(0, (size.height - tall) / 2);
    return column.map((node) => {
      const box = { id: node.id, level: at, x: at * step, y, height: Math.max(2, value(node) * scale) };
      y += box.height + size.gap;
      return box;
    });
  });
  const deepest = Math.max(size.height, ...placed.map(({ y, height }) => y + height));
  const lines = joined(placed, drawn, back, scale, size, deepest);
  const lanes = lines.filter(({ isBack, from, to }) => isBack && from !== to);
  return {
    nodes: placed,
    edges: lines,
    width: size.width,
    height: deepest + lanes.reduce((total, { width }) => total + width + 4, lanes.length > 0 ? 8 : 0),
  };
}

function joined(
  nodes: readonly PlacedNode[],
  edges: readonly SankeyEdge[],
  back: ReadonlySet<SankeyEdge>,
  scale: number,
  { nodeWidth }: Size,
  deepest: number,
): PlacedEdge[] {
  const at = new Map(nodes.map((node) => [node.id, node]));
  const left = new Map<string, number>();
  const right = new Map<string, number>();
  const take = (taken: Map<string, number>, id: string, width: number): number => {
    const used = taken.get(id) ?? 0;
    taken.set(id, used + width);
    return (at.get(id)?.y ?? 0) + used + width / 2;
  };
  // Those that end higher leave higher, so that few cross; those that go back leave at the bottom.
  const top = (id: string): number => at.get(id)?.y ?? 0;
  const inOrder = [...edges].sort(
    (a, b) => Number(back.has(a)) - Number(back.has(b)) || top(a.to) - top(b.to) || top(a.from) - top(b.from),
  );
  const ends = new Map(
    [...inOrder]
      .sort((a, b) => Number(back.has(a)) - Number(back.has(b)) || top(a.from) - top(b.from))
      .map((edge) => [edge, take(left, edge.to, edge.count * scale)]),
  );
  let lane = deepest + 8;
  return inOrder.map((edge) => {
    const width = edge.count * scale;
    const shown = Math.max(LEAST_WIDTH, width);
    const y1 = take(right, edge.from, width);
    const y2 = ends.get(edge) ?? 0;
    const x1 = (at.get(edge.from)?.x ?? 0) + nodeWidth;
    const x2 = at.get(edge.to)?.x ?? 0;
    const isBack = back.has(edge);
    if (edge.from === edge.to) {
      const y = top(edge.from);
      const path = `M${x1} ${y1}C${x1 + 34} ${y1} ${x1 + 34} ${y - 12} ${x1 - nodeWidth / 2} ${y - 12}C${x2 - 34} ${y - 12} ${x2 - 34} ${y2} ${x2} ${y2}`;
      return { from: edge.from, to: edge.to, isBack, width: Math.min(shown, 6), path };
    }
    if (isBack) {
      const y = lane + shown / 2;
      lane += shown + 4;
      const path = `M${x1} ${y1}C${x1 + 40} ${y1} ${x1 + 40} ${y} ${x1} ${y}L${x2} ${y}C${x2 - 40} ${y} ${x2 - 40} ${y2} ${x2} ${y2}`;
      return { from: edge.from, to: edge.to, isBack, width: shown, path };
    }
    const bend = (x1 + x2) / 2;
    return {
      from: edge.from,
      to: edge.to,
      isBack,
      width: shown,
      path: `M${x1} ${y1}C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}`,
    };
  });
}
