import { exactCost } from '../format/money';
import { formatDuration } from '../format/duration';
import { formatCount } from '../format/numbers';
import { formatDateTime, moment } from '../format/time';

import type { Filter, NumberField, Preset, Range } from './listState';

/** Filters and ranges as they are said: `user is u-12`, `cost is at least $0.50`, `last 7 days`. */

const NUMBER_WORDS: Record<NumberField, { noun: string; say: (n: number) => string }> = {
  Cost: { noun: 'cost', say: exactCost },
  Tokens: { noun: 'tokens', say: formatCount },
  Traces: { noun: 'turns', say: formatCount },
  Duration: { noun: 'duration', say: (ms) => formatDuration(ms).replace(/ 00[smh]$/, '') },
};

const WORDS = {
  userId: 'user',
  model: 'model',
  environment: 'environment',
  release: 'release',
  tool: 'tool',
  outcome: 'outcome',
  status: 'status',
} as const;

/** A filter in three parts, so that the value can stand out. */
export function filterWords(filter: Filter): { subject: string; verb: string; value: string } {
  switch (filter.field) {
    case 'steps':
      return stepWords(filter.params);
    case 'tag':
      return { subject: 'tag', verb: 'is', value: filter.value };
    case 'goal':
      return { subject: 'goal', verb: 'reached', value: filter.value };
    case 'bookmarked':
      return { subject: '', verb: filter.value ? 'is' : 'is not', value: 'bookmarked' };
    case 'metadata':
      return { subject: filter.key, verb: 'is', value: filter.value };
    case 'hasError':
      return { subject: '', verb: filter.value ? 'has' : 'has no', value: 'error' };
    case 'Cost':
    case 'Tokens':
    case 'Traces':
    case 'Duration':
      return numberWords(filter);
    default:
      return { subject: WORDS[filter.field], verb: 'is', value: filter.value };
  }
}

/** `goes from search to pay`, `stops after search of search → pay` */
function stepWords(params: Extract<Filter, { field: 'steps' }>['params']): ReturnType<typeof filterWords> {
  const all = (name: string): string[] => params.filter(([key]) => key === name).map(([, value]) => value);
  const one = (name: string): string | undefined => all(name)[0];
  const funnel = all('funnelStep').map((step) => step.replace(/^name:/, ''));
  const parts: [string, string][] = [];
  if (funnel.length > 0) {
    const stopped = one('funnelStopped');
    const place = Number(stopped ?? one('funnelReached') ?? funnel.length);
    const within = one('funnelWithin');
    const limit = within === undefined ? '' : ` within ${formatDuration(Number(within))}`;
    const way = funnel.slice(0, place).join(' → ');
    parts.push(
      stopped === undefined
        ? ['takes', `${way}${limit}`]
        : ['stops after', `${way}${limit}, before ${funnel[place] ?? 'the end'}`],
    );
  }
  const path = all('path');
  if (path.length > 0)
    parts.push(['goes', path.join(' → ') + (one('pathContinues') === 'true' ? ' → ...' : '')]);
  const from = one('fromStep');
  if (from !== undefined) parts.push(['goes from', `${from} to ${one('toStep') ?? ''}`]);
  const entry = one('entryStep');
  if (entry !== undefined) parts.push(['begins with', entry]);
  const exit = one('exitStep');
  if (exit !== undefined) parts.push(['ends with', exit]);
  if (all('hasStep').length > 0) parts.push(['takes', all('hasStep').join(' and ')]);
  const [verb, value] = parts[0] ?? ['goes', 'any way'];
  const more = parts.slice(1).map(([also, rest]) => `, ${also} ${rest}`);
  return { subject: '', verb, value: value + more.join('') };
}

function numberWords({
  field,
  min,
  max,
}: Extract<Filter, { min: number | null }>): ReturnType<typeof filterWords> {
  const { noun, say } = NUMBER_WORDS[field];
  const be = field === 'Tokens' || field === 'Traces' ? 'are' : 'is';
  if (min !== null && max !== null) {
    return min === max
      ? { subject: noun, verb: be, value: say(min) }
      : { subject: noun, verb: be, value: `${say(min)} to ${say(max)}` };
  }
  return min !== null
    ? { subject: noun, verb: `${be} at least`, value: say(min) }
    : { subject: noun, verb: `${be} at most`, value: say(max ?? 0) };
}

export function filterSentence(filter: Filter): string {
  const { subject, verb, value } = filterWords(filter);
  return [subject, verb, value].filter((word) => word !== '').join(' ');
}

export const PRESET_WORDS: Record<Preset, string> = {
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
};

export function rangeSentence(range: Range, now: number, zone?: string): string {
  if (range.kind === 'all') return 'All time';
  if (range.kind === 'last') return PRESET_WORDS[range.preset];
  const say = (iso: string): string => formatDateTime(moment(iso) ?? 0, now, zone);
  if (range.from === null) return `Until ${say(range.to ?? '')}`;
  if (range.to === null) return `Since ${say(range.from)}`;
  return `${say(range.from)} to ${say(range.to)}`;
}
