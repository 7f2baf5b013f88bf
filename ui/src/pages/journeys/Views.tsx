import { Link } from '../../parts/Link';
import { listSearch, type ListState } from '../../state/listState';

import classes from './Journeys.module.css';

/** The two views of how sessions go; the filters come along. */
export function Views({ shown, state }: { shown: 'journeys' | 'funnels'; state: ListState }) {
  return (
    <nav className={classes.views} aria-label="Views">
      {(['journeys', 'funnels'] as const).map((view) => (
        <Link
          key={view}
          to={`/${view}${listSearch(state)}`}
          aria-current={view === shown ? 'page' : undefined}
        >
          {view === 'journeys' ? 'All ways' : 'Funnel'}
        </Link>
      ))}
    </nav>
  );
}
