import type { Params } from '../../api/client';
import {
  listSearch,
  parseListState,
  withFilter,
  type ListState,
  type StepParam,
} from '../../state/listState';

// The address of journeys and funnels: the list's filters, then what is asked of the steps, then the doors.

export interface JourneyAsk {
  by: 'name' | 'tag';
  collapse: boolean;
  /** Ways that fewer sessions go are not drawn; `null`: one in a hundred of them. */
  least: number | null;
  nodes: number;
}

export interface FunnelAsk {
  /** As the API spells them: a trace name, `name:...` or `tag:...`. */
  steps: string[];
  withinMs: number | null;
  groupBy: string | null;
}

export const MOST_STEPS = 10;
const USUAL_NODES = 12;

const whole = (text: string | null, usual: number, least: number, most: number): number => {
  const n = Number(text ?? '');
  return text !== null && Number.isSafeInteger(n) && n >= least && n <= most ? n : usual;
};

/** The chosen sessions, whatever steps were asked for: this page asks for them itself. */
export function parseChosen(search: string): ListState {
  const state = parseListState(search);
  return { ...state, filters: state.filters.filter(({ field }) => field !== 'steps') };
}

export const leastOf = ({ least }: JourneyAsk, sessionCount: number): number =>
  least ?? Math.max(1, Math.ceil(sessionCount / 100));

export function parseJourney(search: string): JourneyAsk {
  const query = new URLSearchParams(search);
  return {
    by: query.get('by') === 'tag' ? 'tag' : 'name',
    collapse: query.get('collapse') !== 'false',
    least: whole(query.get('least'), 0, 1, Number.MAX_SAFE_INTEGER) || null,
    nodes: whole(query.get('nodes'), USUAL_NODES, 1, 50),
  };
}

export function parseFunnel(search: string): FunnelAsk {
  const query = new URLSearchParams(search);
  const within = whole(query.get('within'), -1, 0, Number.MAX_SAFE_INTEGER);
  return {
    steps: query
      .getAll('step')
      .filter((step) => step !== '')
      .slice(0, MOST_STEPS),
    withinMs: within < 0 ? null : within,
    groupBy: query.get('groupBy') || null,
  };
}

const address = (path: string, state: ListState, more: Params): string => {
  const query = new URLSearchParams(listSearch(state));
  for (const [name, value] of more) query.append(name, value);
  return `${path}${query.size === 0 ? '' : `?${query}`}`;
};

export const journeyPath = (state: ListState, { by, collapse, least, nodes }: JourneyAsk): string =>
  address('/journeys', state, [
    ...(by === 'name' ? [] : [['by', by] as const]),
    ...(collapse ? [] : [['collapse', 'false'] as const]),
    ...(least === null ? [] : [['least', String(least)] as const]),
    ...(nodes === USUAL_NODES ? [] : [['nodes', String(nodes)] as const]),
  ]);

export const funnelParams = ({ steps, withinMs, groupBy }: FunnelAsk): Params => [
  ...steps.map((step) => ['step', step] as const),
  ...(withinMs === null ? [] : [['within', String(withinMs)] as const]),
  ...(groupBy === null ? [] : [['groupBy', groupBy] as const]),
];

export const funnelPath = (state: ListState, ask: FunnelAsk): string =>
  address('/funnels', state, funnelParams(ask));

export type StepParams = readonly (readonly [StepParam, string])[];

const byTag = (by: string): StepParams => (by === 'tag' ? [['stepBy', 'tag']] : []);

const door = (state: ListState, params: StepParams): string =>
  `/sessions${listSearch(withFilter(state, { field: 'steps', params }))}`;

export const nodeDoor = (
  state: ListState,
  by: string,
  which: 'hasStep' | 'entryStep' | 'exitStep',
  step: string,
): string => door(state, [...byTag(by), [which, step]]);

export const edgeDoor = (state: ListState, by: string, from: string, to: string): string =>
  door(state, [...byTag(by), ['fromStep', from], ['toStep', to]]);

export const pathDoor = (
  state: ListState,
  { by, collapse }: Pick<JourneyAsk, 'by' | 'collapse'>,
  { steps, continues }: { steps: readonly string[]; continues: boolean },
): string =>
  door(state, [
    ...byTag(by),
    ...steps.map((step) => ['path', step] as const),
    ...(continues ? [['pathContinues', 'true'] as const] : []),
    ...(collapse ? [['pathCollapsed', 'true'] as const] : []),
  ]);

/** The sessions that reach the step of a number (from 1), or stop there. */
export const funnelDoor = (
  state: ListState,
  { steps, withinMs }: FunnelAsk,
  which: 'funnelReached' | 'funnelStopped',
  place: number,
): string =>
  door(state, [
    ...steps.map((step) => ['funnelStep', step] as const),
    ...(withinMs === null ? [] : [['funnelWithin', String(withinMs)] as const]),
    [which, String(place)],
  ]);
