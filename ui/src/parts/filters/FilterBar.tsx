import { useState, type ReactNode } from 'react';

import { ExpressionBox } from './ExpressionBox';
import { FilterChips } from './FilterChips';
import { FilterMenu } from './FilterMenu';
import { RangeMenu } from './RangeMenu';
import classes from './Toolbar.module.css';

import type { ListState } from '../../state/listState';

const NONE: never[] = [];

interface Props {
  title: string;
  state: ListState;
  setState: (state: ListState) => void;
  /** Of what is shown for the state: what is wrong with the expression stands under it. */
  error: Error | null;
  /** Further choices, after the filters. */
  children?: ReactNode;
  /** What stands at the right end. */
  right?: ReactNode;
}

/** The head of a page that sums sessions up: the list's time range, filters and expression, in the list's own words. */
export function FilterBar({ title, state, setState, error, children, right }: Props) {
  const [filtering, setFiltering] = useState(false);
  return (
    <div className={classes.toolbar}>
      <h1 className={classes.title}>{title}</h1>
      <div
        className={classes.filters}
        data-wide={right === undefined || undefined}
        role="group"
        aria-label="Filters"
      >
        <RangeMenu range={state.range} onChange={(range) => setState({ ...state, range })} />
        <FilterChips state={state} setState={setState} sessions={NONE} />
        <FilterMenu
          state={state}
          setState={setState}
          sessions={NONE}
          opened={filtering}
          setOpened={setFiltering}
        />
        <ExpressionBox key={state.filter} state={state} setState={setState} error={error} />
        {children}
      </div>
      {right !== undefined && <div className={classes.right}>{right}</div>}
    </div>
  );
}
