import { written } from '../../model/completion';
import { withFilter, withFilterText, type ListState } from '../../state/listState';

import { sessionsPath } from './doors';

// The sessions behind a goal's numbers.

export const reachedPath = (state: ListState, goal: string): string =>
  sessionsPath(withFilter(state, { field: 'goal', value: goal }));

/** `open`: not reached, and still active. */
export const missedPath = (state: ListState, goal: string, which: 'notReached' | 'open'): string =>
  sessionsPath(
    withFilterText(
      state,
      `goal(${written(goal)}) = false and status ${which === 'open' ? '=' : '!='} "active"`,
    ),
  );
