import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';

import { encode, getJson, type Params } from './client';
import { keys } from './keys';

import { qualityWindow } from '../model/qualityWindow';
import { rangeParams, type Range } from '../state/listState';

import type { Page, Quality, Trace } from './schema';

/** What is wrong with what came in during a range, or the part of it that the report covers. */
export const qualityQuery = (range: Range) =>
  queryOptions({
    queryKey: keys.quality(range),
    queryFn: ({ signal }) =>
      getJson<Quality>('/observability/quality', qualityWindow(range, Date.now()), signal),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });

/** The traces that are in no session, the newest first; an empty `sessionId` chooses them. */
export const sessionlessQuery = (range: Range) =>
  infiniteQueryOptions({
    queryKey: keys.sessionless(range),
    queryFn: async ({ pageParam, signal }): Promise<Page<Trace> & { window: Params }> => {
      const window = pageParam?.window ?? rangeParams(range, Date.now());
      const cursor: Params = pageParam === null ? [] : [['cursor', pageParam.cursor]];
      const params: Params = [['sessionId', ''], ...window, ['limit', '100'], ...cursor];
      return { ...(await getJson<Page<Trace>>('/observability/traces', params, signal)), window };
    },
    initialPageParam: null as { cursor: string; window: Params } | null,
    getNextPageParam: ({ nextCursor, window }) =>
      nextCursor === null ? null : { cursor: nextCursor, window },
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
  });

/** A trace with its spans, whatever session it is in. */
export const loneTraceQuery = (id: string) =>
  queryOptions({
    queryKey: ['traces', 'one', id],
    queryFn: ({ signal }) => getJson<Trace>(`/observability/traces/${encode(id)}`, [], signal),
  });
