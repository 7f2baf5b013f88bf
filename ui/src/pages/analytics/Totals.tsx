import { figure, unknown, type Figure } from '../../format/figure';
import { formatCount, plural } from '../../format/numbers';
import { changeOf, type Change } from '../../model/trends';
import { costFigure } from '../../model/totals';
import { Link } from '../../parts/Link';
import { Num } from '../../parts/Num';
import { withFilter, type ListState } from '../../state/listState';

import { sessionsPath } from './doors';
import classes from './Analytics.module.css';

import type { SessionAnalytics } from '../../api/schema';

interface Entry {
  label: string;
  value: Figure;
  changed?: Change | null;
  to?: string;
}

const share = (rate: number | null, exact: string, reason: string): Figure =>
  rate === null ? unknown(reason) : figure(`${Math.round(rate * 100)}%`, exact);

function entries({ totals, previous, errorRate, completion }: SessionAnalytics, state: ListState): Entry[] {
  const { sessionCount, userCount, failedSessionCount, totalCost } = totals;
  const all = sessionsPath(state);
  return [
    {
      label: 'Sessions',
      value: figure(formatCount(sessionCount), plural(sessionCount, 'session')),
      changed: changeOf(sessionCount, previous?.totals.sessionCount),
      to: all,
    },
    {
      label: 'Users',
      value: figure(formatCount(userCount), plural(userCount, 'user')),
      changed: changeOf(userCount, previous?.totals.userCount),
    },
    {
      label: 'Cost',
      value: costFigure(totals),
      changed: changeOf(totalCost, previous?.totals.totalCost),
      to: all,
    },
    {
      label: 'Error rate',
      value: share(
        errorRate,
        `${formatCount(failedSessionCount)} of ${plural(sessionCount, 'session')} had an error`,
        'No session, so no rate.',
      ),
      changed: changeOf(errorRate, previous?.errorRate, true),
      to: sessionsPath(withFilter(state, { field: 'hasError', value: true })),
    },
    {
      label: 'Completion rate',
      value: share(
        completion.rate,
        `${formatCount(completion.reached)} of ${plural(completion.closed, 'closed session')} reached a goal; ${formatCount(completion.open)} still open`,
        'No goal is defined, or no session is over yet.',
      ),
      changed: changeOf(completion.rate, previous?.completion.rate, true),
    },
  ];
}

export function Totals({ data, state }: { data: SessionAnalytics; state: ListState }) {
  return (
    <dl className={classes.totals} aria-label="These sessions in numbers">
      {entries(data, state).map(({ label, value, changed, to }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            {to === undefined ? (
              <Num figure={value} />
            ) : (
              <Link to={to} aria-label={`${label}: ${value.text}. Show these sessions`}>
                <Num figure={value} />
              </Link>
            )}
            {changed != null && (
              <span className={classes.change} data-tip="Against the period of equal length before">
                {changed.text}
              </span>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
