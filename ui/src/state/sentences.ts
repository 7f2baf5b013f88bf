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
