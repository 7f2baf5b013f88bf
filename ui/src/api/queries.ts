import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';

import { encode, getJson, withParams, type Params } from './client';
import { ApiError } from './errors';
import { keys } from './keys';

import { localZone } from '../format/time';
import { FEW_DAYS, intervalFor, type Interval } from '../model/overTime';
import { windowOf, windowParams } from '../model/trends';
import { askedParams, chosenParams, rangeParams, type ListState } from '../state/listState';

import type {
  CostAnalytics,
  Funnel,
  Journeys,
  FieldValue,
  FoundSession,
  Grammar,
  Me,
  Page,
  Score,
  Session,
  SessionAnalytics,
  SessionGoal,
  User,
  SignInMethods,
  Trace,
  Turn,
  View,
} from './schema';

const session = (id: string): string => `/observability/sessions/${encode(id)}`;

export const meQuery = queryOptions({
  queryKey: keys.me,
  queryFn: ({ signal }) => getJson<Me>('/auth/me', [], signal),
  staleTime: 300_000,
});

export const methodsQuery = queryOptions({
  queryKey: keys.methods,
  queryFn: ({ signal }) => getJson<SignInMethods>('/auth/methods', [], signal),
  staleTime: Infinity,
});

/** Where a page of the list starts: pages that follow keep the window of the first. */
interface ListCursor {
  cursor: string;
  window: Params;
}

interface WindowPage<T> extends Page<T> {
  window: Params;
}
export type ListPage = WindowPage<FoundSession>;

export const LIST_LIMIT = 50;

/** A page of what a state chooses; those that follow keep the window of the first. */
async function windowPage<T>(
  path: string,
  state: ListState,
  more: Params,
  from: ListCursor | null,
  signal: AbortSignal,
): Promise<WindowPage<T>> {
  const window = from?.window ?? rangeParams(state.range, Date.now());
  const cursor: Params = from === null ? [] : [['cursor', from.cursor]];
  const page = await getJson<Page<T>>(path, [...window, ...chosenParams(state), ...more, ...cursor], signal);
  return { ...page, window };
}

const nextWindow = ({ nextCursor, window }: WindowPage<unknown>): ListCursor | null =>
  nextCursor === null ? null : { cursor: nextCursor, window };

