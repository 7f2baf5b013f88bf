import { exactDuration, formatDuration, parseDuration } from '../format/duration';
import { exactCost, formatCost } from '../format/money';
import { formatCount } from '../format/numbers';

import type { AlertRule, AlertRuleBody } from '../api/schema';

type Unit = 'cost' | 'count' | 'time' | 'share';

interface Metric {
  name: string;
  label: string;
  unit: Unit;
}

/** What a rule can look at in one session. */
export const SESSION_METRICS: readonly Metric[] = [
  { name: 'totalCost', label: 'cost', unit: 'cost' },
  { name: 'totalTokens', label: 'tokens', unit: 'count' },
  { name: 'traceCount', label: 'turns', unit: 'count' },
  { name: 'errorCount', label: 'failed turns', unit: 'count' },
  { name: 'duration', label: 'duration', unit: 'time' },
  { name: 'activeDuration', label: 'active time', unit: 'time' },
  { name: 'toolCount', label: 'tool calls', unit: 'count' },
  { name: 'sameToolCalls', label: 'the same tool call again and again', unit: 'count' },
  { name: 'openToolCall', label: 'a tool call that does not end', unit: 'time' },
];

/** What it can look at in all sessions of a window. */
export const WINDOW_METRICS: readonly Metric[] = [
  { name: 'errorRate', label: 'share of sessions with an error', unit: 'share' },
  { name: 'completionRate', label: 'share that reached a goal', unit: 'share' },
  { name: 'totalCost', label: 'cost', unit: 'cost' },
  { name: 'totalTokens', label: 'tokens', unit: 'count' },
  { name: 'sessionCount', label: 'sessions', unit: 'count' },
];

export const UNITS: Record<Unit, string> = {
  cost: 'US dollars',
  count: 'number',
  time: 'such as 30s or 5m',
  share: 'percent',
};

export type Subject = 'session' | 'aggregate';

export const metricsOf = (subject: Subject): readonly Metric[] =>
  subject === 'session' ? SESSION_METRICS : WINDOW_METRICS;

const metric = (subject: Subject, name: string): Metric =>
  metricsOf(subject).find((one) => one.name === name) ?? { name, label: name, unit: 'count' };

export const unitOf = (subject: Subject, name: string): Unit => metric(subject, name).unit;

export function formatValue(unit: Unit, value: number): string {
  if (unit === 'cost') return formatCost(value);
  if (unit === 'time') return formatDuration(value);
  if (unit === 'share') return `${Number((value * 100).toFixed(1))} %`;
  return formatCount(value);
}

export function exactValue(unit: Unit, value: number): string {
  if (unit === 'cost') return exactCost(value);
  if (unit === 'time') return exactDuration(value);
  return unit === 'share' ? `${value * 100} %` : value.toLocaleString('en-US');
}

/** A rule as it stands in the form, every number as it is typed. */
export interface RuleDraft {
  name: string;
  subject: Subject;
  metric: string;
  side: 'above' | 'below';
  threshold: string;
  window: string;
  goal: string;
  minSessions: string;
  filter: string;
  url: string;
  secret: string;
}

export const NEW_RULE: RuleDraft = {
  name: '',
  subject: 'session',
  metric: 'totalCost',
  side: 'above',
  threshold: '',
  window: '1h',
  goal: '',
  minSessions: '10',
  filter: '',
  url: '',
  secret: '',
};

const isNumber = (value: unknown): value is number => typeof value === 'number';
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const PARTS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

/** `1h 2m 3s`: exactly, as it can be typed. */
function typedDuration(ms: number): string {
  let left = Math.round(ms);
  const said = PARTS.flatMap(([unit, size]) => {
    const count = Math.floor(left / size);
    left -= count * size;
    return count === 0 ? [] : [`${count}${unit}`];
  });
  return said.join(' ') || '0s';
}

function typed(unit: Unit, value: number): string {
  if (unit === 'share') return String(Number((value * 100).toFixed(6)));
  return unit === 'time' ? typedDuration(value) : String(value);
}

/** A number as it was typed, in the unit of the API; `null` where it cannot be read. */
export function readThreshold(unit: Unit, value: string): number | null {
  if (unit === 'time') return parseDuration(value);
  const said = value
    .trim()
    .replace(/^\$|%$|(?<=\d),(?=\d{3})/g, '')
    .trim();
  if (!/^\d+(\.\d+)?$/.test(said)) return null;
  return unit === 'share' ? Number((Number(said) / 100).toFixed(8)) : Number(said);
}

