// Time with its idle stretches made short: the axis of the timeline and the clock of the replay are both made of it.

export interface Stretch {
  from: number;
  to: number;
}

/** An idle stretch that was folded; `track` is where its short stand-in lies. */
export interface Fold extends Stretch {
  track: number;
  width: number;
}

/** The gaps between stretches sorted by start, overlapping and nested ones taken together. */
export function gapsBetween(activities: readonly { start: number; end: number }[]): {
  gaps: Stretch[];
  busy: number;
} {
  const gaps: Stretch[] = [];
  let busy = 0;
  let reached = activities[0]?.start ?? 0;
  for (const { start, end } of activities) {
    if (start > reached) gaps.push({ from: reached, to: start });
    busy += Math.max(0, end - Math.max(start, reached));
    reached = Math.max(reached, end);
  }
  return { gaps, busy };
}

/** Lays the stretches given (in order) on the track, each as wide as `widthOf` says and never wider than it is. */
export function placeFolds(
  start: number,
  stretches: readonly Stretch[],
  widthOf: (length: number) => number,
): Fold[] {
  let removed = 0;
  return stretches.map(({ from, to }) => {
    const width = Math.min(widthOf(to - from), to - from);
    const fold = { from, to, track: from - start - removed, width };
    removed += to - from - width;
    return fold;
  });
}

/** How many of a sorted list are at or before a value. */
export function countUpTo<T>(sorted: readonly T[], value: number, of: (item: T) => number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = sorted[middle];
    if (item !== undefined && of(item) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A function from time to track, for the folds given (in order). */
export function trackOf(start: number, folds: readonly Fold[]): (time: number) => number {
  return (time) => {
    const fold = folds[countUpTo(folds, time, ({ from }) => from) - 1];
    if (fold === undefined) return time - start;
    const inside = Math.min(1, (time - fold.from) / (fold.to - fold.from));
    return fold.track + fold.width * inside + Math.max(0, time - fold.to);
  };
}

/** The inverse of `trackOf`: the moment at a place of the track. */
export function timeAt(track: number, start: number, folds: readonly Fold[]): number {
  const fold = folds[countUpTo(folds, track, (candidate) => candidate.track) - 1];
  if (fold === undefined) return start + track;
  const inside = Math.min(1, fold.width === 0 ? 1 : (track - fold.track) / fold.width);
  return fold.from + inside * (fold.to - fold.from) + Math.max(0, track - fold.track - fold.width);
}
