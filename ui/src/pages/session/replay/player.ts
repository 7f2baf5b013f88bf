import { advance, replayClock, type ReplayClock, type ReplayTurn, type Speed } from '../../../model/replay';

export interface ReplayState {
  /** The moment in session time (milliseconds since 1970). */
  time: number;
  isPlaying: boolean;
  speed: Speed;
  skipsIdle: boolean;
}

/** What is replayed and where it stands. Whoever shows a part of it listens to that part alone. */
export class ReplayPlayer {
  #listeners = new Set<() => void>();
  #turns: readonly ReplayTurn[];
  #clock: ReplayClock;
  #state: ReplayState;

  constructor(turns: readonly ReplayTurn[], time: number) {
    this.#turns = turns;
    this.#clock = replayClock(turns, true);
    this.#state = { time, isPlaying: false, speed: 1, skipsIdle: true };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = (): ReplayState => this.#state;
  readonly time = (): number => this.#state.time;
  readonly clock = (): ReplayClock => this.#clock;

  /** More turns have been loaded, or have happened. */
  setTurns(turns: readonly ReplayTurn[]): void {
    if (turns === this.#turns) return;
    this.#turns = turns;
    this.#clock = replayClock(turns, this.#state.skipsIdle);
    this.#tell();
  }

  /** Playing on from the end begins again. */
  toggle(): void {
    const { isPlaying, time } = this.#state;
    if (isPlaying) this.#change({ isPlaying: false });
    else this.#change({ isPlaying: true, time: time >= this.#clock.end ? this.#clock.start : time });
  }

  pause(): void {
    this.#change({ isPlaying: false });
  }

  /** Goes to a moment; who looks for one wants to stay there. */
  seek(time: number): void {
    this.#change({ time, isPlaying: false });
  }

  /** So many milliseconds of watching at 1x onwards, or back. */
  scrub(elapsed: number): void {
    this.seek(advance(this.#clock, this.#state.time, elapsed, 1));
  }

  setSpeed(speed: Speed): void {
    this.#change({ speed });
  }

  setSkipsIdle(skipsIdle: boolean): void {
    this.#clock = replayClock(this.#turns, skipsIdle);
    this.#change({ skipsIdle });
  }

  /** `elapsed` milliseconds went by before the eyes. */
  tick(elapsed: number): void {
    const { time, speed, isPlaying } = this.#state;
    if (!isPlaying) return;
    const next = advance(this.#clock, time, elapsed, speed);
    this.#change({ time: next, isPlaying: next < this.#clock.end });
  }

  #change(change: Partial<ReplayState>): void {
    this.#state = { ...this.#state, ...change };
    this.#tell();
  }

  #tell(): void {
    this.#listeners.forEach((listener) => listener());
  }
}
