import { Histogram } from '../../charts/Histogram';
import { figure, unknown } from '../../format/figure';
import { plural } from '../../format/numbers';
import { changeOf } from '../../model/trends';
import { costFigure, someModels } from '../../model/totals';
import { Data } from '../../parts/Data';
import { Num } from '../../parts/Num';

import { binPath } from './doors';
import classes from './Analytics.module.css';

import type { SessionAnalytics } from '../../api/schema';
import type { ListState } from '../../state/listState';
import type { Metric } from './metrics';

const SHOWN = ['mean', 'p50', 'p90', 'p95'] as const;

interface Props {
  metric: Metric;
  data: SessionAnalytics;
  state: ListState;
}

export function MetricCard({ metric, data, state }: Props) {
  const { key, title, short, exact, field } = metric;
  const now = data.perSession[key];
  const changed = changeOf(now.mean, data.previous?.perSession[key].mean);
  // Sessions whose cost is unknown stand among those that cost nothing.
  const cost = key === 'totalCost' ? costFigure(data.totals) : null;
  const hides = cost !== null && !cost.known;
  const { unpricedModels } = data.totals;
  const bins = hides ? [] : (now.histogram ?? []);
  const first = bins[0];
  const end = bins.at(-1);
  return (
    <section className={classes.card} aria-label={title}>
      <h3>{title}</h3>
      <dl className={classes.figures}>
        {SHOWN.map((name) => {
          const value = now[name];
          return (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <Num
                  figure={
                    hides
                      ? unknown(cost.title)
                      : value === null
                        ? unknown('No session, so no value.')
                        : figure(short(value), exact(value))
                  }
                />
                {name === 'mean' && changed !== null && (
                  <span className={classes.change} data-tip="Against the mean of the period before">
                    {changed.text}
                  </span>
                )}
              </dd>
            </div>
          );
        })}
      </dl>
      {hides ? (
        <p className={classes.note}>{cost.title}</p>
      ) : (
        <Histogram
          label={`${title}: sessions per range`}
          bars={bins.map((bin) => ({
            key: String(bin.from),
            count: bin.sessionCount,
            label: `${exact(bin.from)} ${bin.to === null ? 'or more' : `to less than ${exact(bin.to)}`}: ${plural(bin.sessionCount, 'session')}`,
            to: field === null ? null : binPath(state, field, bin),
          }))}
        />
      )}
      <div className={classes.axis} aria-hidden="true">
        <span>{first === undefined ? '' : short(first.from)}</span>
        <span>{end === undefined ? '' : end.to === null ? `${short(end.from)}+` : short(end.to)}</span>
      </div>
      {cost?.known && unpricedModels.length > 0 && (
        <p className={classes.note}>
          Calls of <Data>{someModels(unpricedModels)}</Data> have no price and count as nothing.
        </p>
      )}
    </section>
  );
}
