import { queryOptions } from '@tanstack/react-query';

import { encode, getJson, sendJson } from './client';
import { keys } from './keys';

import type { ErasureReceipt, UserDetail } from './schema';

const user = (id: string): string => `/observability/users/${encode(id)}`;
const ERASURE_EVERY_MS = 3_000;

/** A user of all time; their sessions are read as the list's are. */
export const userQuery = (id: string) =>
  queryOptions({
    queryKey: keys.user(id),
    queryFn: ({ signal }) => getJson<UserDetail>(user(id), [['limit', '1']], signal),
  });

export const eraseUser = (id: string): Promise<ErasureReceipt> => sendJson('DELETE', user(id));

/** What was erased; looked at again until its rows are deleted. */
export const erasureQuery = (id: string) =>
  queryOptions({
    queryKey: keys.erasure(id),
    queryFn: ({ signal }) => getJson<ErasureReceipt>(`/observability/erasures/${encode(id)}`, [], signal),
    refetchInterval: ({ state: { data } }) => (data?.deletedAt === null ? ERASURE_EVERY_MS : false),
  });
