import { keepPreviousData, queryOptions } from '@tanstack/react-query';

import { getJson } from './client';
import { keys } from './keys';

import { comparisonParams, comparisonSearch, type CompareState } from '../state/compareState';

import type { Comparison } from './schema';

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
