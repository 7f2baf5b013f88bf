// Where the marks of a value axis stand: at round values, from 0 to the first at or above the highest.

const STEPS = [1, 2, 5, 10];
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Durations that people find round, in milliseconds. */
const ROUND_MS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].map((n) => n * DAY),
];

export type AxisUnit = 'number' | 'whole' | 'duration';

function stepFor(least: number, unit: AxisUnit): number {
  if (unit === 'duration') return ROUND_MS.find((ms) => ms >= least) ?? least;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = (STEPS.find((n) => n * power >= least * (1 - 1e-9)) ?? 10) * power;
  return unit === 'whole' ? Math.max(1, step) : step;
}

/** Round values from 0 on, about `count` above it; the last is the top of the axis. */
export function axisTicks(most: number, unit: AxisUnit = 'number', count = 3): number[] {
  if (!(most > 0) || !Number.isFinite(most)) return unit === 'duration' ? [0, SECOND] : [0, 1];
  const step = stepFor(most / count, unit);
  const steps = Math.max(1, Math.ceil(most / step - 1e-9));
  // Multiplied and cut, since adding 0.1 over and over is not 0.3.
  return Array.from({ length: steps + 1 }, (_, at) => Number((at * step).toPrecision(12)));
}

/** Which of so many places along the other axis get their name, the first always, so that names do not touch. */
export function namedPlaces(count: number, width: number, nameWidth: number): number[] {
  const fit = Math.max(1, Math.floor(width / nameWidth));
  const every = Math.max(1, Math.ceil(count / fit));
  return Array.from({ length: Math.ceil(count / every) }, (_, at) => at * every);
}
