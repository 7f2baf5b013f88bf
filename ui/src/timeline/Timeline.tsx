import { Data } from '../parts/Data';
import { ActionIcon, useComputedColorScheme } from '@mantine/core';
import { useLayoutEffect, useMemo, useRef, useState, type PointerEvent } from 'react';

import { formatDuration } from '../format/duration';
import { exactTokens, plural } from '../format/numbers';
import { formatClock, localZone, zoneName } from '../format/time';
import { Icon } from '../parts/Icon';
import { useElementWidth } from '../state/elementWidth';
import { useShortcut } from '../state/shortcuts';

import { Cursor, type TimeSource } from './Cursor';
import { draw, laneHeight, lanesTop, pictureHeight, type Palette } from './draw';
import { barAt } from './hit';
import { layOut, type Activity, type Bar } from './layout';
import { readPalette } from './palette';
import { useViewport } from './useViewport';
import classes from './Timeline.module.css';

interface Props {
  activities: readonly Activity[];
  selected: string | null;
  onSelect: (id: string) => void;
  onStep: (by: 1 | -1) => void;
  /** The moment of a replay, which moves without the picture being drawn again. */
  cursor?: TimeSource | null;
}

interface Point {
  x: number;
  lane: number;
}

/** All turns over wall time. Only connects: what is where is `layout`, what it looks like is `draw`. */
export function Timeline({ activities, selected, onSelect, onStep, cursor = null }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useElementWidth(box);
  const scheme = useComputedColorScheme();
  const layout = useMemo(() => layOut(activities), [activities]);
  const { view, isWhole, zoomBy, panBy, fit } = useViewport(canvas, layout, width, selected);
  // The point and not the bar: zooming moves other bars under a pointer that rests.
  const [point, setPoint] = useState<Point | null>(null);
  const hover = point === null ? null : barAt(layout, view, width, point.x, point.lane);
  const drag = useRef<{ x: number; moved: boolean } | null>(null);
  const height = pictureHeight(layout);
  // Reading the colours makes the browser work out all styles: once for each scheme is enough.
  const palette = useRef<{ scheme: string; colours: Palette } | null>(null);

  useLayoutEffect(() => {
    const element = canvas.current;
    const ctx = element?.getContext('2d');
    if (!element || !ctx) return;
    const density = window.devicePixelRatio || 1;
    element.width = Math.round(width * density);
    element.height = Math.round(height * density);
    ctx.setTransform(density, 0, 0, density, 0, 0);
    if (palette.current?.scheme !== scheme) palette.current = { scheme, colours: readPalette() };
    draw(
      ctx,
      { layout, view, width, selected, hovered: hover?.activity.id ?? null },
      palette.current.colours,
    );
  }, [layout, view, width, height, selected, hover, scheme]);

  const pointOf = (event: PointerEvent): Point => {
    const rect = event.currentTarget.getBoundingClientRect();
    const lane = Math.floor((event.clientY - rect.top - lanesTop) / laneHeight(layout.lanes));
    // Below the lanes the token bars stand for the first lane.
    return { x: event.clientX - rect.left, lane: lane >= layout.lanes ? 0 : lane };
  };

  const onPointerMove = (event: PointerEvent): void => {
    if (drag.current === null) {
      setPoint(pointOf(event));
      return;
    }
    const by = event.clientX - drag.current.x;
    if (!drag.current.moved && Math.abs(by) < 4) return;
    drag.current = { x: event.clientX, moved: true };
    setPoint(null);
    panBy(-by);
  };

  const onPointerUp = (event: PointerEvent): void => {
    const wasDrag = drag.current?.moved === true;
    drag.current = null;
    const { x, lane } = pointOf(event);
    const hit = barAt(layout, view, width, x, lane);
    if (!wasDrag && hit !== null) onSelect(hit.activity.id);
  };

  const group = 'In the timeline';
  useShortcut({ keys: 'ArrowLeft ArrowRight', label: 'Previous and next turn', group, isLocal: true }, null);
  useShortcut({ keys: '+ -', label: 'Zoom in and out', group, isLocal: true }, null);
  useShortcut({ keys: '0', label: 'Show all', group, isLocal: true }, null);
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const run = {
      ArrowRight: () => onStep(1),
      ArrowLeft: () => onStep(-1),
      '+': () => zoomBy(0.6),
      '-': () => zoomBy(1.6),
      '0': fit,
    }[event.key];
    if (run === undefined || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    run();
  };

  const zone = zoneName(layout.start, localZone());
  return (
    <section className={classes.timeline} aria-label="Timeline">
      <div className={classes.gutter} aria-hidden="true">
        <span style={{ top: 1 }}>{zone.split(' ')[0]}</span>
        <span style={{ top: lanesTop + 3 }}>turns</span>
        {layout.mostTokens > 0 && <span style={{ bottom: 4 }}>tokens</span>}
      </div>
      <div ref={box} className={classes.box} style={{ height }}>
        <canvas
          ref={canvas}
          tabIndex={0}
          role="img"
          aria-label={`Timeline of ${plural(layout.bars.length, 'turn')}, times in ${zone}. Left and right arrows go from turn to turn, plus and minus zoom, 0 shows all.`}
          className={classes.canvas}
          style={{ width, height, cursor: hover === null ? (isWhole ? 'default' : 'grab') : 'pointer' }}
          onKeyDown={onKeyDown}
          onPointerDown={(event) => (drag.current = { x: event.clientX, moved: false })}
          onPointerMove={onPointerMove}
          onPointerUp={onPointerUp}
          onPointerLeave={() => {
            drag.current = null;
            setPoint(null);
          }}
        />
        {cursor !== null && <Cursor source={cursor} layout={layout} view={view} width={width} />}
        {hover !== null && point !== null && <HoverCard bar={hover} x={point.x} width={width} top={height} />}
      </div>
      <div className={classes.zoom} role="group" aria-label="Zoom of the timeline">
        {!isWhole && (
          <button type="button" className={classes.fit} onClick={fit}>
            Show all
          </button>
        )}
        <ActionIcon
          variant="subtle"
          color="gray"
          size="xs"
          aria-label="Zoom in"
          data-tip="Zoom in (ctrl and wheel)"
          onClick={() => zoomBy(0.6)}
        >
          <Icon name="plus" size={12} />
        </ActionIcon>
      </div>
    </section>
  );
}

function HoverCard({ bar, x, width, top }: { bar: Bar; x: number; width: number; top: number }) {
  const { activity, number } = bar;
  const tokens = activity.tokens.prompt + activity.tokens.completion;
  return (
    <div
      className={classes.hover}
      style={{ left: Math.min(Math.max(0, x - 110), Math.max(0, width - 228)), top: top - 2 }}
      role="status"
    >
      <strong>
        {number} · <Data>{activity.label}</Data>
      </strong>
      <span>
        {formatClock(activity.start)} · {formatDuration(activity.end - activity.start)}
        {tokens > 0 && ` · ${exactTokens(tokens)}`}
      </span>
      {activity.isError && <span className={classes.error}>! ended in an error</span>}
    </div>
  );
}
