import { useEffect } from 'react';

let last = '/sessions';

/** The list as it was last looked at in this tab: where a session leads back to. */
export const lastList = (): string => last;

export function useLastList(search: string): void {
  useEffect(() => {
    last = `/sessions${search}`;
  }, [search]);
}
