import { encode } from '../api/client';

import { selectionSearch } from './selection';

export type Route =
  | { page: 'sessions' }
  | { page: 'session'; id: string }
  | { page: 'analytics'; view: 'sessions' | 'costs' | 'goals' }
  | { page: 'users' }
  | { page: 'alerts' }
  | { page: 'settings'; section: string }
  | { page: 'share'; id: string | null }
  | { page: 'user'; id: string }
  | { page: 'traces' }
  | { page: 'quality' }
  | { page: 'compare' }
  | { page: 'journeys'; view: 'journeys' | 'funnels' }
  | { page: 'login' }
  | { page: 'notFound' };

/** The address of a session's page; an id may hold `/`, spaces, quotes and any other character. */
export const sessionPath = (id: string): string => `/sessions/${encode(id)}`;

/** The address of a turn on its session's page. */
export const turnPath = (id: string, traceId: string): string =>
  `${sessionPath(id)}${selectionSearch({ turn: traceId, span: null })}`;

/** The address of a user's page. */
export const userPath = (id: string): string => `/users/${encode(id)}`;

/** The address at which a trace is looked at by itself, whatever session it is in. */
export const tracePath = (traceId: string): string =>
  `/traces${selectionSearch({ turn: traceId, span: null })}`;

/** The address at which two sessions stand side by side. */
export const comparePath = (a: string, b: string): string => `/compare?${new URLSearchParams({ a, b })}`;

/** The same, at the position of a turn. */
export const pairPath = (a: string, b: string, turn: string): string =>
  `/compare?${new URLSearchParams({ a, b, turn })}`;

const SIMPLE = /^\/(traces|quality|compare)\/?$/;

export function matchRoute(pathname: string): Route {
  if (pathname === '/' || pathname === '/sessions' || pathname === '/sessions/') return { page: 'sessions' };
  const analytics = /^\/analytics(?:\/(costs|goals))?\/?$/.exec(pathname);
  if (analytics !== null)
    return { page: 'analytics', view: (analytics[1] as 'costs' | 'goals' | undefined) ?? 'sessions' };
  if (/^\/users\/?$/.test(pathname)) return { page: 'users' };
  if (/^\/alerts\/?$/.test(pathname)) return { page: 'alerts' };
  const settings = /^\/settings(?:\/([a-z-]+))?\/?$/.exec(pathname);
  if (settings !== null) return { page: 'settings', section: settings[1] ?? '' };
  const share = /^\/share(?:\/(\d{1,10}))?\/?$/.exec(pathname);
  if (share !== null) return { page: 'share', id: share[1] ?? null };
  const simple = SIMPLE.exec(pathname)?.[1];
  if (simple !== undefined) return { page: simple as 'traces' | 'quality' | 'compare' };
  const user = /^\/users\/(.+)$/s.exec(pathname)?.[1];
  if (user !== undefined) return withId('user', user);
  if (/^\/journeys\/?$/.test(pathname)) return { page: 'journeys', view: 'journeys' };
  if (/^\/funnels\/?$/.test(pathname)) return { page: 'journeys', view: 'funnels' };
  if (pathname === '/login') return { page: 'login' };
  const session = /^\/sessions\/(.+)$/s.exec(pathname)?.[1];
  return session === undefined ? { page: 'notFound' } : withId('session', session);
}

function withId(page: 'session' | 'user', segment: string): Route {
  try {
    return { page, id: decodeURIComponent(segment) };
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
