import { countUpTo, gapsBetween, placeFolds, timeAt, trackOf, type Fold } from './foldedTime';

// The clock of a replay: session time (milliseconds since 1970) against replay time (milliseconds of watching at 1x).

/** A turn as the replay knows it. */
export interface ReplayTurn {
  id: string;
  start: number;
  end: number;
  isError: boolean;
  tokens: { prompt: number; completion: number };
  cost: number;
}

export interface ReplayClock {
  start: number;
  end: number;
  /** How long all of it takes at 1x. */
  length: number;
  folds: readonly Fold[];
}

export const SPEEDS = [1, 4, 16] as const;
export type Speed = (typeof SPEEDS)[number];

/** A wait longer than this is idle time; skipped, it lasts the second that shows that there was one. */
const IDLE_MS = 2000;
const SKIPPED_MS = 1000;

/** By start, and by id where two began together: the order in which turns are numbered. */
export const inOrder = <T extends { id: string; start: number }>(turns: readonly T[]): T[] =>
  [...turns].sort((a, b) => a.start - b.start || (a.id < b.id ? -1 : 1));

/** `turns` in order. */
export function replayClock(turns: readonly ReplayTurn[], skipsIdle: boolean): ReplayClock {
  const start = turns[0]?.start ?? 0;
  const end = turns.reduce((latest, turn) => Math.max(latest, turn.end), start);
  const idle = skipsIdle ? gapsBetween(turns).gaps.filter(({ from, to }) => to - from > IDLE_MS) : [];
  const folds = placeFolds(start, idle, () => SKIPPED_MS);
  return { start, end, folds, length: trackOf(start, folds)(end) };
}

const within = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most);

export const toReplayTime = (clock: ReplayClock, time: number): number =>
  trackOf(clock.start, clock.folds)(within(time, clock.start, clock.end));

export const toSessionTime = (clock: ReplayClock, replay: number): number =>
  within(timeAt(within(replay, 0, clock.length), clock.start, clock.folds), clock.start, clock.end);

/** The moment after `elapsed` milliseconds of watching; negative goes back. It stops at both ends. */
export const advance = (clock: ReplayClock, time: number, elapsed: number, speed: number): number =>
  toSessionTime(clock, toReplayTime(clock, time) + elapsed * speed);

/** What had been used when the turns that are over were over; a turn counts whole, at its end. */
export interface Counters {
  turns: number;
  tokens: number;
  cost: number;
}

export interface Ledger {
  ends: number[];
  /** `sums[n]` is after the first n ends. */
  sums: Counters[];
}

export function ledgerOf(turns: readonly ReplayTurn[]): Ledger {
  const byEnd = [...turns].sort((a, b) => a.end - b.end);
  let sum: Counters = { turns: 0, tokens: 0, cost: 0 };
  const sums = [sum];
  for (const { tokens, cost } of byEnd) {
    sum = {
      turns: sum.turns + 1,
      tokens: sum.tokens + tokens.prompt + tokens.completion,
      cost: sum.cost + cost,
    };
    sums.push(sum);
  }
  return { ends: byEnd.map(({ end }) => end), sums };
}

const itself = (value: number): number => value;

export function countersAt({ ends, sums }: Ledger, time: number): Counters {
  return sums[countUpTo(ends, time, itself)] ?? { turns: 0, tokens: 0, cost: 0 };
}

/** How many of the turns (in order) have begun; the last of them is the one that is looked at. */
export const begunAt = (turns: readonly ReplayTurn[], time: number): number =>
  countUpTo(turns, time, ({ start }) => start);

/** The next of some sorted moments after (or the last before) a time; `null` where there is none. */
export function nextMoment(moments: readonly number[], time: number, by: 1 | -1): number | null {
  const passed = countUpTo(moments, time, itself);
  if (by > 0) return moments[passed] ?? null;
  for (let i = passed - 1; i >= 0; i--) {
    const found = moments[i];
    if (found !== undefined && found < time) return found;
  }
  return null;
}

/** A step lands where a turn is over, so that all of it can be read; before the first one is the beginning. */
export function stepFrom(clock: ReplayClock, { ends }: Ledger, time: number, by: 1 | -1): number {
  return nextMoment(ends, time, by) ?? (by > 0 ? clock.end : clock.start);
}
