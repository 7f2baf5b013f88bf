import { queryOptions } from '@tanstack/react-query';

import { encode, getJson, sendJson } from './client';
import { keys } from './keys';

import type { NewShare, OpenedShare, Page, Share } from './schema';

const shares = (sessionId: string): string => `/observability/sessions/${encode(sessionId)}/shares`;

/** The links that open a session now. */
export const sharesQuery = (sessionId: string) =>
  queryOptions({
    queryKey: keys.shares(sessionId),
    queryFn: async ({ signal }) => (await getJson<Page<Share>>(shares(sessionId), [], signal)).data,
  });

export const addShare = (sessionId: string, expiresAt: string): Promise<NewShare> =>
  sendJson<NewShare>('POST', shares(sessionId), { expiresAt });

export const revokeShare = ({ sessionId, id }: Share): Promise<unknown> =>
  sendJson('DELETE', `${shares(sessionId)}/${id}`);

/** Exchange a link's secret for this browser's right to read. */
export const openShare = (token: string): Promise<OpenedShare> =>
  sendJson<OpenedShare>('POST', '/auth/share', { token });

/** What this browser may read by a link that it has opened; looked at again, since a link ends. */
export const openedShareQuery = (id: string) =>
  queryOptions({
    queryKey: [...keys.openedShare, id],
    queryFn: ({ signal }) => getJson<OpenedShare>(`/auth/share/${id}`, [], signal),
    refetchInterval: ({ state }) => (state.error === null ? 15_000 : false),
    retry: false,
  });
