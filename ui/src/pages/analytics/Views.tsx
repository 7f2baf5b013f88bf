import { Link } from '../../parts/Link';

import { viewPath, type View } from './analyticsState';
import classes from './Analytics.module.css';

import type { ListState } from '../../state/listState';

const WORDS: Record<View, string> = { sessions: 'Sessions', costs: 'Costs', goals: 'Goals' };

/** The views of the chosen sessions; range and filters come along. */
export function Views({ shown, state }: { shown: View; state: ListState }) {
  return (
    <nav className={classes.views} aria-label="Views">
      {(['sessions', 'costs', 'goals'] as const).map((view) => (
        <Link
          key={view}
          to={viewPath(view, state)}
          aria-label={`Analytics of ${WORDS[view].toLowerCase()}`}
          aria-current={view === shown ? 'page' : undefined}
        >
          {WORDS[view]}
        </Link>
      ))}
    </nav>
  );
}
