import { listSearch, DEFAULT_STATE, type ListState } from '../state/listState';

import { written } from './completion';

import type { Quality } from '../api/schema';

// The report on data quality in the dashboard's words, and the sessions behind its numbers.

export type Finding = Quality['findings'][number];

/** Each thing that is looked at: what it is called, and what is said where it is well. */
export const CHECKS: Record<string, { title: string; well: string }> = {
  arrivals: { title: 'Arrivals', well: 'Spans arrive' },
  refused: { title: 'Refused', well: 'Nothing was refused' },
  dropped: { title: 'Dropped by programs', well: 'No program reports dropped spans' },
  without_session: { title: 'Traces without a session', well: 'Every trace is in a session' },
  one_call_sessions: { title: 'Sessions of one call', well: 'Sessions hold whole conversations' },
  not_understood: { title: 'Not understood', well: 'Every trace speaks a known dialect' },
  unpriced_models: { title: 'Models without a price', well: 'Every model has a price' },
  clock_ahead: { title: 'Clocks ahead', well: 'No clock is ahead' },
  clock_behind: { title: 'Late spans', well: 'Nothing came late' },
};

/** The checks about which there is nothing to say, in their order. */
export const wellOf = (findings: readonly Finding[]): string[] =>
  Object.entries(CHECKS)
    .filter(([code]) => !findings.some((finding) => finding.code === code))
    .map(([, { well }]) => well);

/** `checkout / opentelemetry.instrumentation.openai / openinference` */
export function senderName(sender: {
  service: string | null;
  scope: string | null;
  dialect: string | null;
}): string {
  const parts = [sender.service, sender.scope, sender.dialect].filter((part) => part !== null);
  return parts.length === 0 ? 'an unnamed sender' : parts.join(' / ');
}

/** The sessions of the report's window that a filter expression chooses. */
export function windowPath({ from, to }: Pick<Quality, 'from' | 'to'>, filter = ''): string {
  const state: ListState = { ...DEFAULT_STATE, range: { kind: 'custom', from, to }, filter };
  return `/sessions${listSearch(state)}`;
}

export const unpricedFilter = (model: string): string => `unpricedModel = ${written(model)}`;

/** Of one trace with one model call, as the report counts them. */
export const ONE_CALL = 'turns = 1 and generations = 1';
