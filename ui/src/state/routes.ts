import { encode } from '../api/client';

import { selectionSearch } from './selection';

export type Route =
  | { page: 'sessions' }
  | { page: 'session'; id: string }
  | { page: 'analytics' }
  | { page: 'users' }
  | { page: 'journeys'; view: 'journeys' | 'funnels' }
  | { page: 'login' }
  | { page: 'notFound' };

/** The address of a session's page; an id may hold `/`, spaces, quotes and any other character. */
export const sessionPath = (id: string): string => `/sessions/${encode(id)}`;

/** The address of a turn on its session's page. */
export const turnPath = (id: string, traceId: string): string =>
  `${sessionPath(id)}${selectionSearch({ turn: traceId, span: null })}`;

export function matchRoute(pathname: string): Route {
  if (pathname === '/' || pathname === '/sessions' || pathname === '/sessions/') return { page: 'sessions' };
  if (/^\/analytics\/?$/.test(pathname)) return { page: 'analytics' };
  if (/^\/users\/?$/.test(pathname)) return { page: 'users' };
  if (/^\/journeys\/?$/.test(pathname)) return { page: 'journeys', view: 'journeys' };
  if (/^\/funnels\/?$/.test(pathname)) return { page: 'journeys', view: 'funnels' };
  if (pathname === '/login') return { page: 'login' };
  const session = /^\/sessions\/(.+)$/s.exec(pathname);
  if (session?.[1] === undefined) return { page: 'notFound' };
  try {
    return { page: 'session', id: decodeURIComponent(session[1]) };
  } catch {
    return { page: 'notFound' };
  }
}

/** Where to go after signing in: an address of ours, never another origin's. */
export function safeNext(next: string | null): string {
  if (next === null || !next.startsWith('/') || /^\/[/\\]/.test(next)) return '/';
  try {
    const url = new URL(next, 'http://origin.invalid');
    return url.origin === 'http://origin.invalid' ? url.pathname + url.search + url.hash : '/';
  } catch {
    return '/';
  }
}

export const loginPath = (next: string): string =>
  next === '/' ? '/login' : `/login?next=${encodeURIComponent(next)}`;
