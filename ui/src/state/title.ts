import { useEffect } from 'react';

import { visibleName } from '../model/visible';

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${visibleName(title)} · Threadline`;
  }, [title]);
}
