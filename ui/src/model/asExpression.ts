import { written } from './completion';

import type { Filter, ListState, NumberField, Preset } from '../state/listState';

// Filters and time range as one filter expression: what a saved view keeps.

const NUMBERS: Record<NumberField, string> = {
  Cost: 'cost',
  Tokens: 'tokens',
  Traces: 'turns',
  Duration: 'duration',
};

/** A number as the language reads it, which knows no exponents. */
const amount = (n: number): string =>
  n.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 12 });

function tests(filter: Filter): string[] {
  switch (filter.field) {
    case 'userId':
      return [`user.id = ${written(filter.value)}`];
    case 'steps':
      // The language has the steps that a session takes, and not their order.
      return filter.params.flatMap(([name, value]) =>
        name === 'hasStep' && !filter.params.some(([key]) => key === 'stepBy')
          ? [`step = ${written(value)}`]
          : [],
      );
    case 'goal':
      return [`goal(${written(filter.value)})`];
    case 'metadata':
      return [`metadata[${written(filter.key)}] = ${written(filter.value)}`];
    case 'hasError':
      return [filter.value ? 'errors > 0' : 'errors = 0'];
    case 'bookmarked':
      return [filter.value ? 'bookmarked' : 'not bookmarked'];
    case 'Cost':
    case 'Tokens':
    case 'Traces':
    case 'Duration': {
      const name = NUMBERS[filter.field];
      return [
        ...(filter.min === null ? [] : [`${name} >= ${amount(filter.min)}`]),
        ...(filter.max === null ? [] : [`${name} <= ${amount(filter.max)}`]),
      ];
    }
    default:
      return [`${filter.field} = ${written(filter.value)}`];
  }
}

const AGO: Record<Preset, string> = { '1h': '-1h', '24h': '-24h', '7d': '-7d', '30d': '-30d' };

/** A session is in a range when any part of it is. */
function rangeTests({ range }: Pick<ListState, 'range'>): string[] {
  if (range.kind === 'all') return [];
  if (range.kind === 'last') return [`lastActivity >= ${AGO[range.preset]}`];
  return [
    ...(range.from === null ? [] : [`lastActivity >= ${range.from}`]),
    ...(range.to === null ? [] : [`startTime < ${range.to}`]),
  ];
}

/** Whether an expression says all that the filters do: the order of steps it cannot say. */
export const isExpressible = ({ filters }: Pick<ListState, 'filters'>): boolean =>
  filters.every((filter) => filter.field !== 'steps' || filter.params.every(([name]) => name === 'hasStep'));

export function asExpression(state: Pick<ListState, 'range' | 'filters' | 'filter'>): string {
  const others = [...state.filters.flatMap(tests), ...rangeTests(state)];
  const { filter } = state;
  const own = filter === '' ? [] : [others.length > 0 && /\bor\b/i.test(filter) ? `(${filter})` : filter];
  return [...own, ...others].join(' and ');
}
