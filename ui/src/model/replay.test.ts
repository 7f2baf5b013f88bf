import { describe, expect, it } from 'vitest';

import {
  advance,
  begunAt,
  countersAt,
  inOrder,
  ledgerOf,
  nextMoment,
  replayClock,
  stepFrom,
  toReplayTime,
  toSessionTime,
  type ReplayTurn,
} from './replay';

const turn = (start: number, end: number, facts: Partial<ReplayTurn> = {}): ReplayTurn => ({
  id: `t-${start}`,
  start,
  end,
  isError: false,
  tokens: { prompt: 10, completion: 5 },
  cost: 0.25,
  ...facts,
});

// 5 s, 55 s of waiting, 3 s, a second, 2 s.
const TURNS = [turn(100_000, 105_000), turn(160_000, 163_000), turn(164_000, 166_000)];

/** The same numbers on every run. */
function* numbers(seed: number): Generator<number, never> {
  for (;;) {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield seed / 2_147_483_648;
  }
}

describe('the clock of a replay', () => {
  it('is the time of the session where nothing is skipped', () => {
    const clock = replayClock(TURNS, false);
    expect(clock).toEqual({ start: 100_000, end: 166_000, length: 66_000, folds: [] });
    expect(toReplayTime(clock, 130_000)).toBe(30_000);
    expect(toSessionTime(clock, 30_000)).toBe(130_000);
  });

  it('lets a skipped wait last a second, and a short one as long as it was', () => {
    const clock = replayClock(TURNS, true);
    expect(clock.folds).toEqual([{ from: 105_000, to: 160_000, track: 5000, width: 1000 }]);
    expect(clock.length).toBe(12_000);
    expect(
      [100_000, 105_000, 132_500, 160_000, 163_000, 166_000].map((time) => toReplayTime(clock, time)),
    ).toEqual([0, 5000, 5500, 6000, 9000, 12_000]);
  });

  it('never leaves the session, and stands still in one without length', () => {
    const clock = replayClock(TURNS, true);
    expect(advance(clock, 165_000, 10_000, 16)).toBe(166_000);
    expect(advance(clock, 101_000, -10_000, 1)).toBe(100_000);
    expect(toReplayTime(clock, 0)).toBe(0);
    expect(replayClock([], true)).toEqual({ start: 0, end: 0, length: 0, folds: [] });
    const instant = replayClock([turn(7, 7)], true);
    expect(advance(instant, 7, 1000, 16)).toBe(7);
  });

  it('goes 16 times as far at 16x, folds included', () => {
    const clock = replayClock(TURNS, true);
    expect(advance(clock, 100_000, 250, 16)).toBe(104_000);
    expect(advance(clock, 104_000, 250, 16)).toBe(162_000);
  });

  it('comes back to the same moment from any place, always onwards', () => {
    const random = numbers(7);
    for (let run = 0; run < 200; run++) {
      let at = Math.floor(random.next().value * 1e12);
      const turns = Array.from({ length: 1 + Math.floor(random.next().value * 12) }, () => {
        const start = at + Math.floor(random.next().value ** 4 * 500_000);
        const end = start + Math.floor(random.next().value * 9000);
        at = random.next().value < 0.3 ? start : end;
        return turn(start, end);
      });
      const clock = replayClock(inOrder(turns), run % 2 === 0);
      let before = -1;
      for (let part = 0; part <= 50; part++) {
        const replay = (clock.length * part) / 50;
        const time = toSessionTime(clock, replay);
        expect(time).toBeGreaterThanOrEqual(before);
        expect(toReplayTime(clock, time)).toBeCloseTo(replay, 0);
        before = time;
      }
      expect([toSessionTime(clock, 0), toSessionTime(clock, clock.length)]).toEqual([clock.start, clock.end]);
    }
  });
});

describe('the counters of a replay', () => {
  it('count a turn when it is over', () => {
    const ledger = ledgerOf(TURNS);
    expect([99_000, 104_999, 105_000, 165_000, 166_000].map((time) => countersAt(ledger, time))).toEqual([
      { turns: 0, tokens: 0, cost: 0 },
      { turns: 0, tokens: 0, cost: 0 },
      { turns: 1, tokens: 15, cost: 0.25 },
      { turns: 2, tokens: 30, cost: 0.5 },
      { turns: 3, tokens: 45, cost: 0.75 },
    ]);
  });

  it('know which turns have begun', () => {
    expect([0, 100_000, 163_500, 200_000].map((time) => begunAt(TURNS, time))).toEqual([0, 1, 2, 3]);
  });
});

describe('a step of the replay', () => {
  const clock = replayClock(TURNS, true);
  const ledger = ledgerOf(TURNS);

  it('lands where the next turn is over, and back where the one before was', () => {
    expect([100_000, 105_000, 130_000, 166_000].map((time) => stepFrom(clock, ledger, time, 1))).toEqual([
      105_000, 163_000, 163_000, 166_000,
    ]);
    expect([166_000, 164_000, 163_000, 105_000].map((time) => stepFrom(clock, ledger, time, -1))).toEqual([
      163_000, 163_000, 105_000, 100_000,
    ]);
  });

  it('does not stay where several turns end at once', () => {
    expect(nextMoment([5, 9, 9, 12], 9, 1)).toBe(12);
    expect(nextMoment([5, 9, 9, 12], 9, -1)).toBe(5);
    expect(nextMoment([5], 5, -1)).toBe(null);
  });
});
