// Pure: activities in time become rectangles on a folded track. No DOM, no colours, no pixels.

import { gapsBetween, placeFolds, timeAt, trackOf, type Fold, type Stretch } from '../model/foldedTime';

export interface Activity {
  id: string;
  label: string;
  start: number;
  end: number;
  isError: boolean;
  tokens: { prompt: number; completion: number };
}

export interface Bar {
  activity: Activity;
  /** Its place in the session, from 1. */
  number: number;
  lane: number;
  track: number;
  width: number;
}

export interface Layout {
  bars: Bar[];
  folds: Fold[];
  lanes: number;
  /** The whole length of the track. */
  length: number;
  start: number;
  /** The most tokens of one activity, the full height of the token bars. */
  mostTokens: number;
}

const MINUTE = 60_000;
const FOLD_SHARE = 0.06;
const ALL_FOLDS_SHARE = 0.3;

/**
 * Which gaps are folded: the longest first, each of at least a minute, for as long as one alone takes more than a
 * quarter of the picture or all together more than four times what happened. Gaps of about the same length share
 * their fate: the same wait must not be long here and short there.
 */
export function gapsToFold(gaps: readonly Stretch[], busy: number): Stretch[] {
  const lengthOf = ({ from, to }: Stretch): number => to - from;
  let idle = gaps.reduce((sum, gap) => sum + lengthOf(gap), 0);
  let shortest = Infinity;
  for (const length of gaps.map(lengthOf).sort((a, b) => b - a)) {
    if (length < MINUTE || (length <= 0.25 * (busy + idle) && idle <= 4 * busy)) break;
    shortest = length;
    idle -= length;
  }
  return gaps.filter((gap) => lengthOf(gap) >= Math.max(MINUTE, shortest * 0.6));
}

/** All folds together take at most a third of the picture, however many they are. */
function foldWidth(start: number, end: number, stretches: readonly Stretch[]): number {
  const idle = stretches.reduce((sum, { from, to }) => sum + to - from, 0);
  const open = Math.max(1, end - start - idle);
  return Math.min(FOLD_SHARE, ALL_FOLDS_SHARE / Math.max(1, stretches.length)) * open;
}

/** The first lane that is free at the start; concurrent activities stack. */
function laneFor(ends: number[], start: number, end: number): number {
  const free = ends.findIndex((reached) => reached <= start);
  const lane = free < 0 ? ends.length : free;
  ends[lane] = end;
  return lane;
}

export function layOut(unsorted: readonly Activity[]): Layout {
  const activities = [...unsorted].sort((a, b) => a.start - b.start || (a.id < b.id ? -1 : 1));
  const start = activities[0]?.start ?? 0;
  const end = activities.reduce((latest, activity) => Math.max(latest, activity.end), start);
  const { gaps, busy } = gapsBetween(activities);
  const stretches = gapsToFold(gaps, busy);
  const width = foldWidth(start, end, stretches);
  const folds = placeFolds(start, stretches, () => width);
  const place = trackOf(start, folds);
  const ends: number[] = [];
  const bars = activities.map((activity, i) => {
    const track = place(activity.start);
    return {
      activity,
      number: i + 1,
      lane: laneFor(ends, activity.start, Math.max(activity.end, activity.start)),
      track,
      width: Math.max(0, place(activity.end) - track),
    };
  });
  const mostTokens = activities.reduce(
    (most, { tokens }) => Math.max(most, tokens.prompt + tokens.completion),
    0,
  );
  return { bars, folds, lanes: Math.max(1, ends.length), length: Math.max(1, place(end)), start, mostTokens };
}

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500];
const CLOCK_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400].map(
  (s) => s * 1000,
);

/** The distance of the axis' marks: the smallest round one that leaves them room. */
export function tickStep(visible: number, room: number): number {
  const wanted = visible / Math.max(1, room);
  return [...STEPS, ...CLOCK_STEPS].find((step) => step >= wanted) ?? 86_400_000;
}

/** Round moments to mark between two places of the track; none inside a fold. */
export function ticks(
  layout: Pick<Layout, 'start' | 'folds'>,
  from: number,
  to: number,
  step: number,
): { time: number; track: number }[] {
  const place = trackOf(layout.start, layout.folds);
  const marks: { time: number; track: number }[] = [];
  let time = Math.ceil(timeAt(from, layout.start, layout.folds) / step) * step;
  const last = timeAt(to, layout.start, layout.folds);
  while (time <= last && marks.length < 200) {
    const fold = layout.folds.find((candidate) => candidate.from < time && time < candidate.to);
    if (fold !== undefined) {
      time = Math.ceil(fold.to / step) * step;
      if (time > last) break;
      continue;
    }
    marks.push({ time, track: place(time) });
    time += step;
  }
  return marks;
}
