import { useMemo } from 'react';

import { parseListState } from '../../state/listState';
import { useAddress } from '../../state/location';
import { useTitle } from '../../state/title';

import { parseCostsLook, parseEdited, parseSessionsLook, type View } from './analyticsState';
import { CostsView } from './CostsView';
import { GoalsView } from './GoalsView';
import { SessionsView } from './SessionsView';
import classes from './Analytics.module.css';

const TITLES: Record<View, string> = { sessions: 'Analytics', costs: 'Costs', goals: 'Goals' };

/** What the chosen sessions add up to, what they cost, and whether they get where they should. */
export default function AnalyticsPage({ view }: { view: View }) {
  useTitle(TITLES[view]);
  const { search } = useAddress();
  const state = useMemo(() => parseListState(search), [search]);
  return (
    <div className={classes.page}>
      {view === 'sessions' && <SessionsView state={state} look={parseSessionsLook(search)} />}
      {view === 'costs' && <CostsView state={state} look={parseCostsLook(search)} />}
      {view === 'goals' && <GoalsView state={state} edited={parseEdited(search)} />}
    </div>
  );
}
