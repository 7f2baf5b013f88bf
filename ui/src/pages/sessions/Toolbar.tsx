import { usualColumns, type ColumnId } from '../../model/listColumns';

import { ColumnMenu } from './ColumnMenu';
import { ExportMenu } from './ExportMenu';
import { ExpressionBox } from '../../parts/filters/ExpressionBox';
import { FilterChips } from '../../parts/filters/FilterChips';
import { FilterMenu } from '../../parts/filters/FilterMenu';
import { RangeMenu } from '../../parts/filters/RangeMenu';
import { SearchBox } from './SearchBox';
import { SortMenu } from './SortMenu';
import { ViewMenu } from './ViewMenu';
import classes from '../../parts/filters/Toolbar.module.css';

import type { Session, View } from '../../api/schema';
import type { ListState } from '../../state/listState';

interface Props {
  state: ListState;
  setState: (state: ListState) => void;
  sessions: readonly Session[];
  /** Of the list: what is wrong with the expression stands under it. */
  error: Error | null;
  filtering: boolean;
  setFiltering: (open: boolean) => void;
  /** The columns that somebody chose; `null` for the usual ones. */
  chosen: readonly ColumnId[] | null;
  setColumns: (columns: ColumnId[] | null) => void;
  view: number | null;
  onOpenView: (view: View | null) => void;
}

export function Toolbar(props: Props) {
  const { state, setState, sessions, error, filtering, setFiltering, chosen, setColumns, view, onOpenView } =
    props;
  return (
    <div className={classes.toolbar}>
      <h1 className={classes.title}>Sessions</h1>
      <div className={classes.filters} role="group" aria-label="Filters">
        <ViewMenu state={state} columns={chosen} view={view} onOpen={onOpenView} />
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
      <div className={classes.right}>
        <SearchBox key={state.q} state={state} setState={setState} sessions={sessions} />
        <ColumnMenu
          shown={chosen ?? usualColumns(Infinity)}
          onChange={setColumns}
          onUsual={() => setColumns(null)}
        />
        <ExportMenu state={state} sessions={null} className={classes.pill} />
      </div>
    </div>
  );
}
