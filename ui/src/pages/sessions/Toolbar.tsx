import { ExpressionBox } from './ExpressionBox';
import { FilterChips } from './FilterChips';
import { FilterMenu } from './FilterMenu';
import { RangeMenu } from './RangeMenu';
import { SearchBox } from './SearchBox';
import { SortMenu } from './SortMenu';
import classes from './Toolbar.module.css';

import type { Session } from '../../api/schema';
import type { ListState } from '../../state/listState';

interface Props {
  state: ListState;
  setState: (state: ListState) => void;
  sessions: readonly Session[];
  /** Of the list: what is wrong with the expression stands under it. */
  error: Error | null;
  filtering: boolean;
  setFiltering: (open: boolean) => void;
}

export function Toolbar({ state, setState, sessions, error, filtering, setFiltering }: Props) {
  return (
    <div className={classes.toolbar}>
      <h1 className={classes.title}>Sessions</h1>
      <div className={classes.filters} role="group" aria-label="Filters">
        <RangeMenu range={state.range} onChange={(range) => setState({ ...state, range })} />
        <FilterChips state={state} setState={setState} sessions={sessions} />
        <FilterMenu
          state={state}
          setState={setState}
          sessions={sessions}
          opened={filtering}
          setOpened={setFiltering}
        />
        <ExpressionBox key={state.filter} state={state} setState={setState} error={error} />
        <SortMenu state={state} setState={setState} />
      </div>
      <SearchBox key={state.q} state={state} setState={setState} sessions={sessions} />
    </div>
  );
}
