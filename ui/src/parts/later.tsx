import { useEffect, useState, type ComponentType } from 'react';

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
    const [fault, setFault] = useState<Error | null>(null);
    useEffect(() => {
      if (Part !== null) return;
      let isGone = false;
      loading().then(
        () => isGone || setPart(() => loaded),
        (error: unknown) => isGone || setFault(error instanceof Error ? error : new Error(String(error))),
      );
      return () => {
        isGone = true;
      };
    }, [Part]);
    if (fault !== null) throw fault;
    return Part === null ? null : <Part {...props} />;
  }
  Later.load = loading;
  return Later;
}
