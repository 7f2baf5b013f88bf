import { exactCost, roundCost } from '../../format/money';
import { exactTokens, formatTokens } from '../../format/numbers';
import { costFigure } from '../../model/totals';
import { unknown, type Figure } from '../../format/figure';

import type { CostAnalytics } from '../../api/schema';
import type { Layer } from '../../model/stack';
import type { CostsLook } from './analyticsState';
import type { CostGrouping } from './doors';

// The groups of the costs as what is stacked: their colours, names and figures.

export type CostGroup = NonNullable<CostAnalytics['breakdown']>['groups'][number];
type AnyGroup = Omit<CostGroup, 'key'>;

/** As many as have a colour of their own; the rest is one group. */
export const MOST_GROUPS = 6;
const COLOURS = [
  'var(--kind-generation)',
  'var(--kind-tool)',
  'var(--kind-retriever)',
  'var(--kind-agent)',
  'var(--series-5)',
  'var(--series-6)',
];

export interface Stacked {
  id: string;
  /** `null` for what names none; for all further groups `isRest` says so. */
  key: string | null;
  isRest: boolean;
  name: string;
  colour: string;
  group: AnyGroup;
  cost: Figure;
}

const NONE: Record<CostGrouping, string> = {
  model: 'no model named',
  user: 'no user',
  traceName: 'without a name',
  tool: 'no tool called',
  tag: 'no tag',
  environment: 'none',
  release: 'none',
};

/** Calls that name no model have no price, and are no `unpricedModels` either. */
function costOf(group: AnyGroup, grouping: CostGrouping, key: string | null): Figure {
  if (grouping === 'model' && key === null && group.totalCost === 0 && group.totalTokens > 0)
    return unknown('The model of these calls is not known, so no price.');
  return costFigure(group);
}

export function stackedGroups({ breakdown }: CostAnalytics, grouping: CostGrouping): Stacked[] {
  if (breakdown === null) return [];
  const named = breakdown.groups.map((group, at): Stacked => {
    const key = typeof group.key === 'string' ? group.key : null;
    return {
      id: `group ${at}`,
      key,
      isRest: false,
      name: key ?? NONE[grouping],
      colour: COLOURS[at] ?? 'var(--kind-other)',
      group,
      cost: costOf(group, grouping, key),
    };
  });
  const { other } = breakdown;
  if (other === null) return named;
  const rest: Stacked = {
    id: 'rest',
    key: null,
    isRest: true,
    name: `${other.groupCount} more`,
    colour: 'var(--kind-other)',
    group: other,
    cost: costFigure(other),
  };
  return [...named, rest];
}

export const layersOf = (groups: readonly Stacked[], measure: CostsLook['measure']): Layer[] =>
  groups.map(({ id, group: { series } }) => ({
    key: id,
    values: measure === 'cost' ? series.totalCost : series.totalTokens,
  }));

export const MEASURES = {
  cost: { axis: roundCost, exact: exactCost },
  tokens: { axis: formatTokens, exact: exactTokens },
} as const;

/** The interval in which each spike's day begins. */
export function placesOfSpikes(begins: readonly number[], spikes: readonly { time: string }[]): Set<number> {
  const places = spikes.map(({ time }) => {
    const at = Date.parse(time);
    const after = begins.findIndex((begin) => begin > at);
    return after < 0 ? begins.length - 1 : after - 1;
  });
  return new Set(places.filter((place) => place >= 0));
}
