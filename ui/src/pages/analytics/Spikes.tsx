import { exactCost, formatCost } from '../../format/money';
import { formatMean } from '../../format/numbers';
import { slotName, stretchState } from '../../model/trends';
import { Data } from '../../parts/Data';
import { Link } from '../../parts/Link';
import { useNow } from '../../state/now';

import { groupState, sessionsPath, type CostGrouping } from './doors';
import classes from './Analytics.module.css';

import type { CostAnalytics } from '../../api/schema';
import type { ListState } from '../../state/listState';

type Spike = NonNullable<CostAnalytics['spikes']>[number];

const KINDS = [
  ['models', 'model', 'Models'],
  ['users', 'user', 'Users'],
  ['traceNames', 'traceName', 'Trace names'],
] as const;
const DAY = 86_400_000;

/** The next midnight of the browser's zone: where clocks change a day has 23 or 25 hours. */
function dayAfter(at: number): number {
  const next = new Date(at + DAY + DAY / 2);
  return new Date(next.getFullYear(), next.getMonth(), next.getDate()).getTime();
}

interface Props {
  spikes: readonly Spike[];
  state: ListState;
}

/** The days that cost far more than those before, and what drove them. */
export function Spikes({ spikes, state }: Props) {
  if (spikes.length === 0) return null;
  return (
    <section aria-label="Spikes" className={classes.trends}>
      <h2>
        <span className={classes.spikeMark} aria-hidden="true" />
        Spikes
      </h2>
      <p className={classes.note}>Days that cost far more than the days before, and what rose most.</p>
      <ol className={classes.spikes}>
        {spikes.map((spike) => (
          <Day key={spike.time} spike={spike} state={state} />
        ))}
      </ol>
    </section>
  );
}

function Day({ spike, state }: { spike: Spike; state: ListState }) {
  const now = useNow();
  const begin = Date.parse(spike.time);
  // A day counts whole, wherever the range begins; the place before it stands for what began earlier.
  const begins = [begin - 1, begin, dayAfter(begin)];
  const day = stretchState(state, { begins, window: { from: null, to: null } }, 1, 1);
  const name = slotName(begin, 'day', now);
  return (
    <li>
      <p>
        <Link className={classes.door} to={sessionsPath(day)}>
          {name}
        </Link>{' '}
        <b data-tip={exactCost(spike.totalCost)}>{formatCost(spike.totalCost)}</b>{' '}
        <span className={classes.quietText} data-tip={exactCost(spike.expectedCost)}>
          where {formatCost(spike.expectedCost)} was expected,{' '}
          <span data-tip="How many times the usual spread of the days before it lies above what was expected">
            {formatMean(spike.score)} spreads above
          </span>
        </span>
      </p>
      <dl className={classes.drivers}>
        {KINDS.map(([kind, grouping, label]) => (
          <Drivers key={kind} label={label} grouping={grouping} drivers={spike.drivers[kind]} day={day} />
        ))}
      </dl>
    </li>
  );
}

interface DriversProps {
  label: string;
  grouping: CostGrouping;
  drivers: Spike['drivers']['models'];
  day: ListState;
}

function Drivers({ label, grouping, drivers, day }: DriversProps) {
  if (drivers.length === 0) return null;
  return (
    <div>
      <dt>{label}</dt>
      {drivers.map(({ key, excess, share, totalCost, usualCost }) => {
        const chosen = groupState(day, grouping, key);
        const name = key === null ? 'none named' : <Data>{key}</Data>;
        return (
          <dd key={key}>
            {chosen === null ? name : <Link to={sessionsPath(chosen)}>{name}</Link>}{' '}
            <span
              className={classes.quietText}
              data-tip={`${exactCost(totalCost)} that day, ${exactCost(usualCost)} on a usual one`}
            >
              +{formatCost(excess)}
              {share !== null &&
                (share > 1 ? ', more than all of the rise' : `, ${Math.round(share * 100)}% of the rise`)}
            </span>
          </dd>
        );
      })}
    </div>
  );
}