export function draftOf({ name, when, filters, webhook }: AlertRule): RuleDraft {
  const subject: Subject = 'session' in when ? 'session' : 'aggregate';
  const side = isNumber(when.below) ? 'below' : 'above';
  const named = text(when[subject]);
  const threshold = when[side];
  return {
    ...NEW_RULE,
    name,
    subject,
    metric: named,
    side,
    threshold: isNumber(threshold) ? typed(unitOf(subject, named), threshold) : '',
    window: isNumber(when.window) ? typed('time', when.window) : NEW_RULE.window,
    goal: text(when.goal),
    minSessions: isNumber(when.minSessions) ? String(when.minSessions) : '1',
    filter: text(filters.filter),
    url: webhook?.url ?? '',
  };
}

/** What the server is told; `null` while the form is not whole. `old` is the rule that it changes. */
export function bodyOf(draft: RuleDraft, old: AlertRule | null): AlertRuleBody | null {
  const threshold = readThreshold(unitOf(draft.subject, draft.metric), draft.threshold);
  const window = parseDuration(draft.window);
  if (draft.name.trim() === '' || threshold === null) return null;
  const when: Record<string, unknown> =
    draft.subject === 'session'
      ? { session: draft.metric, above: threshold }
      : { aggregate: draft.metric, [draft.side]: threshold, window };
  if (draft.subject === 'aggregate') {
    if (window === null || !/^\d{1,7}$/.test(draft.minSessions.trim())) return null;
    when.minSessions = Number(draft.minSessions);
    if (draft.metric === 'completionRate') {
      if (draft.goal === '') return null;
      when.goal = draft.goal;
    }
  }
  // What the form cannot show of a rule stays as it is.
  const kept = Object.entries(old?.filters ?? {}).filter(
    ([name, value]) => name !== 'filter' || typeof value !== 'string',
  );
  const filter = draft.filter.trim();
  const url = draft.url.trim();
  return {
    name: draft.name.trim(),
    when,
    filters: { ...Object.fromEntries(kept), ...(filter === '' ? {} : { filter }) },
    enabled: old?.enabled ?? true,
    webhook: url === '' ? null : { url, ...(draft.secret === '' ? {} : { secret: draft.secret }) },
  };
}

/** The same rule, paused or going on. */
export const switched = ({ name, when, filters, webhook }: AlertRule, enabled: boolean): AlertRuleBody => ({
  name,
  when,
  filters,
  enabled,
  webhook: webhook === null ? null : { url: webhook.url },
});

const limitText = (unit: Unit, limit: number): string =>
  unit === 'time' ? typedDuration(limit) : formatValue(unit, limit);

/** `a session's cost above $5.00`, `share of sessions with an error above 20 % within 1h, of at least 10 sessions`. */
export function ruleSentence({ when }: Pick<AlertRule, 'when'>): string {
  const subject: Subject = 'session' in when ? 'session' : 'aggregate';
  const { label, unit } = metric(subject, text(when[subject]));
  const side = isNumber(when.below) ? 'below' : 'above';
  const limit = when[side];
  const said = `${side} ${isNumber(limit) ? limitText(unit, limit) : '-'}`;
  if (subject === 'session') return `${label} of a session ${said}`;
  const goal = text(when.goal) === '' ? '' : ` “${text(when.goal)}”`;
  const least =
    isNumber(when.minSessions) && when.minSessions > 1
      ? `, of at least ${formatCount(when.minSessions)} sessions`
      : '';
  return `${label}${goal} ${said} within ${isNumber(when.window) ? typedDuration(when.window) : '-'}${least}`;
}

/** The unit of what an alert found: its rule may be another by now, its metric is as it was. */
export const unitOfAlert = (name: string, sessionId: string | null): Unit =>
  unitOf(sessionId === null ? 'aggregate' : 'session', name);

export const metricLabel = (name: string, sessionId: string | null): string =>
  metric(sessionId === null ? 'aggregate' : 'session', name).label;

/** A secret to sign with: 32 letters and digits of chance. */
export function newSecret(random: (bytes: Uint8Array) => Uint8Array): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return [...random(new Uint8Array(32))].map((byte) => letters[byte % 64]).join('');
}
