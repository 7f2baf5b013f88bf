import { useState, type ReactNode } from 'react';

import { FilterChips } from './FilterChips';
import { FilterMenu } from './FilterMenu';
import { RangeMenu } from './RangeMenu';
import toolbar from './Toolbar.module.css';

import type { ListState } from '../../state/listState';

const NONE: never[] = [];

interface Props {
  title: string;
  state: ListState;
  setState: (state: ListState) => void;
  /** What else the page is asked, to the right. */
  children?: ReactNode;
}

/** The head of a page about the sessions that the list's own filters choose. */
export function FilterBar({ title, state, setState, children }: Props) {
  const [filtering, setFiltering] = useState(false);
  return (
    <div className={toolbar.toolbar}>
      <h1 className={toolbar.title}>{title}</h1>
      <div className={toolbar.filters} role="group" aria-label="Filters">
        <RangeMenu range={state.range} onChange={(range) => setState({ ...state, range })} />
        <FilterChips state={state} setState={setState} sessions={NONE} />
        <FilterMenu
          state={state}
          setState={setState}
          sessions={NONE}
          opened={filtering}
          setOpened={setFiltering}
        />
      </div>
      {children !== undefined && <div className={toolbar.right}>{children}</div>}
    </div>
  );
}
