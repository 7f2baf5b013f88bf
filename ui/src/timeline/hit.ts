import { toPx, type Viewport } from './viewport';

import type { Bar, Layout } from './layout';

/** The bar under a point, or the nearest one within reach of a finger; the narrow ones would else be unhittable. */
export function barAt(layout: Layout, view: Viewport, width: number, px: number, lane: number): Bar | null {
  const reach = 5;
  let nearest: { bar: Bar; distance: number } | null = null;
  for (const bar of layout.bars) {
    if (bar.lane !== lane) continue;
    const left = toPx(bar.track, view, width);
    const right = Math.max(left + 3, toPx(bar.track + bar.width, view, width));
    const distance = px < left ? left - px : px > right ? px - right : 0;
    if (distance <= reach && (nearest === null || distance < nearest.distance)) nearest = { bar, distance };
  }
  return nearest?.bar ?? null;
}
