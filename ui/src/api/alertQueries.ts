import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';

import { getJson, sendJson, withParams, type Params } from './client';
import { keys } from './keys';

import type { Alert, AlertRule, AlertRuleBody, Page, Tried } from './schema';

const ALERTS = '/observability/alerts';
const RULES = `${ALERTS}/rules`;
const PAGE = 50;
/** More than so many unseen alerts are said as `99+`. */
export const MOST_UNSEEN = 99;

export const rulesQuery = queryOptions({
  queryKey: keys.rules,
  queryFn: async ({ signal }) => (await getJson<Page<AlertRule>>(RULES, [], signal)).data,
});

/** What rules found, the newest first. */
export const alertsQuery = (params: Params) =>
  infiniteQueryOptions({
    queryKey: keys.alerts(withParams('', params)),
    queryFn: ({ pageParam, signal }) =>
      getJson<Page<Alert>>(
        ALERTS,
        [...params, ['limit', String(PAGE)], ...(pageParam === null ? [] : [['cursor', pageParam] as const])],
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  });

/** How many alerts nobody has seen; one more than can be shown stands for more. */
export const unseenAlertsQuery = queryOptions({
  queryKey: keys.unseenAlerts,
  queryFn: async ({ signal }) => {
    const params: Params = [
      ['acknowledged', 'false'],
      ['limit', String(MOST_UNSEEN + 1)],
    ];
    return (await getJson<Page<Alert>>(ALERTS, params, signal)).data.length;
  },
  refetchInterval: 30_000,
});

export const goalNamesQuery = queryOptions({
  queryKey: keys.goalNames,
  queryFn: async ({ signal }) =>
    (await getJson<Page<{ name: string }>>('/observability/goals', [], signal)).data.map(({ name }) => name),
});

export const acknowledge = (id: number): Promise<Alert> => sendJson('POST', `${ALERTS}/${id}/acknowledge`);

export const saveRule = ({ id, body }: { id: number | null; body: AlertRuleBody }): Promise<AlertRule> =>
  id === null ? sendJson('POST', RULES, body) : sendJson('PUT', `${RULES}/${id}`, body);

export const deleteRule = (id: number): Promise<unknown> => sendJson('DELETE', `${RULES}/${id}`);

/** Send the rule's webhook an example, once. */
export const testRule = (id: number): Promise<Tried> => sendJson('POST', `${RULES}/${id}/test`);
