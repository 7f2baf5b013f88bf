import { useQuery } from '@tanstack/react-query';

import { sentences } from '../../api/errors';
import { summaryQuery } from '../../api/queries';
import { figure, unknown, type Figure } from '../../format/figure';
import { exactCost, formatCost } from '../../format/money';
import { formatCount, formatMean, plural } from '../../format/numbers';
import { Num } from '../../parts/Num';
import { withFilter, type ListState } from '../../state/listState';

import { OverTime } from './OverTime';
import classes from './Summary.module.css';

import type { SessionAnalytics } from '../../api/schema';

interface Entry {
  label: string;
  figure: Figure;
  onClick?: () => void;
  isBad?: boolean;
}

function entries({ totals, perSession }: SessionAnalytics): Omit<Entry, 'onClick'>[] {
  const turns = perSession.traceCount.mean;
  const cost = perSession.totalCost.mean;
  const { sessionCount, errorCount, totalCost } = totals;
  return [
    {
      label: sessionCount === 1 ? 'session' : 'sessions',
      figure: figure(formatCount(sessionCount), plural(sessionCount, 'session')),
    },
    {
      label: turns !== null && formatMean(turns) === '1' ? 'turn per session' : 'turns per session',
      figure:
        turns === null || sessionCount === 0
          ? unknown('No session, so no mean.')
          : figure(
              formatMean(turns),
              `${plural(totals.traceCount, 'turn')} in ${plural(sessionCount, 'session')}`,
            ),
    },
    {
      label: 'per session',
      figure:
        cost === null || totalCost === 0
          ? unknown('No cost is known for these sessions.')
          : figure(formatCost(cost), `${exactCost(totalCost)} in all, ${exactCost(cost)} per session`),
    },
    {
      label: errorCount === 1 ? 'turn failed' : 'turns failed',
      figure: figure(
        formatCount(errorCount),
        `${plural(errorCount, 'turn')} of ${formatCount(totals.traceCount)} ended in an error`,
      ),
      isBad: errorCount > 0,
    },
  ];
}

const LABELS = ['sessions', 'turns per session', 'per session', 'turns failed'];

/** The strip above the table: the same question, answered in four numbers. */
export function Summary({
  state,
  setState,
  listed,
}: {
  state: ListState;
  setState: (state: ListState) => void;
  /** Whether the rows are there: it is asked after them. */
  listed: boolean;
}) {
  const { data: answer, error, isPlaceholderData } = useQuery({ ...summaryQuery(state), enabled: listed });
  const data = answer?.figures;
  const reason = error === null ? 'Loading' : `Cannot sum up these sessions: ${sentences(error)}`;
  const shown: Entry[] =
    data === undefined ? LABELS.map((label) => ({ label, figure: unknown(reason) })) : entries(data);
  const filtered = state.filters.some((filter) => filter.field === 'hasError' && filter.value);
  return (
    <>
      <dl
        className={classes.strip}
        aria-label="These sessions in numbers"
        aria-busy={data === undefined || isPlaceholderData}
        data-stale={isPlaceholderData || undefined}
      >
        {shown.map(({ label, figure: value, isBad }) => (
          <div key={label} className={classes.entry} data-bad={isBad}>
            <dt>{label}</dt>
            <dd>
              {isBad && !filtered ? (
                <button
                  type="button"
                  className={classes.door}
                  aria-label={`${value.text} ${label}: show the sessions with an error`}
                  onClick={() => setState(withFilter(state, { field: 'hasError', value: true }))}
                >
                  <Num figure={value} />
                </button>
              ) : (
                <Num figure={value} />
              )}
            </dd>
          </div>
        ))}
      </dl>
      {answer === undefined ? (
        <div className={classes.noChart} />
      ) : (
        <OverTime
          figures={answer.figures}
          interval={answer.interval}
          range={state.range}
          onRange={(range) => setState({ ...state, range })}
        />
      )}
    </>
  );
}
