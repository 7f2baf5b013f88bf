import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';

import { encode, getJson, type Params } from './client';
import { keys } from './keys';

import { comparisonParams, comparisonSearch, type CompareState } from '../state/compareState';

import type { Comparison, Page, Session, SessionPair } from './schema';

/** What differs between two windows or two releases, and whether by more than noise. */
export const comparisonQuery = (state: CompareState) =>
  queryOptions({
    queryKey: keys.comparison(comparisonSearch(state)),
    queryFn: ({ signal }) =>
      getJson<Comparison>('/observability/analytics/compare', comparisonParams(state, Date.now()), signal),
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
    retry: false,
  });

/** Two sessions turn by turn. */
export const sessionPairQuery = (a: string, b: string) =>
  infiniteQueryOptions({
    queryKey: keys.sessionPair(a, b),
    queryFn: ({ pageParam, signal }) => {
      const cursor: Params = pageParam === null ? [] : [['cursor', pageParam]];
      return getJson<SessionPair>(
        `/observability/sessions/${encode(a)}/compare/${encode(b)}`,
        [['limit', '50'], ...cursor],
        signal,
      );
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchOnWindowFocus: false,
    retry: false,
  });

/** The session that the same user began before this one; `null` where there is none. */
export const sessionBeforeQuery = ({ id, userId, startTime }: Pick<Session, 'id' | 'userId' | 'startTime'>) =>
  queryOptions({
    queryKey: keys.sessionBefore(id),
    queryFn: async ({ signal }) => {
      if (userId === null) return null;
      const { data } = await getJson<Page<Session>>(
        '/observability/sessions',
        [
          ['userId', userId],
          ['to', startTime],
          ['sort', 'startTime'],
          ['order', 'desc'],
          ['limit', '2'],
        ],
        signal,
      );
      return data.find((session) => session.id !== id) ?? null;
    },
    staleTime: 30_000,
  });