/** Every page of a route, one after the other. */
async function* everyPage<T>(path: string, params: Params, signal?: AbortSignal): AsyncGenerator<T[]> {
  let cursor: string | null = null;
  do {
    const more: Params = cursor === null ? [] : [['cursor', cursor]];
    const page: Page<T> = await getJson(path, [...params, ...more], signal);
    yield page.data;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

export const sessionsQuery = (state: ListState) =>
  infiniteQueryOptions({
    queryKey: keys.sessions(state),
    queryFn: ({ pageParam, signal }): Promise<ListPage> =>
      windowPage(
        '/observability/sessions',
        state,
        [
          ['sort', state.sort],
          ['order', state.order],
          ['limit', String(LIST_LIMIT)],
        ],
        pageParam,
        signal,
      ),
    initialPageParam: null as ListCursor | null,
    getNextPageParam: nextWindow,
    placeholderData: keepPreviousData,
    // What is being read must not move by itself; the page refreshes when nothing can move.
    refetchOnMount: false,
    refetchOnWindowFocus: false,
  });

/** Whether the project has any session at all: an empty list says different things. */
export const anySessionQuery = queryOptions({
  queryKey: keys.anySession,
  queryFn: async ({ signal }) => {
    const page = await getJson<Page<Session>>('/observability/sessions', [['limit', '1']], signal);
    return page.data.length > 0;
  },
});

const summary = (state: ListState, interval: Interval, signal: AbortSignal) =>
  getJson<SessionAnalytics>(
    '/observability/analytics/sessions',
    [
      ...askedParams(state, Date.now()),
      ['interval', interval],
      ['timeZone', localZone()],
      ['histogram', 'false'],
      ['previous', 'false'],
    ],
    signal,
  );

/** The sessions of the list in numbers, and when they began: the strip and the chart above it are one answer. */
export const summaryQuery = (state: ListState) =>
  queryOptions({
    queryKey: keys.summary(state),
    queryFn: async ({ signal }): Promise<{ figures: SessionAnalytics; interval: Interval }> => {
      const interval = intervalFor(state.range);
      try {
        const figures = await summary(state, interval, signal);
        if (state.range.kind !== 'all' || figures.series.length > FEW_DAYS) return { figures, interval };
        return { figures: await summary(state, 'hour', signal), interval: 'hour' };
      } catch (error) {
        // Centuries, by a clock that was wrong: the server counts no more than 2,400 intervals.
        if (!(error instanceof ApiError) || error.code === 'bad_filter' || error.status !== 400) throw error;
        return { figures: await summary(state, 'month', signal), interval: 'month' };
      }
    },
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
  });

/** The project's saved views of the list, oldest first. */
export const viewsQuery = queryOptions({
  queryKey: keys.views,
  queryFn: async ({ signal }) =>
    (await getJson<Page<View>>('/observability/views', [], signal)).data.filter(
      ({ page }) => page === 'sessions',
    ),
  staleTime: 30_000,
});

/** Every session that a state chooses, page after page, for what is done to all of them. */
export async function allSessions(
  state: ListState,
  signal: AbortSignal,
  onPage: (soFar: number) => void,
  most: number,
): Promise<FoundSession[]> {
  const params: Params = [
    ...askedParams(state, Date.now()),
    ['sort', state.sort],
    ['order', state.order],
    ['limit', '200'],
  ];
  const found: FoundSession[] = [];
  for await (const page of everyPage<FoundSession>('/observability/sessions', params, signal)) {
    found.push(...page);
    onPage(found.length);
    if (found.length >= most) break;
  }
  return found.slice(0, most);
}

/** The sessions that changed last, among those that a state chooses. */
export const latestSessions = async (state: ListState): Promise<FoundSession[]> => {
  const params: Params = [
    ...askedParams(state, Date.now()),
    ['sort', 'lastActivity'],
    ['order', 'desc'],
    ['limit', String(LIST_LIMIT)],
  ];
  return (await getJson<Page<FoundSession>>('/observability/sessions', params)).data;
};

/** The tags that the traces of a session carry. */
export async function allTags(id: string): Promise<string[]> {
  const tags = new Set<string>();
  for await (const page of everyPage<Trace>(`${session(id)}/traces`, [['limit', '200']]))
    for (const trace of page) for (const tag of trace.tags) tags.add(tag);
  return [...tags];
}

/** A file of every session that the parameters choose. */
export const bulkExportHref = (params: Params): string => withParams('/observability/export', params);

/** What a filter expression can ask for; it changes with the server only. */
export const grammarQuery = queryOptions({
  queryKey: keys.grammar,
  queryFn: ({ signal }) => getJson<Grammar>('/observability/filters', [], signal),
  staleTime: Infinity,
});

/** The values of a field that begin with `prefix`, the most frequent first; `field` as a filter expression names it. */
export const valuesQuery = (field: string, prefix: string) =>
  queryOptions({
    queryKey: keys.values(field, prefix),
    queryFn: async ({ signal }) => {
      const path = `/observability/filters/${encode(field)}/values`;
      const { data } = await getJson<Page<FieldValue>>(
        path,
        [...(prefix === '' ? [] : [['prefix', prefix] as const]), ['limit', '20']],
        signal,
      );
      return data;
    },
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    retry: false,
  });

/** Distributions, groups and the period before, of the sessions that the list shows for the same state, until now. */
export const analyticsQuery = (state: ListState, groupBy: string) =>
  queryOptions({
    queryKey: keys.analytics(state, groupBy),
    queryFn: ({ signal }) =>
      getJson<SessionAnalytics>(
        '/observability/analytics/sessions',
        [...windowParams(windowOf(state.range, Date.now())), ...chosenParams(state), ['groupBy', groupBy]],
        signal,
      ),
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
  });

/** One of the answers about the sessions of a state, with further parameters of its own. */
const explore = <T>(what: string, state: ListState, more: Params) =>
  queryOptions({
    queryKey: keys.explore(what, state, more),
    queryFn: ({ signal }) =>
      getJson<T>(
        `/observability/analytics/${what}`,
        [...rangeParams(state.range, Date.now()), ...chosenParams(state), ...more],
        signal,
      ),
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
  });

/** How the sessions of a state go from step to step. */
export const journeysQuery = (state: ListState, more: Params) => explore<Journeys>('journeys', state, more);

/** How many of them take steps in order. */
export const funnelQuery = (state: ListState, more: Params) => explore<Funnel>('funnel', state, more);

/** What users are sorted by, in the order of their columns; their list has sums where the sessions' has amounts. */
export const USER_SORTS = [
  'sessionCount',
  'traceCount',
  'activeDuration',
  'totalTokens',
  'totalCost',
  'errorCount',
  'firstSeen',
  'lastActivity',
] as const;
export type UserSort = (typeof USER_SORTS)[number];
export interface UserOrder {
  by: UserSort;
  order: 'asc' | 'desc';
}

export const usersQuery = (state: ListState, sort: UserOrder) =>
  infiniteQueryOptions({
    queryKey: keys.users(state, sort),
    queryFn: ({ pageParam, signal }) =>
      windowPage<User>(
        '/observability/users',
        state,
        [
          ['sort', sort.by],
          ['order', sort.order],
          ['limit', '100'],
        ],
        pageParam,
        signal,
      ),
    initialPageParam: null as ListCursor | null,
    getNextPageParam: nextWindow,
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
  });

export const sessionQuery = (id: string) =>
  queryOptions({
    queryKey: keys.session(id),
    queryFn: ({ signal }) => getJson<Session>(session(id), [], signal),
  });

export const conversationQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: keys.conversation(id),
    queryFn: ({ pageParam, signal }) =>
      getJson<Page<Turn>>(`${session(id)}/conversation`, paged(pageParam, 100), signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });

export const tracesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: keys.traces(id),
    queryFn: ({ pageParam, signal }) =>
      getJson<Page<Trace>>(`${session(id)}/traces`, paged(pageParam, 200), signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });

