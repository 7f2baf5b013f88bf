import { layout } from '../model/sankey';
import { Data } from '../parts/Data';
import { Link } from '../parts/Link';

import classes from './Sankey.module.css';

export interface FlowNode {
  id: string;
  name: string;
  count: number;
  /** What it says on hover and to a screen reader, with its exact numbers. */
  label: string;
  /** The sessions behind it; `null` where no address chooses exactly them. */
  to: string | null;
}

export interface FlowEdge {
  from: string;
  to: string;
  count: number;
  label: string;
  door: string | null;
}

interface Props {
  label: string;
  nodes: readonly FlowNode[];
  edges: readonly FlowEdge[];
  width: number;
}

const LEVEL_WIDTH = 124;
const NODE_WIDTH = 8;
const ROW = 44;
const NAME_WIDTH = 116;
const MARGIN = 18;
const key = ({ from, to }: { from: string; to: string }): string => JSON.stringify([from, to]);

/** Steps and the ways between them, each a link to the sessions that go it. */
export function Sankey({ label, nodes, edges, width }: Props) {
  // Levels are known after the layout: the first one measures, the second draws.
  const size = { width: 0, height: 0, nodeWidth: NODE_WIDTH, gap: 26 };
  const probe = layout(nodes, edges, size);
  const levels = 1 + Math.max(0, ...probe.nodes.map(({ level }) => level));
  const tallest = Math.max(
    0,
    ...Array.from({ length: levels }, (_, at) => probe.nodes.filter(({ level }) => level === at).length),
  );
  const drawn = layout(nodes, edges, {
    ...size,
    width: Math.max(width - NAME_WIDTH - 2 * MARGIN, (levels - 1) * LEVEL_WIDTH),
    height: Math.max(220, tallest * ROW),
  });
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const byWay = new Map(edges.map((edge) => [key(edge), edge]));
  return (
    <div className={classes.scroll} role="region" tabIndex={0} aria-label={label}>
      <svg width={drawn.width + NAME_WIDTH + 2 * MARGIN} height={drawn.height + 2 * MARGIN}>
        <g transform={`translate(${MARGIN} ${MARGIN})`}>
          {drawn.edges.map((placed) => {
            const edge = byWay.get(key(placed));
            return (
              edge && (
                <Door key={key(placed)} to={edge.door} label={edge.label}>
                  <path
                    className={classes.edge}
                    data-back={placed.isBack || undefined}
                    d={placed.path}
                    strokeWidth={placed.width}
                  />
                </Door>
              )
            );
          })}
          {drawn.nodes.map(({ id, x, y, height }) => {
            const node = byId.get(id);
            return (
              node && (
                <Door key={id} to={node.to} label={node.label}>
                  <rect className={classes.node} x={x} y={y} width={NODE_WIDTH} height={height} rx={2} />
                  <foreignObject
                    x={x + NODE_WIDTH + 4}
                    y={y + height / 2 - 10}
                    width={NAME_WIDTH - 8}
                    height={20}
                  >
                    <span className={classes.name}>
                      <Data>{node.name}</Data>
                    </span>
                  </foreignObject>
                </Door>
              )
            );
          })}
        </g>
      </svg>
    </div>
  );
}

function Door({ to, label, children }: { to: string | null; label: string; children: React.ReactNode }) {
  return to === null ? (
    <g role="img" tabIndex={0} aria-label={label} data-tip={label} className={classes.door}>
      {children}
    </g>
  ) : (
    <Link to={to} aria-label={label} data-tip={label} className={classes.door}>
      {children}
    </Link>
  );
}
