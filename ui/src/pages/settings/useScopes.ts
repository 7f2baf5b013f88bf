import { useQuery } from '@tanstack/react-query';

import { meQuery } from '../../api/queries';

/** Whether who signed in may change what only `admin` may. */
export const useIsAdmin = (): boolean => useQuery(meQuery).data?.scopes.includes('admin') === true;
