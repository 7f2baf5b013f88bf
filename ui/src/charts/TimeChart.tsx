import { useId, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';

import { axisTicks, namedPlaces, type AxisUnit } from '../model/axis';
import { Link } from '../parts/Link';
import { useElementWidth } from '../state/elementWidth';
import { navigate } from '../state/location';

import classes from './TimeChart.module.css';

/** One interval: a place along the time axis, and the door to the sessions that stand in it. */
export interface Slot {
  key: string;
  /** What stands under the axis. */
  tick: string;
  /** What it says on hover and to a screen reader, with its exact numbers. */
  label: string;
  /** `null` where nothing stands behind it. */
  to: string | null;
}

export interface Geometry {
  /** The middle of a place, how wide one is, and where a value stands. */
  x: (at: number) => number;
  y: (value: number) => number;
  step: number;
  base: number;
}

interface Props {
  title: string;
  /** What is drawn, in words. */
  description: string;
  slots: readonly Slot[];
  /** The highest value. */
  most: number;
  unit?: AxisUnit;
  format: (value: number) => string;
  height?: number;
  /** The door to the sessions of several intervals; without it none are chosen together. */
  stretch?: (a: number, b: number) => string;
  /** The same as a table, for who does not see it: its heads, and a row for each place. */
  table: { heads: readonly string[]; rows: readonly (readonly string[])[] };
  children: (geometry: Geometry) => ReactNode;
}

const TOP = 8;
const FOOT = 20;
const TICK_WIDTH = 64;
const GUTTER_PER_LETTER = 6.6;

interface Stretch {
  from: number;
  to: number;
}

/**
 * Values over time on one scale that begins at 0. Each interval is a link to its sessions; dragged over, or with shift and
 * the arrow keys, several open together. One stop of the tab key: arrows go from interval to interval.
 */
export function TimeChart(props: Props) {
  const { title, description, slots, most, unit = 'number', format, height = 120, stretch, table } = props;
  const id = useId();
  const ref = useRef<HTMLDivElement>(null);
  const width = useElementWidth(ref);
  const [at, setAt] = useState(0);
  const [chosen, setChosen] = useState<Stretch | null>(null);
  const pressed = useRef<number | null>(null);
  const dragged = useRef(false);

  const ticks = axisTicks(most, unit);
  const top = ticks.at(-1) ?? 1;
  const gutter = Math.ceil(Math.max(...ticks.map((tick) => format(tick).length)) * GUTTER_PER_LETTER) + 8;
  const step = Math.max(1, width - gutter - 4) / Math.max(1, slots.length);
  const base = height - FOOT;
  const geometry: Geometry = {
    x: (place) => gutter + (place + 0.5) * step,
    y: (value) => base - (Math.min(value, top) / top) * (base - TOP),
    step,
    base,
  };
  const last = slots.length - 1;
  const focusable = Math.min(at, Math.max(0, last));

  const open = (which: Stretch | null): void => {
    setChosen(null);
    if (which !== null && stretch !== undefined && which.from !== which.to)
      navigate(stretch(which.from, which.to));
  };
  const placeOf = (event: PointerEvent): number => {
    const left = ref.current?.getBoundingClientRect().left ?? 0;
    return Math.min(Math.max(Math.floor((event.clientX - left - gutter) / step), 0), last);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const moves: Record<string, number> = {
      ArrowLeft: focusable - 1,
      ArrowRight: focusable + 1,
      Home: 0,
      End: last,
    };
    const wanted = moves[event.key];
    if (wanted !== undefined) {
      const next = Math.min(Math.max(wanted, 0), last);
      setChosen(event.shiftKey && stretch ? { from: chosen?.from ?? focusable, to: next } : null);
      setAt(next);
      ref.current?.querySelector<SVGElement>(`[data-place="${next}"]`)?.focus();
    } else if (event.key === 'Enter' && chosen !== null && chosen.from !== chosen.to) open(chosen);
    else if (event.key === 'Escape' && chosen !== null) setChosen(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div ref={ref} className={classes.chart}>
      <svg
        width="100%"
        height={height}
        role="group"
        aria-labelledby={`${id}-title`}
        aria-describedby={`${id}-desc`}
        onKeyDown={onKeyDown}
        onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setChosen(null)}
        onPointerDown={(event) => {
          if (event.button !== 0 || event.pointerType === 'touch' || stretch === undefined) return;
          pressed.current = placeOf(event);
          dragged.current = false;
        }}
        onPointerMove={(event) => {
          if (pressed.current === null) return;
          const to = placeOf(event);
          if (!dragged.current && to === pressed.current) return;
          // Captured only now: a click without a drag belongs to the link under it.
          if (!dragged.current) event.currentTarget.setPointerCapture(event.pointerId);
          dragged.current = true;
          setChosen({ from: pressed.current, to });
        }}
        onPointerUp={() => {
          pressed.current = null;
          if (dragged.current) open(chosen);
        }}
        onPointerCancel={() => {
          pressed.current = null;
          setChosen(null);
        }}
        onClickCapture={(event) => {
          if (!dragged.current) return;
          dragged.current = false;
          event.preventDefault();
          event.stopPropagation();
        }}
        onDragStart={(event) => event.preventDefault()}
      >
        {/* In an empty group of their own, so that the browser shows no tip of its own over ours. */}
        <g>
          <title id={`${id}-title`}>{title}</title>
          <desc id={`${id}-desc`}>{description}</desc>
        </g>
        <g aria-hidden="true">
          {ticks.map((tick) => (
            <g key={tick}>
              <line
                className={classes.grid}
                x1={gutter}
                x2="100%"
                y1={geometry.y(tick)}
                y2={geometry.y(tick)}
              />
              <text className={classes.tick} x={gutter - 6} y={geometry.y(tick) + 3.5} textAnchor="end">
                {format(tick)}
              </text>
            </g>
          ))}
          {namedPlaces(slots.length, width - gutter, TICK_WIDTH).map((place) => (
            <text
              key={slots[place]?.key}
              className={classes.tick}
              x={geometry.x(place)}
              y={height - 5}
              textAnchor={
                geometry.x(place) < gutter + TICK_WIDTH / 2
                  ? 'start'
                  : geometry.x(place) > width - TICK_WIDTH / 2
                    ? 'end'
                    : 'middle'
              }
              dx={geometry.x(place) < gutter + TICK_WIDTH / 2 ? -Math.min(step / 2, 20) : 0}
            >
              {slots[place]?.tick}
            </text>
          ))}
          {chosen !== null && (
            <rect
              className={classes.chosen}
              x={gutter + Math.min(chosen.from, chosen.to) * step}
              width={(Math.abs(chosen.to - chosen.from) + 1) * step}
              y={TOP - 4}
              height={base - TOP + 4}
            />
          )}
          {props.children(geometry)}
        </g>
        {slots.map(({ key, label, to }, place) => {
          const rest = {
            'aria-label': label,
            'data-tip': label,
            'data-place': place,
            tabIndex: place === focusable ? 0 : -1,
            className: classes.slot ?? '',
            onFocus: () => setAt(place),
          };
          const band = <rect x={gutter + place * step} width={step} y={TOP - 4} height={base - TOP + 4} />;
          return to === null ? (
            <g key={key} role="img" {...rest}>
              {band}
            </g>
          ) : (
            <Link key={key} to={to} {...rest}>
              {band}
            </Link>
          );
        })}
      </svg>
      <div className="vh">
        <table>
          <caption>{title}</caption>
          <thead>
            <tr>
              {table.heads.map((head, column) => (
                // Names of groups, any two of which may be equal.
                <th key={column} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.map(([first, ...cells], place) => (
              <tr key={slots[place]?.key}>
                <th scope="row">{first}</th>
                {cells.map((cell, column) => (
                  <td key={column}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
