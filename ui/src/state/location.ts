import { useMemo, useSyncExternalStore } from 'react';

// The address bar as the one store of what can be shared. A router of our own, because session ids may hold `/` and
// `%2F` alike and have to come back exactly as they were.

const listeners = new Set<() => void>();
const notify = (): void => listeners.forEach((listener) => listener());

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) window.addEventListener('popstate', notify);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) window.removeEventListener('popstate', notify);
  };
}

export function navigate(to: string, how: 'push' | 'replace' = 'push'): void {
  const url = new URL(to, window.location.href);
  if (url.href === window.location.href) return;
  if (how === 'push') window.history.pushState(null, '', url);
  else window.history.replaceState(null, '', url);
  notify();
}

export interface Address {
  pathname: string;
  search: string;
}

const current = (): string => window.location.pathname + window.location.search;

export function useAddress(): Address {
  const href = useSyncExternalStore(subscribe, current);
  return useMemo(() => {
    const at = href.indexOf('?');
    return at < 0 ? { pathname: href, search: '' } : { pathname: href.slice(0, at), search: href.slice(at) };
  }, [href]);
}
