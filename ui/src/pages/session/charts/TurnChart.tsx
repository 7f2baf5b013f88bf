import { useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';

import { plural } from '../../../format/numbers';
import { axisMarks, binName, type TurnBin } from '../../../model/turnSeries';
import { useElementWidth } from '../../../state/elementWidth';

import { TurnTable } from './TurnTable';
import classes from './Charts.module.css';

export interface Series {
  name: string;
  colour: string;
  of: (bin: TurnBin) => number;
}

export interface Unit {
  format: (value: number) => string;
  exact: (value: number) => string;
}

export interface ChartProps {
  title: string;
  /** Stacked, from the bottom up. */
  series: readonly Series[];
  unit: Unit;
  bins: readonly TurnBin[];
  /** The number of the turn that is selected, 0 for none. */
  selected: number;
  onOpen: (bin: TurnBin) => void;
}

const HEIGHT = 120;
const LEFT = 56;
const BOTTOM = 18;

/** One bar per turn; each opens its turn, by pointer, keyboard or table. */
export function TurnChart(props: ChartProps) {
  const { title, series, unit, bins, selected, onOpen } = props;
  const box = useRef<HTMLDivElement>(null);
  const width = useElementWidth(box);
  const [at, setAt] = useState<number | null>(null);
  const total = (bin: TurnBin): number => series.reduce((sum, { of }) => sum + of(bin), 0);
  const marks = axisMarks(bins.reduce((most, bin) => Math.max(most, total(bin)), 0));
  const most = marks.at(-1) || 1;
  const inner = Math.max(1, width - LEFT);
  const step = inner / Math.max(1, bins.length);
  const y = (value: number): number => 4 + (HEIGHT - 4) * (1 - value / most);
  const hovered = at === null ? undefined : bins[at];

  const onPointerMove = (event: PointerEvent): void => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left - LEFT;
    const next = Math.floor(x / step);
    setAt(next >= 0 && next < bins.length ? next : null);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const lit = at ?? bins.findIndex(({ from, to }) => from <= selected && selected <= to);
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by !== undefined) setAt(Math.min(Math.max(0, lit + by), bins.length - 1));
    else if (event.key === 'Enter' && hovered !== undefined) onOpen(hovered);
    else return;
    event.preventDefault();
    // The arrows are the chart's while it has the focus, not the replay's.
    event.stopPropagation();
  };
  const isEmpty = bins.every((bin) => total(bin) === 0);
  const labels = Math.max(1, Math.ceil((bins.length * 44) / inner));
  return (
    <figure className={classes.chart}>
      <figcaption>
        <h2>{title}</h2>
        {series.length > 1 && (
          <ul aria-hidden="true" className={classes.legend}>
            {series.map(({ name, colour }) => (
              <li key={name}>
                <span style={{ background: colour }} />
                {name}
              </li>
            ))}
          </ul>
        )}
      </figcaption>
      <div ref={box} className={classes.plot}>
        {isEmpty ? (
          <p className={classes.empty}>Nothing of this was reported by these turns.</p>
        ) : (
          <svg
            width={width}
            height={HEIGHT + BOTTOM}
            tabIndex={0}
            role="img"
            aria-label={`${title}, ${plural(bins.length, 'bar')}. Left and right arrows go from bar to bar, Enter opens; the figures stand in the table below.`}
            onPointerMove={onPointerMove}
            onPointerLeave={() => setAt(null)}
            onBlur={() => setAt(null)}
            onClick={() => hovered !== undefined && onOpen(hovered)}
            onKeyDown={onKeyDown}
          >
            {marks.map((mark) => (
              <g key={mark}>
                <line x1={LEFT} x2={width} y1={y(mark)} y2={y(mark)} className={classes.rule} />
                <text x={LEFT - 6} y={y(mark) + 4} textAnchor="end">
                  {unit.format(mark)}
                </text>
              </g>
            ))}
            <Bars {...props} step={step} y={y} at={at} />
            {bins.map((bin, i) =>
              i % labels === 0 ? (
                <text key={bin.from} x={LEFT + (i + 0.5) * step} y={HEIGHT + 14} textAnchor="middle">
                  {bin.from}
                </text>
              ) : null,
            )}
          </svg>
        )}
        {hovered !== undefined && at !== null && (
          <div
            className={classes.card}
            role="status"
            style={{ left: Math.min(Math.max(0, LEFT + at * step - 90), Math.max(0, width - 200)) }}
          >
            <strong>Turn {binName(hovered)}</strong>
            {series.map(({ name, of }) => (
              <span key={name}>
                {name} {unit.exact(of(hovered))}
              </span>
            ))}
            {hovered.unpriced && <span>a model without a price is left out</span>}
            {hovered.errors > 0 && <span>! {plural(hovered.errors, 'turn')} ended in an error</span>}
          </div>
        )}
      </div>
      {!isEmpty && <TurnTable {...props} />}
    </figure>
  );
}

interface BarsProps extends ChartProps {
  step: number;
  y: (value: number) => number;
  at: number | null;
}

function Bars({ series, bins, selected, step, y, at }: BarsProps) {
  const gap = step > 8 ? 2 : step > 3 ? 1 : 0;
  const size = Math.max(1, Math.min(42, step - gap));
  return bins.map((bin, i) => {
    const x = LEFT + i * step + (step - size) / 2;
    const isLit = i === at || (bin.from <= selected && selected <= bin.to);
    let below = 0;
    return (
      <g key={bin.from}>
        {isLit && <rect x={LEFT + i * step} y={0} width={step} height={HEIGHT} className={classes.lit} />}
        {series.map(({ name, colour, of }) => {
          const bottom = y(below);
          below += of(bin);
          const top = y(below);
          if (bottom - top <= 0) return null;
          return (
            <rect key={name} x={x} y={top} width={size} height={Math.max(1, bottom - top)} fill={colour} />
          );
        })}
        {bin.errors > 0 && <rect x={x} y={HEIGHT} width={size} height={3} className={classes.failed} />}
      </g>
    );
  });
}
