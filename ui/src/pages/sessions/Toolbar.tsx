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
  filtering: boolean;
  setFiltering: (open: boolean) => void;
}

export function Toolbar({ state, setState, sessions, filtering, setFiltering }: Props) {
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
        <SortMenu state={state} setState={setState} />
      </div>
      <SearchBox state={state} setState={setState} sessions={sessions} />
    </div>
  );
}
