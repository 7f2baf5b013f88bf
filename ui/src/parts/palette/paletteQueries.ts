import { keepPreviousData, queryOptions } from '@tanstack/react-query';

import { getJson, type Params } from '../../api/client';
import { byIds } from '../../model/bulk';
import { written } from '../../model/completion';

import type { FoundSession, Page } from '../../api/schema';

const FEW = 5;

const sessions = async (params: Params, signal: AbortSignal): Promise<FoundSession[]> =>
  (await getJson<Page<FoundSession>>('/observability/sessions', [...params, ['limit', String(FEW)]], signal))
    .data;

/** Of the sessions that were opened last, those that still exist, in that order. */
export const recentQuery = (ids: readonly string[]) =>
  queryOptions({
    queryKey: ['palette', 'recent', ids],
    queryFn: async ({ signal }) => {
      const few = ids.slice(0, FEW);
      const filter = byIds(few);
      const found = filter === null || few.length === 0 ? [] : await sessions([['filter', filter]], signal);
      return found.sort((a, b) => few.indexOf(a.id) - few.indexOf(b.id));
    },
  });

/** Sessions whose id or title holds a text. */
export const namedQuery = (text: string) =>
  queryOptions({
    queryKey: ['palette', 'named', text],
    queryFn: ({ signal }) =>
      sessions(
        [['filter', `session.id contains ${written(text)} or title contains ${written(text)}`]],
        signal,
      ),
    enabled: text !== '',
    placeholderData: keepPreviousData,
    retry: false,
  });

/** Sessions in which words were said. */
export const saidQuery = (text: string) =>
  queryOptions({
    queryKey: ['palette', 'said', text],
    queryFn: ({ signal }) => sessions([['q', text]], signal),
    enabled: text.length >= 2,
    placeholderData: keepPreviousData,
    retry: false,
  });
