import { figure, unknown, type Figure } from '../../format/figure';
import { formatCount, plural } from '../../format/numbers';
import {
  changeText,
  METRIC_WORDS,
  qText,
  summaryOf,
  superiorityText,
  TEST_WORDS,
  untested,
  verdict,
  type Difference,
} from '../../model/comparison';
import { Data } from '../../parts/Data';
import { Link } from '../../parts/Link';
import { Num } from '../../parts/Num';
import { sidePath, type CompareState } from '../../state/compareState';
import { useNow } from '../../state/now';
import { rangeSentence } from '../../state/sentences';
import { METRICS } from '../analytics/metrics';

import classes from './Compare.module.css';

import type { Comparison } from '../../api/schema';

type Side = Comparison['base'];
type PerSession = Exclude<Difference['metric'], 'errorRate'>;

interface Props {
  comparison: Comparison;
  state: CompareState;
}

/** Each metric of both sides, with the change, whether it is more than noise, and how sure that is. */
export function Differences({ comparison, state }: Props) {
  const { base, current, differences } = comparison;
  const now = useNow();
  const nameOf = (side: Side): string =>
    state.by === 'releases'
      ? (side.release ?? 'no release')
      : rangeSentence({ kind: 'custom', from: side.from, to: side.to }, now);
  const counts = [base.totals.sessionCount, current.totals.sessionCount] as const;
  const names =
    state.by === 'releases' ? [nameOf(base), nameOf(current)] : ['the period before', 'this period'];
  return (
    <>
      <p className={classes.summary}>{summaryOf(differences)}</p>
      <div className={classes.scroll} tabIndex={0} role="region" aria-label="Differences">
        <table aria-label="Differences">
          <thead>
            <tr>
              <th scope="col">Per session, mean and median</th>
              {[base, current].map((side, i) => (
                <th key={i} scope="col">
                  <Data>{nameOf(side)}</Data>
                  <Link className={classes.door} to={sidePath(state, side)}>
                    {plural(side.totals.sessionCount, 'session')}
                  </Link>
                </th>
              ))}
              <th scope="col">Change</th>
              <th scope="col">More than noise?</th>
            </tr>
          </thead>
          <tbody>
            {differences.map((difference) => (
              <Row
                key={difference.metric}
                difference={difference}
                comparison={comparison}
                counts={counts}
                names={[names[0] ?? '', names[1] ?? '']}
                state={state}
              />
            ))}
          </tbody>
        </table>
      </div>
      <p className={classes.note}>
        Sessions are compared by rank, so that one enormous session decides nothing; p-values are adjusted
        after Benjamini and Hochberg for all metrics at once, and q up to 0.05 counts as more than noise. The
        tests take sessions for independent of each other. Of pairs of sessions, one from each side, ties
        count half.
      </p>
    </>
  );
}

interface RowProps {
  difference: Difference;
  comparison: Comparison;
  counts: readonly [number, number];
  names: readonly [string, string];
  state: CompareState;
}

function Row({ difference, comparison: { base, current }, counts, names, state }: RowProps) {
  const { metric, meanChange, medianChange, qValue } = difference;
  const { text, kind } = verdict(difference);
  const words = superiorityText(difference, names[0], names[1]);
  return (
    <tr data-verdict={kind}>
      <th scope="row">{METRIC_WORDS[metric].title}</th>
      {[base, current].map((side, i) => (
        <td key={i}>
          {metric === 'errorRate' ? (
            <Failed side={side} state={state} />
          ) : (
            <>
              <Link
                to={sidePath(sortedBy(state, metric), side)}
                aria-label={`${METRIC_WORDS[metric].title}, mean: ${valueOf(side, metric, 'mean').text}. Show these sessions, the highest first`}
              >
                <Num figure={valueOf(side, metric, 'mean')} />
              </Link>
              <span className={classes.median}>
                <Num figure={valueOf(side, metric, 'p50')} />
              </span>
            </>
          )}
        </td>
      ))}
      <td>
        <Num figure={changed(meanChange, 'mean')} />
        {metric !== 'errorRate' && (
          <span className={classes.median}>
            <Num figure={changed(medianChange, 'median')} />
          </span>
        )}
      </td>
      <td>
        <strong>{text}</strong>
        <span className={classes.how}>
          {qValue === null ? untested(counts) : `${qText(qValue)}, ${TEST_WORDS(metric)}`}
        </span>
        {words !== null && <Data className={classes.how}>{words}</Data>}
      </td>
    </tr>
  );
}

const sortedBy = (state: CompareState, sort: PerSession): CompareState => ({
  ...state,
  list: { ...state.list, sort, order: 'desc' },
});

function Failed({ side, state }: { side: Side; state: CompareState }) {
  const { errorRate, totals } = side;
  if (errorRate === null) return <Num figure={unknown('No session, so no rate.')} />;
  const exact = `${formatCount(totals.failedSessionCount)} of ${plural(totals.sessionCount, 'session')} had an error`;
  const path = sidePath(state, side);
  return (
    <Link to={`${path}${path.includes('?') ? '&' : '?'}hasError=true`} aria-label={`${exact}: show them`}>
      <Num figure={figure(`${Number((errorRate * 100).toFixed(1))}%`, exact)} />
    </Link>
  );
}

function valueOf(side: Side, metric: PerSession, of: 'mean' | 'p50'): Figure {
  const value = side.perSession[metric][of];
  const told = METRICS.find(({ key }) => key === metric);
  if (value === null || told === undefined) return unknown('No session, so no value.');
  return figure(told.short(value), `${of === 'mean' ? 'Mean' : 'Median'}: ${told.exact(value)}`);
}

function changed(change: number | null, of: string): Figure {
  const text = changeText(change);
  return text === null
    ? unknown('There is nothing to compare with.')
    : figure(text, `Change of the ${of}: ${((change ?? 0) * 100).toFixed(2)}%`);
}
