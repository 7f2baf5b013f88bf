import { figure, unknown, type Figure } from '../../format/figure';
import { formatCount, formatMean, plural } from '../../format/numbers';
import { costFigure } from '../../model/totals';
import { Data } from '../../parts/Data';
import { Link } from '../../parts/Link';
import { Num } from '../../parts/Num';

import { GROUPINGS, groupPath, type Grouping } from './doors';
import classes from './Analytics.module.css';

import type { SessionAnalytics } from '../../api/schema';
import type { ListState } from '../../state/listState';

interface Props {
  data: SessionAnalytics;
  state: ListState;
  grouping: Grouping;
  setGrouping: (grouping: Grouping) => void;
}

type Group = NonNullable<SessionAnalytics['groups']>[number];

export function GroupTable({ data, state, grouping, setGrouping }: Props) {
  // The rows on screen may still be those of the grouping before.
  const shown = GROUPINGS.find((option) => option === data.groupBy) ?? grouping;
  return (
    <section aria-label="Groups" className={classes.groups}>
      <div className={classes.by} role="group" aria-label="Group by">
        <h2>By</h2>
        {GROUPINGS.map((option) => (
          <button
            key={option}
            type="button"
            aria-pressed={option === grouping}
            onClick={() => setGrouping(option)}
          >
            {option}
          </button>
        ))}
      </div>
      <div className={classes.scroll} tabIndex={0} role="region" aria-label={`Sessions by ${shown}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">{shown}</th>
              <th scope="col">Sessions</th>
              <th scope="col">Turns per session</th>
              <th scope="col">Cost</th>
              <th scope="col">Error rate</th>
              <th scope="col">Completion</th>
            </tr>
          </thead>
          <tbody>
            {data.groups.map((group) => (
              <Row key={JSON.stringify(group.key)} group={group} grouping={shown} state={state} />
            ))}
          </tbody>
        </table>
      </div>
      {data.other != null && (
        <p className={classes.note}>
          {plural(data.other.groupCount, 'further group')} with{' '}
          {plural(data.other.totals.sessionCount, 'session')}, {costFigure(data.other.totals).text}
        </p>
      )}
    </section>
  );
}

/** What a group cost; calls that name no model have no price, and are no `unpricedModels` either. */
function groupCost(totals: Group['totals'], grouping: Grouping, key: string | null): Figure {
  if (grouping === 'model' && key === null && totals.totalCost === 0 && totals.totalTokens > 0)
    return unknown('The model of these calls is not known, so no price.');
  return costFigure(totals);
}

function Row({ group, grouping, state }: { group: Group; grouping: Grouping; state: ListState }) {
  const { totals, perSession, errorRate, completion } = group;
  const key = typeof group.key === 'string' ? group.key : null;
  const to = groupPath(state, grouping, key);
  const name = key === null ? 'none' : <Data>{key}</Data>;
  const turns = perSession.traceCount.mean;
  const percent = (rate: number | null, exact: string) => (
    <Num
      figure={
        rate === null ? unknown('Undefined for these sessions') : figure(`${Math.round(rate * 100)}%`, exact)
      }
    />
  );
  return (
    <tr>
      <th scope="row">{to === null ? name : <Link to={to}>{name}</Link>}</th>
      <td>{formatCount(totals.sessionCount)}</td>
      <td>
        <Num figure={turns === null ? unknown('No session') : figure(formatMean(turns), `${turns} turns`)} />
      </td>
      <td>
        <Num figure={groupCost(totals, grouping, key)} />
      </td>
      <td>
        {percent(
          errorRate,
          plural(totals.failedSessionCount, 'session with an error', 'sessions with an error'),
        )}
      </td>
      <td>{percent(completion.rate, `${formatCount(completion.reached)} reached a goal`)}</td>
    </tr>
  );
}
