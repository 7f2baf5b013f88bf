import { useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';

import { useElementWidth } from '../../state/elementWidth';
import { useNow } from '../../state/now';
import { useShortcut } from '../../state/shortcuts';
import { barsOf, barsSentence, rangeOfBars, type Interval } from '../../model/overTime';
import { formatDateTime } from '../../format/time';

import classes from './OverTime.module.css';

import type { SessionAnalytics } from '../../api/schema';
import type { Range } from '../../state/listState';

interface Props {
  figures: SessionAnalytics;
  interval: Interval;
  range: Range;
  onRange: (range: Range) => void;
}

interface Brush {
  from: number;
  to: number;
}

const HEIGHT = 40;
const LEAST_BAR = 5;

/**
 * When the sessions of the list began. A stretch of it becomes the time range: dragged, or with the arrow keys (with
 * shift from where they were) and enter; escape lets it be.
 */
export function OverTime({ figures, interval, range, onRange }: Props) {
  const ref = useRef<HTMLDivElement>(null);
  const width = useElementWidth(ref);
  const now = useNow();
  const [brush, setBrush] = useState<Brush | null>(null);
  const [hover, setHover] = useState<number | null>(null);
  const dragging = useRef(false);
  // Where to go back to when the range is cleared.
  const [before, setBefore] = useState<Range>({ kind: 'all' });

  const bars = barsOf(figures.series, interval, Math.max(1, Math.floor(width / LEAST_BAR)));
  const most = Math.max(1, ...bars.map((bar) => bar.sessionCount));
  const step = width / Math.max(1, bars.length);
  const last = bars.length - 1;
  const shown = brush ?? (hover === null ? null : { from: hover, to: hover });

  const apply = (): void => {
    setBrush(null);
    setHover(null);
    const next = brush === null ? null : rangeOfBars(bars, brush.from, brush.to);
    if (next === null) return;
    if (range.kind !== 'custom') setBefore(range);
    onRange(next);
  };
  const barAt = (event: PointerEvent): number => {
    const box = ref.current?.getBoundingClientRect();
    const x = event.clientX - (box?.left ?? 0);
    return Math.min(Math.max(Math.floor(x / step), 0), last);
  };
  const group = 'In the chart over time';
  useShortcut({ keys: 'ArrowLeft ArrowRight', label: 'Choose a time', group, isLocal: true }, null);
  useShortcut({ keys: 'Shift+ArrowRight', label: 'Choose more', group, isLocal: true }, null);
  useShortcut({ keys: 'Enter', label: 'Show that time', group, isLocal: true }, null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = brush?.to ?? -1;
    const moves: Record<string, number> = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last };
    const wanted = moves[event.key];
    if (wanted !== undefined) {
      const to = Math.min(Math.max(wanted, 0), last);
      setBrush({ from: event.shiftKey && brush !== null ? brush.from : to, to });
    } else if (event.key === 'Enter' && brush !== null) apply();
    else if (event.key === 'Escape' && brush !== null) setBrush(null);
    else return;
    event.preventDefault();
  };
  const said = shown === null ? '' : barsSentence(bars, shown.from, shown.to, now);
  return (
    <div className={classes.chart}>
      <div
        ref={ref}
        className={classes.plot}
        role="slider"
        tabIndex={0}
        aria-label="Sessions over time"
        aria-description="Arrow keys choose a stretch, with shift a longer one; enter shows its sessions."
        aria-valuemin={0}
        aria-valuemax={Math.max(last, 0)}
        aria-valuenow={brush?.to ?? 0}
        aria-valuetext={said || barsSentence(bars, 0, last, now) || 'No session'}
        onKeyDown={onKeyDown}
        onBlur={() => setBrush(null)}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          dragging.current = true;
          const at = barAt(event);
          setBrush({ from: at, to: at });
        }}
        onPointerMove={(event) => {
          const at = barAt(event);
          setHover(at);
          if (dragging.current) setBrush((old) => ({ from: old?.from ?? at, to: at }));
        }}
        onPointerLeave={() => setHover(null)}
        onPointerUp={() => {
          if (dragging.current) apply();
          dragging.current = false;
        }}
        onPointerCancel={() => {
          dragging.current = false;
          setBrush(null);
        }}
      >
        <svg width="100%" height={HEIGHT} aria-hidden="true">
          {shown !== null && (
            <rect
              className={classes.brush}
              x={Math.min(shown.from, shown.to) * step}
              width={(Math.abs(shown.to - shown.from) + 1) * step}
              height={HEIGHT}
            />
          )}
          {bars.map((bar, i) => {
            if (bar.sessionCount === 0) return null;
            const tall = Math.max(2, (bar.sessionCount / most) * (HEIGHT - 2));
            const failed = (bar.failedSessionCount / bar.sessionCount) * tall;
            const box = { x: i * step + 0.5, width: Math.max(1, Math.min(step - 1, 40)) };
            return (
              <g key={bar.from}>
                <rect className={classes.bar} {...box} y={HEIGHT - tall} height={tall} rx={1} />
                {failed > 0 && (
                  <rect className={classes.failed} {...box} y={HEIGHT - failed} height={failed} rx={1} />
                )}
              </g>
            );
          })}
        </svg>
      </div>
      <div className={classes.axis}>
        <span>{bars[0] && formatDateTime(bars[0].from, now)}</span>
        <span className={classes.said}>{said}</span>
        {range.kind === 'custom' && (
          <button type="button" onClick={() => onRange(before)}>
            Clear the range
          </button>
        )}
        <span>{bars[last] && formatDateTime(bars[last].to, now)}</span>
      </div>
    </div>
  );
}
