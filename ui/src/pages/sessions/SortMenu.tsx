import { Menu } from '@mantine/core';

import { Icon } from '../../parts/Icon';
import { SORTS, withSort, type ListState, type Sort } from '../../state/listState';

import classes from '../../parts/filters/Toolbar.module.css';

export const SORT_NAMES: Record<Sort, string> = {
  lastActivity: 'Last activity',
  startTime: 'Started',
  duration: 'Duration',
  activeDuration: 'Active time',
  traceCount: 'Turns',
  totalTokens: 'Tokens',
  totalCost: 'Cost',
  errorCount: 'Errors',
};

/** Sorting where there is no room for column heads. */
export function SortMenu({ state, setState }: { state: ListState; setState: (state: ListState) => void }) {
  const arrow = state.order === 'desc' ? 'arrowDown' : 'arrowUp';
  return (
    <div className={classes.sortMenu}>
      <Menu width={180}>
        <Menu.Target>
          <button type="button" className={classes.pill} aria-label={`Sorted by ${SORT_NAMES[state.sort]}`}>
            <Icon name={arrow} size={12} /> {SORT_NAMES[state.sort]}
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {SORTS.map((sort) => (
            <Menu.Item
              key={sort}
              rightSection={sort === state.sort ? <Icon name={arrow} size={13} /> : null}
              onClick={() => setState(withSort(state, sort))}
            >
              {SORT_NAMES[sort]}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
