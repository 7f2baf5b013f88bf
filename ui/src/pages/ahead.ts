import { conversationQuery, meQuery, sessionQuery, sessionsQuery, tracesQuery } from '../api/queries';
import { queryClient } from '../api/queryClient';
import { parseListState } from '../state/listState';
import { matchRoute } from '../state/routes';

import { LOADS, SessionPage } from './pages';

/** Whoever needs it asks again, and shows what went wrong. */
const ignore = (): void => undefined;

/** A session's page, and what it asks for, before anybody has gone there. */
export function askForSession(id: string): void {
  SessionPage.load().catch(ignore);
  queryClient.query(sessionQuery(id)).catch(ignore);
  queryClient.infiniteQuery(conversationQuery(id)).catch(ignore);
  queryClient.infiniteQuery(tracesQuery(id)).catch(ignore);
}

/**
 * Asks at once for what an address will show: its page's file and data come while who is signed in is being asked, not one after
 * the other.
 */
export function askAhead({ pathname, search }: { pathname: string; search: string }): void {
  const route = matchRoute(pathname);
  LOADS[route.page]?.().catch(ignore);
  if (route.page === 'login' || route.page === 'share') return;
  queryClient.query(meQuery).catch(ignore);
  if (route.page === 'sessions')
    queryClient.infiniteQuery(sessionsQuery(parseListState(search))).catch(ignore);
  if (route.page === 'session') askForSession(route.id);
}
