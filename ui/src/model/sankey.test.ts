import { describe, expect, it } from 'vitest';

import { backEdges, layout, levelsOf, type SankeyEdge } from './sankey';

const node = (id: string, count = 1) => ({ id, count });
const edge = (from: string, to: string, count = 1): SankeyEdge => ({ from, to, count });
const SIZE = { width: 600, height: 300, nodeWidth: 10, gap: 20 };

describe('the levels of a journey', () => {
  it('put each step after the furthest of those before it', () => {
    const nodes = ['a', 'b', 'c'].map((id) => node(id));
    const edges = [edge('a', 'b'), edge('b', 'c'), edge('a', 'c')];
    expect(backEdges(nodes, edges).size).toBe(0);
    expect(Object.fromEntries(levelsOf(nodes, edges, new Set()))).toEqual({ a: 0, b: 1, c: 2 });
  });

  it('go by where most sessions come from: a rare detour sends no step to the far right', () => {
    const nodes = ['in', 'a', 'b', 'c', 'out'].map((id) => node(id));
    const edges = [
      edge('in', 'a', 9),
      edge('a', 'b', 1),
      edge('b', 'c', 1),
      edge('in', 'c', 9),
      edge('c', 'out', 10),
      edge('a', 'out', 8),
    ];
    const drawn = layout(nodes, edges, SIZE);
    expect(Object.fromEntries(drawn.nodes.map(({ id, level }) => [id, level]))).toEqual({
      in: 0,
      a: 1,
      c: 1,
      b: 2,
      out: 3,
    });
    expect(drawn.edges.filter(({ isBack }) => isBack).map(({ from, to }) => from + to)).toEqual(['bc']);
  });

  it('leave out the edge that closes a cycle, and the busiest way goes forward', () => {
    const nodes = ['in', 'a', 'b'].map((id) => node(id));
    const again = edge('b', 'a', 2);
    const edges = [edge('in', 'a', 9), edge('a', 'b', 8), again];
    expect([...backEdges(nodes, edges)]).toEqual([again]);
    expect(layout(nodes, edges, SIZE).nodes.map(({ id, level }) => [id, level])).toEqual([
      ['in', 0],
      ['a', 1],
      ['b', 2],
    ]);
  });

  it('exist where every step has one before it, and where a step repeats', () => {
    const nodes = ['a', 'b'].map((id) => node(id));
    const edges = [edge('a', 'b', 3), edge('b', 'a', 3), edge('a', 'a', 5)];
    const { edges: placed } = layout(nodes, edges, SIZE);
    expect(placed.map(({ from, to, isBack }) => `${from}${to} ${isBack}`).sort()).toEqual([
      'aa true',
      'ab false',
      'ba true',
    ]);
  });
});

describe('what is drawn', () => {
  const nodes = ['in', 'a', 'b', 'out'].map((id) => node(id, 4));
  const edges = [
    edge('in', 'a', 3),
    edge('in', 'b', 1),
    edge('a', 'out', 3),
    edge('b', 'out', 1),
    edge('a', 'gone'),
  ];
  const drawn = layout(nodes, edges, SIZE);

  it('keeps the steps of a level apart and inside its height', () => {
    const [first, second] = drawn.nodes.filter(({ level }) => level === 1).sort((x, y) => x.y - y.y);
    expect((second?.y ?? 0) - (first?.y ?? 0) - (first?.height ?? 0)).toBeCloseTo(SIZE.gap);
    expect(Math.max(...drawn.nodes.map(({ y, height }) => y + height))).toBeLessThanOrEqual(
      SIZE.height + 1e-9,
    );
  });

  it('is as wide as it is frequent, and ends where its step is', () => {
    const width = (from: string) =>
      drawn.edges.find((one) => one.from === from && one.to === 'out')?.width ?? 0;
    expect(width('a') / width('b')).toBeCloseTo(3);
    expect(drawn.nodes.find(({ id }) => id === 'out')?.x).toBe(SIZE.width - SIZE.nodeWidth);
  });

  it('leaves out edges of steps that are not there', () => expect(drawn.edges).toHaveLength(4));

  it('makes room below for what goes back', () => {
    const { height, edges: placed } = layout(nodes, [...edges, edge('b', 'in', 2)], SIZE);
    expect(placed.filter(({ isBack }) => isBack)).toHaveLength(1);
    expect(height).toBeGreaterThan(SIZE.height);
  });

  it('of nothing is nothing', () => expect(layout([], [], SIZE).nodes).toEqual([]));
});
