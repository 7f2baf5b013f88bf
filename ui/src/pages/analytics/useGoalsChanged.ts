import { useQueryClient } from '@tanstack/react-query';

import { keys } from '../../api/keys';

/** Goals are evaluated when they are asked for: with a definition every figure about them changes. */
export function useGoalsChanged(): () => void {
  const client = useQueryClient();
  return () => {
    for (const queryKey of [
      keys.goalList,
      keys.goalNames,
      ['explore'],
      ['analytics'],
      ['summary'],
      ['sessions'],
      ['session'],
    ])
      void client.invalidateQueries({ queryKey });
  };
}
