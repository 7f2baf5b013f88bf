import { exactDuration, formatDuration } from '../../format/duration';
import { figure, unknown, type Figure } from '../../format/figure';
import { formatCount, plural } from '../../format/numbers';
import { Data } from '../../parts/Data';
import { Link } from '../../parts/Link';
import { Num } from '../../parts/Num';
import { withFilter, type ListState } from '../../state/listState';

import { funnelDoor, type FunnelAsk } from './journeyState';
import classes from './Journeys.module.css';

import type { Funnel } from '../../api/schema';

interface Props {
  state: ListState;
  ask: FunnelAsk;
}

export const GROUPS = ['user', 'model', 'tag', 'environment', 'release'] as const;

export const percent = (share: number | null): string =>
  share === null ? '-' : `${Math.round(share * 100)}%`;

export const time = (ms: number | null): Figure =>
  ms === null
    ? unknown('No session came so far.')
    : figure(formatDuration(Math.round(ms)), exactDuration(Math.round(ms)));

/** The sessions of a group that come to a step of the funnel; `null` where the list cannot choose exactly them. */
function groupDoor(state: ListState, ask: FunnelAsk, key: unknown, place: number): string | null {
  const by = ask.groupBy;
  if (by === null || key === null || key === '' || !['string', 'number', 'boolean'].includes(typeof key))
    return null;
  const value = typeof key === 'string' ? key : JSON.stringify(key);
  if (by.startsWith('metadata.'))
    return funnelDoor(
      withFilter(state, { field: 'metadata', key: by.slice(9), value }),
      ask,
      'funnelReached',
      place,
    );
  const field = by === 'user' ? 'userId' : GROUPS.find((one) => one === by);
  if (field === undefined || field === 'user') return null;
  const taken = state.filters.some(
    (one) => one.field === field && field !== 'tag' && 'value' in one && one.value !== value,
  );
  return taken ? null : funnelDoor(withFilter(state, { field, value }), ask, 'funnelReached', place);
}

export function Groups({ data, state, ask }: { data: Funnel } & Props) {
  return (
    <section aria-label="Groups">
      <h2>By {data.groupBy}</h2>
      <div className={classes.scroll} role="region" tabIndex={0} aria-label={`Funnel by ${data.groupBy}`}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">{data.groupBy}</th>
              <th scope="col">Begin</th>
              <th scope="col">Convert</th>
              <th scope="col">Conversion</th>
              <th scope="col">Median time</th>
            </tr>
          </thead>
          <tbody>
            {data.groups.map((group) => {
              const name =
                group.key === null
                  ? 'none'
                  : typeof group.key === 'string'
                    ? group.key
                    : JSON.stringify(group.key);
              const counts = [
                [group.sessionCount, groupDoor(state, ask, group.key, 1), 'begin'],
                [group.convertedCount, groupDoor(state, ask, group.key, ask.steps.length), 'convert'],
              ] as const;
              return (
                <tr key={JSON.stringify(group.key)}>
                  <th scope="row">
                    <Data>{name}</Data>
                  </th>
                  {counts.map(([count, to, what]) => (
                    <td key={what}>
                      {to === null || count === 0 ? (
                        formatCount(count)
                      ) : (
                        <Link to={to} aria-label={`${name}: ${plural(count, 'session')} ${what}. Show them`}>
                          {formatCount(count)}
                        </Link>
                      )}
                    </td>
                  ))}
                  <td>{percent(group.conversion)}</td>
                  <td>
                    <Num figure={time(group.timeToConvert.p50)} />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}
