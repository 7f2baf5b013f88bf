import { queryOptions } from '@tanstack/react-query';

import { encode, getJson, postJson, sendJson } from './client';
import { keys } from './keys';

import type {
  ApiKey,
  NewApiKey,
  NewProject,
  Page,
  Price,
  PriceBody,
  Project,
  ProjectSettings,
  Quality,
  Repricing,
  SessionAnalytics,
} from './schema';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The project's keys, oldest first, the revoked ones included. */
export const apiKeysQuery = queryOptions({
  queryKey: keys.apiKeys,
  queryFn: async ({ signal }) => (await getJson<Page<ApiKey>>('/observability/keys', [], signal)).data,
});

export interface KeyBody {
  name: string;
  scopes: string[];
  expiresAt: string | null;
}

export const addKey = (body: KeyBody): Promise<NewApiKey> => sendJson('POST', '/observability/keys', body);

export const revokeKey = (id: number): Promise<unknown> => sendJson('DELETE', `/observability/keys/${id}`);

export const projectsQuery = queryOptions({
  queryKey: keys.projects,
  queryFn: async ({ signal }) => (await getJson<Page<Project>>('/observability/projects', [], signal)).data,
});

export const addProject = (name: string): Promise<NewProject> =>
  sendJson('POST', '/observability/projects', { name });

/** Go on in another project of the account that signed in. */
export const goToProject = (project: string): Promise<void> => postJson('/auth/project', { project });

export const pricesQuery = queryOptions({
  queryKey: keys.prices,
  queryFn: async ({ signal }) => (await getJson<Page<Price>>('/observability/prices', [], signal)).data,
});

export const setPrice = (body: PriceBody): Promise<Price> => sendJson('POST', '/observability/prices', body);

export const removePrice = (id: number): Promise<unknown> =>
  sendJson('DELETE', `/observability/prices/${id}`);

/** How far the last repricings are; looked at often while one runs. */
export const repricingsQuery = queryOptions({
  queryKey: keys.repricings,
  queryFn: async ({ signal }) =>
    (await getJson<Page<Repricing>>('/observability/prices/reprice', [], signal)).data,
  refetchInterval: ({ state }) => (state.data?.some((one) => one.state === 'running') ? 1000 : false),
});

export const reprice = (from: string | null): Promise<Repricing> =>
  sendJson('POST', '/observability/prices/reprice', from === null ? {} : { from });

const quality = (since: number, signal: AbortSignal): Promise<Quality> =>
  getJson('/observability/quality', [['from', new Date(since).toISOString()]], signal);

/** Models that the last 30 days called and that have no price. */
export const unpricedQuery = queryOptions({
  queryKey: keys.unpriced,
  queryFn: async ({ signal }) => (await quality(Date.now() - 30 * DAY_MS, signal)).unpricedModels,
});

/** What came in during the last hour, and what was refused of it. */
export const lastHourQuery = queryOptions({
  queryKey: keys.lastHour,
  queryFn: ({ signal }) => quality(Date.now() - HOUR_MS, signal),
  refetchInterval: 5_000,
});

export const settingsQuery = queryOptions({
  queryKey: keys.settings,
  queryFn: ({ signal }) => getJson<ProjectSettings>('/observability/settings', [], signal),
  refetchInterval: ({ state }) => (state.data?.isApplied === false ? 2000 : false),
});

export type SettingsPatch = Partial<Omit<ProjectSettings, 'isApplied'>>;

export const changeSettings = (patch: SettingsPatch): Promise<ProjectSettings> =>
  sendJson('PUT', '/observability/settings', patch);

/** The expression for sessions in which nothing has happened for so many days. */
export const expiredFilter = (days: number, now: number): string =>
  `lastActivity < "${new Date(now - days * DAY_MS).toISOString()}"`;

/** How many sessions a retention of so many days would erase today. */
export const expiringQuery = (days: number) =>
  queryOptions({
    queryKey: keys.expiring(days),
    queryFn: async ({ signal }) => {
      const { totals } = await getJson<SessionAnalytics>(
        '/observability/analytics/sessions',
        [
          ['filter', expiredFilter(days, Date.now())],
          ['histogram', 'false'],
          ['previous', 'false'],
        ],
        signal,
      );
      return totals;
    },
    staleTime: 60_000,
  });

export const filtered = (filter: string): string => `/sessions?filter=${encode(filter)}`;
