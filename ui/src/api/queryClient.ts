import { QueryCache, QueryClient, type Query } from '@tanstack/react-query';

import { navigate } from '../state/location';
import { loginPath } from '../state/routes';

import { ApiError } from './errors';
import { keys } from './keys';

/** A session that has run out ends on the sign-in page, and comes back to where it was. */
function onError(error: unknown, { queryKey }: Query<unknown, unknown>): void {
  if (!(error instanceof ApiError) || error.status !== 401 || window.location.pathname === '/login') return;
  const { pathname, search } = window.location;
  // Who reads by a link has no sign-in to come back to.
  if (/^\/share(\/|$)/.test(pathname)) {
    if (queryKey[0] !== keys.openedShare[0])
      void queryClient.invalidateQueries({ queryKey: keys.openedShare });
    return;
  }
  navigate(loginPath(pathname + search), 'replace');
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) =>
        failures < 2 &&
        error instanceof ApiError &&
        (error.status === 0 || error.status >= 500) &&
        error.code !== 'bad_answer',
      retryDelay: (attempt) => 400 * 2 ** attempt,
    },
  },
});

/** After signing in or out nothing that was read before may be shown. */
export function forgetEverything(): void {
  queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== keys.me[0] });
  queryClient.removeQueries({ queryKey: keys.me });
}
