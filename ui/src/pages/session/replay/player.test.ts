import { describe, expect, it } from 'vitest';

import { ReplayPlayer } from './player';

import type { ReplayTurn } from '../../../model/replay';

const turn = (start: number, end: number): ReplayTurn => ({
  id: `t-${start}`,
  start,
  end,
  isError: false,
  tokens: { prompt: 1, completion: 1 },
  cost: 0,
});
const TURNS = [turn(0, 2000), turn(62_000, 64_000)];

describe('the player', () => {
  it('plays at its speed, and stops by itself at the end', () => {
    const player = new ReplayPlayer(TURNS, 0);
    player.toggle();
    player.setSpeed(4);
    player.tick(250);
    expect(player.state()).toEqual({ time: 1000, isPlaying: true, speed: 4, skipsIdle: true });
    player.tick(60_000);
    expect(player.state()).toEqual({ time: 64_000, isPlaying: false, speed: 4, skipsIdle: true });
  });

  it('begins again where it is played from the end', () => {
    const player = new ReplayPlayer(TURNS, 64_000);
    player.toggle();
    expect(player.state()).toMatchObject({ time: 0, isPlaying: true });
  });

  it('stays at a moment that was looked for', () => {
    const player = new ReplayPlayer(TURNS, 0);
    player.toggle();
    player.seek(1500);
    player.tick(1000);
    expect(player.state()).toMatchObject({ time: 1500, isPlaying: false });
    player.scrub(1000);
    expect(player.time()).toBe(32_000);
    player.scrub(-1000);
    expect(player.time()).toBe(1500);
  });

  it('keeps the moment when idle time counts again, and when turns arrive', () => {
    const player = new ReplayPlayer(TURNS, 63_000);
    const lengths = [player.clock().length];
    player.setSkipsIdle(false);
    lengths.push(player.clock().length);
    player.setTurns([...TURNS, turn(65_000, 70_000)]);
    lengths.push(player.clock().length);
    expect(lengths).toEqual([5000, 64_000, 70_000]);
    expect(player.time()).toBe(63_000);
  });

  it('tells everyone who listens, until they stop', () => {
    const player = new ReplayPlayer(TURNS, 0);
    let told = 0;
    const stop = player.subscribe(() => told++);
    player.seek(10);
    stop();
    player.seek(20);
    expect(told).toBe(1);
  });
});
