import { moment } from '../format/time';

import type { Span } from '../api/schema';

export interface SpanNode {
  span: Span;
  children: SpanNode[];
  depth: number;
  /** `orphan`: its parent is not in the trace (yet); `cycle`: its ancestors lead back to it. */
  oddity: 'orphan' | 'cycle' | null;
}

const byStart = (a: SpanNode, b: SpanNode): number =>
  (moment(a.span.startTime) ?? 0) - (moment(b.span.startTime) ?? 0) || (a.span.id < b.span.id ? -1 : 1);

/** Which spans cannot be reached from any root: every cycle is cut at one of its members. */
function cutCycles(nodes: Map<string, SpanNode>): Set<string> {
  const settled = new Set<string>();
  const cuts = new Set<string>();
  for (const id of nodes.keys()) {
    const path = new Set<string>();
    let at: string | null = id;
    while (at !== null && !settled.has(at)) {
      if (path.has(at)) {
        cuts.add(at);
        break;
      }
      path.add(at);
      at = nodes.get(at)?.span.parentId ?? null;
      if (at !== null && !nodes.has(at)) at = null;
    }
    for (const visited of path) settled.add(visited);
  }
  return cuts;
}

/** The tree of a trace. Never recurses: a trace may be thousands of steps deep. */
export function buildSpanTree(spans: readonly Span[]): SpanNode[] {
  const nodes = new Map<string, SpanNode>();
  for (const span of spans) nodes.set(span.id, { span, children: [], depth: 0, oddity: null });
  const cuts = cutCycles(nodes);
  const roots: SpanNode[] = [];
  for (const node of nodes.values()) {
    const { id, parentId } = node.span;
    const parent = parentId === null ? undefined : nodes.get(parentId);
    if (cuts.has(id)) node.oddity = 'cycle';
    else if (parentId !== null && parent === undefined) node.oddity = 'orphan';
    if (parent === undefined || cuts.has(id)) roots.push(node);
    else parent.children.push(node);
  }
  roots.sort(byStart);
  const stack = [...roots];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    node.children.sort(byStart);
    for (const child of node.children) {
      child.depth = node.depth + 1;
      stack.push(child);
    }
  }
  return roots;
}

/** The tree as rows from top to bottom, without what lies under a collapsed node. */
export function visibleRows(roots: readonly SpanNode[], collapsed: ReadonlySet<string>): SpanNode[] {
  const rows: SpanNode[] = [];
  const stack = [...roots].reverse();
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    rows.push(node);
    if (collapsed.has(node.span.id)) continue;
    for (let i = node.children.length - 1; i >= 0; i--) {
      const child = node.children[i];
      if (child !== undefined) stack.push(child);
    }
  }
  return rows;
}

export type KindGroup = 'generation' | 'tool' | 'retriever' | 'agent' | 'other';

/** The few kinds that have a colour; every kind that is not known is `other`. */
export function kindGroup(kind: string): KindGroup {
  switch (kind) {
    case 'generation':
    case 'tool':
    case 'retriever':
    case 'agent':
      return kind;
    case 'embedding':
    case 'reranker':
      return 'retriever';
    default:
      return 'other';
  }
}
