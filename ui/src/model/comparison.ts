import type { Comparison } from '../api/schema';

// What a comparison says in words: how much, whether that is more than noise, and by which test.

export type Difference = Comparison['differences'][number];
export type MetricName = Difference['metric'];

export const METRIC_WORDS: Record<MetricName, { title: string; more: string }> = {
  traceCount: { title: 'Turns per session', more: 'more turns' },
  duration: { title: 'Duration', more: 'a longer duration' },
  activeDuration: { title: 'Active duration', more: 'a longer active duration' },
  totalTokens: { title: 'Tokens per session', more: 'more tokens' },
  totalCost: { title: 'Cost per session', more: 'a higher cost' },
  errorRate: { title: 'Error rate', more: '' },
};

export const TEST_WORDS = (metric: MetricName): string =>
  metric === 'errorRate' ? 'z-test of two proportions' : 'Mann-Whitney U test, two-sided';

/** `+12%`, `-3%`, `±0%`; `null` where there is nothing to compare with. */
export function changeText(change: number | null): string | null {
  if (change === null) return null;
  const percent = Math.abs(change) < 0.1 ? Number((change * 100).toFixed(1)) : Math.round(change * 100);
  if (percent === 0) return '±0%';
  return `${percent > 0 ? '+' : '-'}${Math.abs(percent).toLocaleString('en-US')}%`;
}

/** `p = 0.031`, `p < 0.001`: adjusted for the metrics that are tested at once. */
export const qText = (q: number): string => (q < 0.001 ? 'q < 0.001' : `q = ${Number(q.toPrecision(2))}`);

export const LEAST_SESSIONS = 8;

/** Whether a metric differs, in a few words. */
export function verdict({ isSignificant, qValue }: Pick<Difference, 'isSignificant' | 'qValue'>): {
  text: string;
  kind: 'differs' | 'noise' | 'untested';
} {
  if (qValue === null) return { text: 'Not tested', kind: 'untested' };
  return isSignificant ? { text: 'Differs', kind: 'differs' } : { text: 'No more than noise', kind: 'noise' };
}

/** Why a metric is not tested. */
export function untested(counts: readonly [number, number]): string {
  return Math.min(...counts) < LEAST_SESSIONS
    ? `With fewer than ${LEAST_SESSIONS} sessions on a side nothing is tested.`
    : 'All values are equal, so there is nothing to test.';
}

/** Superiority in words: how often a session of one side has more than one of the other. */
export function superiorityText(
  { metric, superiority }: Pick<Difference, 'metric' | 'superiority'>,
  base: string,
  current: string,
): string | null {
  if (superiority === null) return null;
  const { more } = METRIC_WORDS[metric];
  const percent = Math.round(superiority * 100);
  if (percent === 50) return `A session of ${current} has ${more} than one of ${base} as often as not`;
  const [first, second, share] = percent > 50 ? [current, base, percent] : [base, current, 100 - percent];
  return `In ${share}% of pairs the session of ${first} has ${more} than that of ${second}`;
}

/** One sentence for all of it. */
export function summaryOf(differences: readonly Difference[]): string {
  const tested = differences.filter(({ qValue }) => qValue !== null);
  if (tested.length === 0) return 'Nothing could be tested.';
  const found = tested.filter(({ isSignificant }) => isSignificant);
  if (found.length === 0) return `None of ${tested.length} metrics differs by more than noise.`;
  const names = found.map(({ metric }) => METRIC_WORDS[metric].title.toLowerCase());
  return `${found.length} of ${tested.length} metrics ${found.length === 1 ? 'differs' : 'differ'} by more than noise: ${names.join(', ')}.`;
}
