// Three spaces, always named:
//   time   milliseconds since 1970, as the data has it
//   track  milliseconds on the folded axis: idle gaps have become short, 0 is the start of the session
//   px     CSS pixels on the canvas, 0 at the left edge; the device's pixels are known to the canvas only

/** The part of the track that is seen, from `start` to `end` in track milliseconds. */
export interface Viewport {
  start: number;
  end: number;
}

/** No closer than this: below it the bars of the shortest spans (1 ms) fill the screen. */
const SMALLEST = 20;

export const toPx = (track: number, view: Viewport, width: number): number =>
  ((track - view.start) / (view.end - view.start)) * width;

export const toTrack = (px: number, view: Viewport, width: number): number =>
  view.start + (px / width) * (view.end - view.start);

export function clamp(view: Viewport, length: number): Viewport {
  const size = Math.min(Math.max(view.end - view.start, Math.min(SMALLEST, length)), length);
  const start = Math.min(Math.max(view.start, 0), length - size);
  return { start, end: start + size };
}

/** Zooms by a factor (below 1 goes closer) around a point of the track that stays where it is. */
export function zoom(view: Viewport, factor: number, around: number, length: number): Viewport {
  return clamp(
    { start: around - (around - view.start) * factor, end: around + (view.end - around) * factor },
    length,
  );
}

export function pan(view: Viewport, by: number, length: number): Viewport {
  return clamp({ start: view.start + by, end: view.end + by }, length);
}

/** The view moved as little as needed for a stretch to be seen. */
export function reveal(view: Viewport, start: number, end: number, length: number): Viewport {
  const size = view.end - view.start;
  if (start >= view.start && end <= view.end) return view;
  if (end - start > size) return clamp({ start, end: start + size }, length);
  const margin = Math.min(size * 0.1, (size - (end - start)) / 2);
  const from = start < view.start ? start - margin : end + margin - size;
  return clamp({ start: from, end: from + size }, length);
}
