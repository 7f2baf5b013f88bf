import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { addView, changeView, deleteView } from '../../api/changes';
import { keys } from '../../api/keys';
import { meQuery, viewsQuery } from '../../api/queries';

import type { View, ViewBody } from '../../api/schema';

type Body = Partial<ViewBody> & Pick<ViewBody, 'name'>;
type Change =
  { do: 'save'; body: Body } | { do: 'change'; id: number; body: Body } | { do: 'delete'; id: number };

const EMPTY: View[] = [];

/** The project's saved views and what may be done to them. */
export function useViews() {
  const client = useQueryClient();
  const { data: views = EMPTY } = useQuery(viewsQuery);
  const canSave = useQuery(meQuery).data?.scopes.includes('admin') === true;
  const { mutateAsync, isPending, error, reset } = useMutation({
    mutationFn: async (change: Change): Promise<View | null> => {
      if (change.do === 'save') return addView(change.body);
      if (change.do === 'change') return changeView(change.id, change.body);
      await deleteView(change.id);
      return null;
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.views }),
  });
  return { views, canSave, change: mutateAsync, isPending, error, reset };
}
