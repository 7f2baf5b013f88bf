import { describe, expect, it } from 'vitest';

import { timeAt, trackOf } from '../model/foldedTime';

import { barAt } from './hit';
import { gapsToFold, layOut, tickStep, ticks, type Activity } from './layout';
import { clamp, pan, reveal, toPx, toTrack, zoom } from './viewport';

const activity = (start: number, end: number, id = `${start}`): Activity => ({
  id,
  label: 'chat-turn',
  start: start * 1000,
  end: end * 1000,
  isError: false,
  tokens: { prompt: 10, completion: 5 },
});

describe('the layout', () => {
  it('keeps the time between four quick turns', () => {
    const { bars, folds, length } = layOut([
      activity(0, 2),
      activity(15, 17),
      activity(45, 47),
      activity(60, 62),
    ]);
    expect(folds).toEqual([]);
    expect(bars.map((bar) => [bar.number, bar.track, bar.width])).toEqual([
      [1, 0, 2000],
      [2, 15_000, 2000],
      [3, 45_000, 2000],
      [4, 60_000, 2000],
    ]);
    expect(length).toBe(62_000);
  });

  it('folds a long wait and says how long it was', () => {
    const { folds, bars, length } = layOut([activity(0, 95), activity(635, 730)]);
    expect(folds).toHaveLength(1);
    expect(folds[0]).toMatchObject({ from: 95_000, to: 635_000, track: 95_000 });
    expect(length).toBeLessThan(210_000);
    expect(bars[1]?.width).toBe(95_000);
  });

  it('folds many waits of minutes until what happened can be seen', () => {
    const turns = Array.from({ length: 400 }, (_, i) => activity(i * 186, i * 186 + 6));
    const { length, folds } = layOut(turns);
    expect(folds.length).toBeGreaterThan(300);
    expect(length).toBeLessThan(400 * 6 * 1000 * 6.5);
  });

  it('stacks what happens at once', () => {
    const { bars, lanes } = layOut([
      activity(0, 10, 'a'),
      activity(2, 4, 'b'),
      activity(5, 8, 'c'),
      activity(6, 7, 'd'),
    ]);
    expect(bars.map(({ lane }) => lane)).toEqual([0, 1, 1, 2]);
    expect(lanes).toBe(3);
  });

  it('stands with no activity, and with one of no length', () => {
    expect(layOut([])).toMatchObject({ bars: [], lanes: 1, length: 1 });
    expect(layOut([activity(5, 5)])).toMatchObject({ length: 1, bars: [{ track: 0, width: 0 }] });
  });

  it('treats equal waits alike', () => {
    const turns = Array.from({ length: 50 }, (_, i) => activity(i * 95, i * 95 + 5));
    expect(layOut(turns).folds).toHaveLength(49);
  });

  it('leaves short gaps alone', () => {
    expect(gapsToFold([{ from: 0, to: 59_999 }], 1)).toEqual([]);
  });

  it('goes from time to track and back', () => {
    const { folds, start } = layOut([activity(100, 110), activity(4000, 4010), activity(9000, 9010)]);
    const place = trackOf(start, folds);
    for (const time of [100_000, 105_000, 2_000_000, 4_005_000, 7_000_000, 9_010_000]) {
      expect(timeAt(place(time), start, folds)).toBeCloseTo(time, 3);
    }
  });

  it('marks round moments, none inside a fold', () => {
    const layout = layOut([activity(0, 60), activity(36_000, 36_060)]);
    const marks = ticks(layout, 0, layout.length, tickStep(layout.length, 8));
    expect(marks.length).toBeGreaterThan(3);
    expect(marks.every(({ time }) => time % 15_000 === 0)).toBe(true);
    expect(marks.some(({ time }) => time > 60_000 && time < 36_000_000)).toBe(false);
  });
});

describe('the viewport', () => {
  const all = { start: 0, end: 1000 };

  it('goes from track to pixels and back', () => {
    expect(toPx(250, all, 800)).toBe(200);
    expect(toTrack(200, all, 800)).toBe(250);
  });

  it('zooms around the point that is looked at', () => {
    const view = zoom(all, 0.5, 400, 1000);
    expect(view).toEqual({ start: 200, end: 700 });
    expect(toPx(400, view, 800)).toBe(toPx(400, all, 800));
  });

  it('stays inside', () => {
    expect(zoom(all, 3, 500, 1000)).toEqual(all);
    expect(pan({ start: 800, end: 1000 }, 500, 1000)).toEqual({ start: 800, end: 1000 });
    expect(clamp({ start: 10, end: 10 }, 1000)).toEqual({ start: 10, end: 30 });
  });

  it('moves only as far as needed to show something', () => {
    const view = { start: 100, end: 300 };
    expect(reveal(view, 150, 200, 1000)).toBe(view);
    expect(reveal(view, 400, 410, 1000)).toEqual({ start: 230, end: 430 });
    expect(reveal(view, 0, 50, 1000)).toEqual({ start: 0, end: 200 });
  });
});

describe('hitting a bar', () => {
  const layout = layOut([activity(0, 1, 'a'), activity(50, 50.001, 'b'), activity(100, 101, 'c')]);
  const view = { start: 0, end: layout.length };

  it('finds the one under the pointer, and narrow ones within reach', () => {
    const at = (px: number): string | undefined => barAt(layout, view, 1000, px, 0)?.activity.id;
    const px = toPx(50_000, view, 1000);
    expect([at(2), at(px - 4), at(px - 20), at(999)]).toEqual(['a', 'b', undefined, 'c']);
  });
});
