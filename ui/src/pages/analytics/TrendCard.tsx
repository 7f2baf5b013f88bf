import { Bars, Line } from '../../charts/marks';
import { TimeChart, type Slot } from '../../charts/TimeChart';
import { figure, unknown } from '../../format/figure';
import { moment } from '../../format/time';
import { changeOf, slotName, slotTick, stretchState, type Slots } from '../../model/trends';
import { Link } from '../../parts/Link';
import { Num } from '../../parts/Num';
import { useNow } from '../../state/now';

import { viewPath } from './analyticsState';
import { sessionsPath } from './doors';
import classes from './Analytics.module.css';

import type { Trends } from '../../api/analyticsQueries';
import type { ListState } from '../../state/listState';
import type { Statistic } from './analyticsState';
import type { Figures, TrendMetric } from './trendMetrics';

interface Props {
  metric: TrendMetric;
  trends: Trends;
  statistic: Statistic;
  state: ListState;
}

/** One metric over time against the period before. */
export function TrendCard({ metric, trends, statistic, state }: Props) {
  const now = useNow();
  const { current, before, interval } = trends;
  const of = (figures: Figures): number | null => metric.of(figures, statistic);
  const say = (figures: Figures): string => {
    const value = of(figures);
    if (value === null) return `- (${metric.reason(figures)})`;
    const detail = metric.detail?.(figures) ?? '';
    return metric.exact(value) + (detail === '' ? '' : `, ${detail}`);
  };
  const series = current.series;
  const earlier = before?.series.slice(0, series.length) ?? [];
  const values = series.map(of);
  const valuesBefore = earlier.map(of);
  const slots: Slots = {
    begins: series.map(({ time }) => moment(time) ?? 0),
    window: { from: current.from, to: current.to },
  };
  const door = (a: number, b: number): string => {
    const chosen = stretchState(state, slots, a, b);
    return sessionsPath(metric.narrow?.(chosen) ?? chosen);
  };
  const holds = metric.holds ?? (({ totals }: Figures) => totals.sessionCount > 0);
  const names = slots.begins.map((at) => slotName(at, interval, now));
  const namesBefore = earlier.map(({ time }) => slotName(moment(time) ?? 0, interval, now));
  const told: Slot[] = series.map((one, at) => {
    const old = earlier[at];
    return {
      key: one.time,
      tick: slotTick(slots.begins[at] ?? 0, interval, now),
      label: `${names[at]}: ${say(one)}${old === undefined ? '' : `. Before, ${namesBefore[at]}: ${say(old)}`}`,
      to: holds(one) ? door(at, at) : null,
    };
  });
  const all = of(current);
  const change = before === null ? null : changeOf(all, of(before), metric.isRate);
  const title = metric.isPerSession ? `${metric.title}, ${statistic}` : metric.title;
  const per = metric.isCount ? ` per ${interval}` : '';
  const most = Math.max(0, ...[...values, ...valuesBefore].filter((value) => value !== null));
  const isEmpty = [...values, ...valuesBefore].every((value) => value === null);
  const Marks = metric.isCount ? Bars : Line;
  return (
    <section className={classes.card} aria-label={`${metric.title} over time`}>
      <h3>
        {metric.title}
        {metric.isPerSession && <span className={classes.statistic}>{statistic}</span>}
      </h3>
      <p className={classes.headline}>
        <Num
          className={classes.value}
          figure={all === null ? unknown(metric.reason(current)) : figure(metric.short(all), say(current))}
        />
        {change !== null && before !== null && (
          <span
            className={classes.change}
            data-tip={`Against ${say(before)} in the period of equal length before`}
          >
            {change.text}
          </span>
        )}
      </p>
      {isEmpty ? (
        <p className={classes.note}>
          {metric.reason(current)}
          {metric.key === 'completionRate' && (
            <>
              {' '}
              <Link className={classes.door} to={viewPath('goals', state)}>
                Define what counts as success
              </Link>
            </>
          )}
        </p>
      ) : (
        <TimeChart
          title={`${title}${per} over time`}
          description={`${series.length} intervals of a ${interval}${before === null ? '' : ', with the period of equal length before drawn faintly'}. Each opens its sessions; arrow keys go from one to the next, with shift they choose several.`}
          slots={told}
          most={metric.isRate ? Math.min(1, most) : most}
          unit={metric.unit}
          format={metric.axis}
          stretch={door}
          table={{
            heads: [interval, title, ...(before === null ? [] : ['The period before'])],
            rows: series.map((one, at) => {
              const old = earlier[at];
              return [
                names[at] ?? '',
                say(one),
                ...(before === null
                  ? []
                  : [old === undefined ? 'no such interval' : `${namesBefore[at]}: ${say(old)}`]),
              ];
            }),
          }}
        >
          {(geometry) => (
            <>
              <Marks values={valuesBefore} geometry={geometry} isBefore />
              <Marks values={values} geometry={geometry} />
            </>
          )}
        </TimeChart>
      )}
    </section>
  );
}
