import { queryOptions } from '@tanstack/react-query';

import { getJson, postJson, sendJson } from './client';
import { keys } from './keys';

import type { Account, Invitation, NewInvitation, OidcSettings, OwnSession, Page, Role } from './schema';

const ACCOUNTS = '/observability/accounts';
const INVITATIONS = '/observability/invitations';

/** Who may get into the project, by address. */
export const accountsQuery = queryOptions({
  queryKey: keys.accounts,
  queryFn: async ({ signal }) => (await getJson<Page<Account>>(ACCOUNTS, [], signal)).data,
});

export const changeRole = ({ id, role }: { id: number; role: Role }): Promise<Account> =>
  sendJson('PATCH', `${ACCOUNTS}/${id}`, { role });

export const removeAccount = (id: number): Promise<unknown> => sendJson('DELETE', `${ACCOUNTS}/${id}`);

/** Sign somebody out of the project in every browser. */
export const signOutAccount = (id: number): Promise<unknown> =>
  sendJson('DELETE', `${ACCOUNTS}/${id}/sessions`);

/** The invitations that can still be used. */
export const invitationsQuery = queryOptions({
  queryKey: keys.invitations,
  queryFn: async ({ signal }) => (await getJson<Page<Invitation>>(INVITATIONS, [], signal)).data,
});

export const invite = (body: { role: Role; email: string | null }): Promise<NewInvitation> =>
  sendJson('POST', INVITATIONS, body);

export const withdraw = (id: number): Promise<unknown> => sendJson('DELETE', `${INVITATIONS}/${id}`);

export const oidcQuery = queryOptions({
  queryKey: keys.oidc,
  queryFn: ({ signal }) => getJson<OidcSettings>('/observability/oidc', [], signal),
});

/** The browsers in which the account that is signed in is. */
export const ownSessionsQuery = queryOptions({
  queryKey: keys.ownSessions,
  queryFn: async ({ signal }) => (await getJson<Page<OwnSession>>('/auth/sessions', [], signal)).data,
});

export const endOwnSession = (id: string): Promise<unknown> => sendJson('DELETE', `/auth/sessions/${id}`);

/** Every browser but this one. */
export const endOtherSessions = (): Promise<unknown> => sendJson('DELETE', '/auth/sessions');

export const changePassword = (body: { current: string; new: string }): Promise<void> =>
  postJson('/auth/password', body);
