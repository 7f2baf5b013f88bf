import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';

import { encode, getJson, type Params } from './client';
import { keys } from './keys';

import { chosenParams, rangeParams, type ListState } from '../state/listState';

import type {
  CostAnalytics,
  FieldValue,
  FoundSession,
  Grammar,
  Ingestion,
  Me,
  Page,
  Score,
  Session,
  SessionAnalytics,
  SessionGoal,
  SignInMethods,
  Trace,
  Turn,
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

export interface ListPage extends Page<FoundSession> {
  window: Params;
}

export const LIST_LIMIT = 50;

export const sessionsQuery = (state: ListState) =>
  infiniteQueryOptions({
    queryKey: keys.sessions(state),
    queryFn: async ({ pageParam, signal }): Promise<ListPage> => {
      const window = pageParam?.window ?? rangeParams(state.range, Date.now());
      const params: Params = [
        ...window,
        ...chosenParams(state),
        ['sort', state.sort],
        ['order', state.order],
        ['limit', String(LIST_LIMIT)],
        ...(pageParam === null ? [] : [['cursor', pageParam.cursor] as const]),
      ];
      return { ...(await getJson<Page<FoundSession>>('/observability/sessions', params, signal)), window };
    },
    initialPageParam: null as ListCursor | null,
    getNextPageParam: ({ nextCursor, window }): ListCursor | null =>
      nextCursor === null ? null : { cursor: nextCursor, window },
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

/** What this project sent since the server started: an empty list that teaches. */
export const ingestionQuery = queryOptions({
  queryKey: keys.ingestion,
  queryFn: ({ signal }) => getJson<Ingestion>('/observability/ingestion', [], signal),
  refetchInterval: 4_000,
});

export const summaryQuery = (state: ListState) =>
  queryOptions({
    queryKey: keys.summary(state),
    queryFn: ({ signal }) =>
      getJson<SessionAnalytics>(
        '/observability/analytics/sessions',
        [
          ...rangeParams(state.range, Date.now()),
          ...chosenParams(state),
          ['histogram', 'false'],
          ['previous', 'false'],
        ],
        signal,
      ),
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
  });

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

/** Distributions, groups and the period before, of the sessions that the list shows for the same state. */
export const analyticsQuery = (state: ListState, groupBy: string) =>
  queryOptions({
    queryKey: keys.analytics(state, groupBy),
    queryFn: ({ signal }) =>
      getJson<SessionAnalytics>(
        '/observability/analytics/sessions',
        [...chosenParams(state), ['groupBy', groupBy]],
        signal,
      ),
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

export const traceQuery = (id: string) =>
  queryOptions({
    queryKey: keys.trace(id),
    queryFn: ({ signal }) => getJson<Trace>(`/observability/traces/${encode(id)}`, [], signal),
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
