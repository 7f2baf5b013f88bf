import { Mark, Stacks } from '../../charts/marks';
import { TimeChart, type Slot } from '../../charts/TimeChart';
import { costFigure } from '../../model/totals';
import { highest, stacked } from '../../model/stack';
import { slotName, slotTick, stretchState, type Interval, type Slots } from '../../model/trends';
import { plural } from '../../format/numbers';
import { visibleName } from '../../model/visible';
import { useNow } from '../../state/now';

import { layersOf, MEASURES, placesOfSpikes, type Stacked } from './costSeries';
import { GROUP_WORDS, sessionsPath, type CostGrouping } from './doors';
import classes from './Analytics.module.css';

import type { CostAnalytics } from '../../api/schema';
import type { ListState } from '../../state/listState';
import type { CostsLook } from './analyticsState';

interface Props {
  costs: CostAnalytics;
  interval: Interval;
  groups: readonly Stacked[];
  measure: CostsLook['measure'];
  grouping: CostGrouping;
  state: ListState;
}

/** Cost or tokens over time, stacked by group; days that stand out are marked. */
export function CostChart({ costs, interval, groups, measure, grouping, state }: Props) {
  const now = useNow();
  const { series } = costs;
  const { axis, exact } = MEASURES[measure];
  const layers = layersOf(groups, measure);
  const stacks = stacked(layers, series.length);
  const most = highest(stacks);
  const slots: Slots = {
    begins: series.map(({ time }) => Date.parse(time)),
    window: { from: costs.from, to: costs.to },
  };
  const door = (a: number, b: number): string => sessionsPath(stretchState(state, slots, a, b));
  const colours = new Map(groups.map(({ id, colour }) => [id, colour]));
  const names = slots.begins.map((at) => slotName(at, interval, now));
  const spikes = measure === 'cost' ? placesOfSpikes(slots.begins, costs.spikes ?? []) : new Set<number>();
  const whole = (at: number): string => {
    const one = series[at];
    if (one === undefined) return '';
    if (measure === 'tokens') return exact(one.totalTokens);
    const cost = costFigure(one);
    if (one.sessionCount === 0) return 'no session';
    return cost.known ? cost.title : `- (${cost.title})`;
  };
  const told: Slot[] = series.map((one, at) => {
    const parts = [...(stacks[at] ?? [])].sort((a, b) => b.to - b.from - (a.to - a.from));
    const said = parts.map(({ key, from, to }) => {
      const name = groups.find(({ id }) => id === key)?.name ?? '';
      return `${visibleName(name)} ${axis(to - from)}`;
    });
    return {
      key: one.time,
      tick: slotTick(slots.begins[at] ?? 0, interval, now),
      label:
        `${names[at]}: ${whole(at)}` +
        (one.sessionCount > 0 ? `, ${plural(one.sessionCount, 'session')}` : '') +
        (spikes.has(at) ? ', a spike' : '') +
        (said.length > 0 ? `. ${said.join(', ')}` : ''),
      to: one.sessionCount > 0 ? door(at, at) : null,
    };
  });
  const title = `${measure === 'cost' ? 'Cost' : 'Tokens'} per ${interval} by ${GROUP_WORDS[grouping]}`;
  if (most === 0) {
    const cost = costFigure(costs.totals);
    const why =
      measure === 'tokens'
        ? 'no call of these sessions reported its token usage.'
        : cost.known
          ? 'these sessions cost nothing.'
          : cost.title;
    return <p className={classes.note}>Nothing to draw: {why}</p>;
  }
  return (
    <>
      {costs.breakdown?.overlapping === true && (
        <p className={classes.note}>
          {grouping === 'tool'
            ? 'A tool has no cost or tokens of its own: shown are the turns in which it was called. '
            : ''}
          {grouping === 'user' ? 'A session of two users' : `A turn with two ${GROUP_WORDS[grouping]}s`}{' '}
          counts for both, so the stacks may exceed the totals.
        </p>
      )}
      <TimeChart
        title={title}
        description={`${series.length} intervals, each stacked from ${groups.length} groups. Each opens its sessions; arrow keys go from one to the next, with shift they choose several.`}
        slots={told}
        most={most}
        unit={measure === 'tokens' ? 'whole' : 'number'}
        format={axis}
        height={240}
        stretch={door}
        table={{
          heads: [interval, 'In all', ...groups.map(({ name }) => visibleName(name))],
          rows: series.map((_, at) => [
            names[at] ?? '',
            whole(at) + (spikes.has(at) ? ', a spike' : ''),
            ...layers.map(({ values }) => exact(values[at] ?? 0)),
          ]),
        }}
      >
        {(geometry) => (
          <>
            <Stacks stacks={stacks} colourOf={(key) => colours.get(key) ?? ''} geometry={geometry} />
            {[...spikes].map((at) => (
              <Mark key={at} at={at} value={stacks[at]?.at(-1)?.to ?? 0} geometry={geometry} />
            ))}
          </>
        )}
      </TimeChart>
    </>
  );
}
