import type { Geometry } from './TimeChart';
import type { Piece } from '../model/stack';

import classes from './TimeChart.module.css';

// What charts over time draw between their axes.

export type Values = readonly (number | null)[];

const MOST_BAR = 36;
const DOTS_UP_TO = 45;

const barBox = ({ x, step }: Geometry, at: number, share = 1): { x: number; width: number } => {
  const width = Math.max(1, Math.min(step - Math.min(3, step * 0.25), MOST_BAR) * share);
  return { x: x(at) - width / 2, width };
};

export function Bars({ values, geometry, isBefore = false }: MarkProps) {
  return values.map(
    (value, at) =>
      value !== null &&
      value > 0 && (
        <rect
          key={at}
          className={isBefore ? classes.beforeBar : classes.bar}
          {...barBox(geometry, at, isBefore ? 1 : 0.62)}
          y={geometry.y(value)}
          height={Math.max(1, geometry.base - geometry.y(value))}
          rx={1.5}
        />
      ),
  );
}

interface MarkProps {
  values: Values;
  geometry: Geometry;
  /** Of the period before: drawn faintly. */
  isBefore?: boolean;
}

/** A line that breaks where there is no value; a value between two breaks is a dot. */
export function Line({ values, geometry: { x, y }, isBefore = false }: MarkProps) {
  const parts: number[][] = [];
  values.forEach((value, at) => {
    if (value === null) return;
    if (at > 0 && values[at - 1] !== null && values[at - 1] !== undefined) parts.at(-1)?.push(at);
    else parts.push([at]);
  });
  const known = values.filter((value) => value !== null).length;
  const hasDots = !isBefore && known <= DOTS_UP_TO;
  return (
    <>
      {parts.map((places) => (
        <polyline
          key={places[0]}
          className={isBefore ? classes.before : classes.line}
          points={places.map((at) => `${x(at)},${y(values[at] ?? 0)}`).join(' ')}
        />
      ))}
      {parts
        .flatMap((places) => (hasDots || places.length === 1 ? places : []))
        .map((at) => (
          <circle
            key={at}
            className={isBefore ? classes.beforeDot : classes.dot}
            cx={x(at)}
            cy={y(values[at] ?? 0)}
            r={2.25}
          />
        ))}
    </>
  );
}

interface StackProps {
  stacks: readonly (readonly Piece[])[];
  colourOf: (key: string) => string;
  geometry: Geometry;
}

export function Stacks({ stacks, colourOf, geometry }: StackProps) {
  return stacks.map((pieces, at) =>
    pieces.map(({ key, from, to }) => (
      <rect
        key={`${at} ${key}`}
        className={classes.piece}
        {...barBox(geometry, at)}
        y={geometry.y(to)}
        height={Math.max(0.75, geometry.y(from) - geometry.y(to))}
        style={{ fill: colourOf(key) }}
      />
    )),
  );
}

/** A mark above a place that stands out. */
export function Mark({ at, value, geometry: { x, y } }: { at: number; value: number; geometry: Geometry }) {
  const left = x(at);
  const tip = Math.max(y(value) - 2, 6);
  return <path className={classes.mark} d={`M${left - 4} ${tip - 6}h8l-4 5z`} />;
}
