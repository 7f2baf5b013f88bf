import { keepPreviousData, queryOptions } from '@tanstack/react-query';

import { localZone } from '../format/time';
import {
  intervalOf,
  windowBefore,
  windowOf,
  windowParams,
  type Interval,
  type Window,
} from '../model/trends';
import { chosenParams, type ListState } from '../state/listState';

import { getJson, sendJson, withParams, type Params } from './client';
import { ApiError } from './errors';
import { keys } from './keys';

import type {
  CostAnalytics,
  Goal,
  GoalAnalytics,
  GoalBody,
  GoalPreview,
  Page,
  SessionAnalytics,
} from './schema';

const ANALYTICS = '/observability/analytics';
const GOALS = '/observability/goals';
const DAY = 86_400_000;

const asked = (state: ListState, window: Window, more: Params): Params => [
  ...windowParams(window),
  ...chosenParams(state),
  ...more,
];

const overTime = (state: ListState, window: Window, interval: Interval, signal: AbortSignal) =>
  getJson<SessionAnalytics>(
    `${ANALYTICS}/sessions`,
    asked(state, window, [
      ['interval', interval],
      ['timeZone', localZone()],
      ['histogram', 'false'],
      ['previous', 'false'],
    ]),
    signal,
  );

/** How finely a window is counted, where nobody said so; of an open one it depends on the sessions that it holds. */
async function suited(state: ListState, window: Window, now: number, signal: AbortSignal): Promise<Interval> {
  if (window.from !== null) {
    const end = window.to === null ? now : Date.parse(window.to);
    return intervalOf(end - Date.parse(window.from));
  }
  try {
    const { series } = await overTime(state, window, 'day', signal);
    return intervalOf(series.length * DAY);
  } catch (error) {
    // Centuries, by a clock that was wrong: the server counts no more than 2,400 intervals.
    if (!(error instanceof ApiError) || error.code === 'bad_filter' || error.status !== 400) throw error;
    return 'month';
  }
}

export interface Trends {
  interval: Interval;
  current: SessionAnalytics;
  /** The same over the period of equal length before; `null` where the range is open. */
  before: SessionAnalytics | null;
}

/** The figures of a state's sessions over time, and those of the period before. */
export const trendsQuery = (state: ListState, chosen: Interval | null) =>
  queryOptions({
    queryKey: keys.explore('trends', state, [['interval', chosen ?? '']]),
    queryFn: async ({ signal }): Promise<Trends> => {
      const now = Date.now();
      const window = windowOf(state.range, now);
      const earlier = windowBefore(window);
      const interval = chosen ?? (await suited(state, window, now, signal));
      const [current, before] = await Promise.all([
        overTime(state, window, interval, signal),
        earlier === null ? null : overTime(state, earlier, interval, signal),
      ]);
      return { interval, current, before };
    },
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
  });

export interface Costs {
  interval: Interval;
  costs: CostAnalytics;
}

/** What a state's sessions cost over time and in groups, the dearest sessions, traces and users, and spikes. */
export const costsQuery = (state: ListState, groupBy: string, groupLimit: number, chosen: Interval | null) =>
  queryOptions({
    queryKey: keys.explore('costs', state, [[groupBy, String(groupLimit), chosen ?? '']]),
    queryFn: async ({ signal }): Promise<Costs> => {
      const now = Date.now();
      const window = windowOf(state.range, now);
      const interval = chosen ?? (await suited(state, window, now, signal));
      const costs = await getJson<CostAnalytics>(
        `${ANALYTICS}/costs`,
        asked(state, window, [
          ['interval', interval],
          ['timeZone', localZone()],
          ['groupBy', groupBy],
          ['groupLimit', String(groupLimit)],
          ['top', '5'],
        ]),
        signal,
      );
      return { interval, costs };
    },
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
  });

/** The project's goals, oldest first. */
export const goalListQuery = queryOptions({
  queryKey: keys.goalList,
  queryFn: async ({ signal }) => (await getJson<Page<Goal>>(GOALS, [], signal)).data,
});

/** Each goal's completion among a state's sessions. */
export const goalEffectsQuery = (state: ListState) =>
  queryOptions({
    queryKey: keys.explore('goals', state, []),
    queryFn: ({ signal }) =>
      getJson<GoalAnalytics>(
        `${ANALYTICS}/goals`,
        asked(state, windowOf(state.range, Date.now()), []),
        signal,
      ),
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
  });

/** The same of a definition that is not saved. */
export const goalPreviewQuery = (state: ListState, when: GoalBody['when'] | null) =>
  queryOptions({
    queryKey: keys.explore('goal-preview', state, [[JSON.stringify(when)]]),
    queryFn: () =>
      sendJson<GoalPreview>(
        'POST',
        withParams(`${ANALYTICS}/goals`, asked(state, windowOf(state.range, Date.now()), [])),
        { when },
      ),
    enabled: when !== null,
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
    retry: false,
  });

export const saveGoal = ({ id, body }: { id: number | null; body: GoalBody }): Promise<Goal> =>
  id === null ? sendJson('POST', GOALS, body) : sendJson('PUT', `${GOALS}/${id}`, body);

export const deleteGoal = (id: number): Promise<unknown> => sendJson('DELETE', `${GOALS}/${id}`);