export const traceQuery = (sessionId: string, id: string) =>
  queryOptions({
    queryKey: keys.trace(id),
    queryFn: ({ signal }) => getJson<Trace>(`${session(sessionId)}/traces/${encode(id)}`, [], signal),
  });

const paged = (cursor: string | null, limit: number): Params => [
  ['limit', String(limit)],
  ...(cursor === null ? [] : [['cursor', cursor] as const]),
];

export const exportHref = (id: string, format: 'json' | 'jsonl'): string =>
  `${session(id)}/export?format=${format}`;

export const goalsQuery = (id: string) =>
  queryOptions({
    queryKey: keys.goals(id),
    queryFn: async ({ signal }) =>
      (await getJson<Page<SessionGoal>>(`${session(id)}/goals`, [], signal)).data,
  });

/** Each score of the session, its traces and their spans, the latest first. */
export const scoresQuery = (id: string) =>
  queryOptions({
    queryKey: keys.scores(id),
    queryFn: async ({ signal }) => (await getJson<Page<Score>>(`${session(id)}/scores`, [], signal)).data,
  });

/** What the turns cost in which each tool was called: a tool itself costs nothing. */
export const toolCostsQuery = (id: string) =>
  queryOptions({
    queryKey: keys.toolCosts(id),
    queryFn: ({ signal }) =>
      getJson<CostAnalytics>(
        '/observability/analytics/costs',
        [
          ['filter', `session.id = ${JSON.stringify(id)}`],
          ['groupBy', 'tool'],
          ['include', 'groups'],
        ],
        signal,
      ),
    staleTime: 60_000,
  });
