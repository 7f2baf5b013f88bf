import { useEffect, useState, type ComponentType } from 'react';

import { ApiError } from '../api/errors';

/**
 * A part of the page that is loaded when it is first shown, or when its `load` is called. React's `lazy` holds what has
 * come back for 300 ms, so that a fallback does not flash; there is none here to flash, and a page would open so much later.
 */
export function later<P extends object>(load: () => Promise<{ default: ComponentType<P> }>) {
  let loaded: ComponentType<P> | null = null;
  const loading = async (): Promise<void> => {
    loaded = (await load()).default;
  };

  function Later(props: P) {
    const [Part, setPart] = useState(() => loaded);
    const [isAway, setAway] = useState(false);
    useEffect(() => {
      if (Part !== null) return;
      let isGone = false;
      loading().then(
        () => isGone || setPart(() => loaded),
        () => isGone || setAway(true),
      );
      return () => {
        isGone = true;
      };
    }, [Part]);
    if (isAway) throw notLoaded();
    return Part === null ? null : <Part {...props} />;
  }
  Later.load = loading;
  return Later;
}

const notLoaded = (): ApiError =>
  new ApiError(
    0,
    'not_loaded',
    'A file of this page cannot be fetched.',
    'The server is away, or was updated since the page was opened: reload the page.',
  );
