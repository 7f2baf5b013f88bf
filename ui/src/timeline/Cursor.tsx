import { useMemo, useSyncExternalStore } from 'react';

import { trackOf } from '../model/foldedTime';

import { toPx, type Viewport } from './viewport';
import classes from './Timeline.module.css';

import type { Layout } from './layout';

/** A moment that moves. */
export interface TimeSource {
  subscribe: (listener: () => void) => () => void;
  time: () => number;
}

interface Props {
  source: TimeSource;
  layout: Layout;
  view: Viewport;
  width: number;
}

/** Where a replay stands: a line over the picture, and a veil over what has not happened yet. */
export function Cursor({ source, layout, view, width }: Props) {
  const time = useSyncExternalStore(source.subscribe, source.time);
  const place = useMemo(() => trackOf(layout.start, layout.folds), [layout]);
  const x = Math.min(Math.max(toPx(place(time), view, width), -2), width);
  return <div className={classes.cursor} style={{ transform: `translateX(${x}px)`, width: width - x }} />;
}
