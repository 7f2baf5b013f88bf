import { useQuery } from '@tanstack/react-query';

import { summaryQuery } from '../../api/queries';
import { figure, unknown, type Figure } from '../../format/figure';
import { exactCost, formatCost } from '../../format/money';
import { exactTokens, formatCount, formatTokens, plural } from '../../format/numbers';
import { Link } from '../../parts/Link';
import { Num } from '../../parts/Num';
import { listSearch, withFilter, type ListState } from '../../state/listState';
import summary from '../sessions/Summary.module.css';

import classes from './Users.module.css';

interface Props {
  /** What chooses the sessions behind the table. */
  state: ListState;
  /** How many users are shown, and whether there are more. */
  count: number;
  hasMore: boolean;
  isSearch: boolean;
}

/** The strip above the table: its users, and their sessions together, each session once. */
export function UserTotals({ state, count, hasMore, isSearch }: Props) {
  const { data } = useQuery(summaryQuery(state));
  const totals = data?.figures.totals;
  // Of a search, those who only share a session with somebody that was found are not counted.
  const users = isSearch || totals === undefined ? count : totals.userCount;
  const isPart = hasMore && (isSearch || totals === undefined);
  const value = (text: string, title: string): Figure => figure(text, title);
  const loading = unknown('Loading');
  const entries: { label: string; figure: Figure; to?: string }[] = [
    {
      label: users === 1 ? 'user' : 'users',
      figure: value(`${formatCount(users)}${isPart ? '+' : ''}`, plural(users, 'user')),
    },
    {
      label: 'sessions',
      figure: totals
        ? value(formatCount(totals.sessionCount), plural(totals.sessionCount, 'session'))
        : loading,
      to: `/sessions${listSearch(state)}`,
    },
    {
      label: 'tokens',
      figure: totals ? value(formatTokens(totals.totalTokens), exactTokens(totals.totalTokens)) : loading,
      to: `/sessions${listSearch({ ...state, sort: 'totalTokens', order: 'desc' })}`,
    },
    {
      label: 'cost',
      figure: totals
        ? value(formatCost(totals.totalCost), `${exactCost(totals.totalCost)} of calls with a known price`)
        : loading,
      to: `/sessions${listSearch({ ...state, sort: 'totalCost', order: 'desc' })}`,
    },
    {
      label: totals?.errorCount === 1 ? 'turn failed' : 'turns failed',
      figure: totals
        ? value(formatCount(totals.errorCount), plural(totals.errorCount, 'failed turn'))
        : loading,
      to: `/sessions${listSearch(withFilter(state, { field: 'hasError', value: true }))}`,
    },
  ];
  return (
    <dl className={`${summary.strip} ${classes.strip}`} aria-label="These users in numbers">
      {entries.map(({ label, figure: number, to }) => (
        <div key={label} className={summary.entry}>
          <dt>{label}</dt>
          <dd>
            {to === undefined ? (
              <Num figure={number} />
            ) : (
              <Link to={to} aria-label={`${number.text} ${label}: show the sessions`}>
                <Num figure={number} />
              </Link>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
