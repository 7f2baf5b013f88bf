import { useQuery } from '@tanstack/react-query';

import { costsQuery } from '../../api/analyticsQueries';
import { figure } from '../../format/figure';
import { exactTokens, formatCount, formatTokens, plural } from '../../format/numbers';
import { costFigure } from '../../model/totals';
import { INTERVALS } from '../../model/trends';
import { Data } from '../../parts/Data';
import { ErrorState } from '../../parts/ErrorState';
import { FilterBar } from '../../parts/filters/FilterBar';
import { Link } from '../../parts/Link';
import { Num } from '../../parts/Num';
import { navigate } from '../../state/location';

import { costsLookPath, type CostsLook } from './analyticsState';
import { Choice } from './Choice';
import { CostChart } from './CostChart';
import { CostGroups } from './CostGroups';
import { MOST_GROUPS, stackedGroups } from './costSeries';
import { COST_GROUPINGS, GROUP_WORDS, sessionsPath } from './doors';
import { Spikes } from './Spikes';
import { Top } from './Top';
import { Views } from './Views';
import classes from './Analytics.module.css';

import type { CostAnalytics } from '../../api/schema';
import type { ListState } from '../../state/listState';

const MOST_MODELS = 10;

/** What the chosen sessions cost: over time and in groups, the days that stand out, and what is dearest. */
export function CostsView({ state, look }: { state: ListState; look: CostsLook }) {
  const { data, error, isFetching, isPlaceholderData, refetch } = useQuery(
    costsQuery(state, look.groupBy, MOST_GROUPS, look.interval),
  );
  const setLook = (next: CostsLook): void => navigate(costsLookPath(state, next));
  // What is on screen may still be the grouping before.
  const shown = COST_GROUPINGS.find((option) => option === data?.costs.breakdown?.groupBy) ?? look.groupBy;
  const groups = data === undefined ? [] : stackedGroups(data.costs, shown);
  return (
    <>
      <FilterBar
        title="Analytics"
        state={state}
        setState={(next) => navigate(costsLookPath(next, look))}
        error={error}
      />
      <Views shown="costs" state={state} />
      {error !== null ? (
        <ErrorState what="Cannot add up these costs" error={error} onRetry={() => void refetch()} />
      ) : (
        data !== undefined && (
          <div className={classes.body} aria-busy={isFetching} data-stale={isPlaceholderData || undefined}>
            <CostTotals totals={data.costs.totals} state={state} />
            {data.costs.totals.sessionCount === 0 ? (
              <p className={classes.note}>No session matches: take a longer time range or fewer filters.</p>
            ) : (
              <>
                <section className={classes.trends} aria-label="Costs over time">
                  <div className={classes.sectionHead}>
                    <Choice
                      label="Measure"
                      lead="Show"
                      options={[
                        { value: 'cost', label: 'cost' },
                        { value: 'tokens', label: 'tokens' },
                      ]}
                      value={look.measure}
                      onChange={(measure) => setLook({ ...look, measure })}
                    />
                    <Choice
                      label="Interval"
                      lead="per"
                      options={INTERVALS.map((value) => ({ value, label: value }))}
                      value={look.interval ?? data.interval}
                      onChange={(interval) => setLook({ ...look, interval })}
                    />
                    <Choice
                      label="Stacked by"
                      lead="by"
                      options={COST_GROUPINGS.map((value) => ({ value, label: GROUP_WORDS[value] }))}
                      value={look.groupBy}
                      onChange={(groupBy) => setLook({ ...look, groupBy })}
                    />
                  </div>
                  <CostChart
                    costs={data.costs}
                    interval={data.interval}
                    groups={groups}
                    measure={look.measure}
                    grouping={shown}
                    state={state}
                  />
                </section>
                <CostGroups groups={groups} grouping={shown} costs={data.costs} state={state} />
                <Spikes spikes={data.costs.spikes ?? []} state={state} />
                {data.costs.top !== null && <Top top={data.costs.top} />}
              </>
            )}
          </div>
        )
      )}
    </>
  );
}

function CostTotals({ totals, state }: { totals: CostAnalytics['totals']; state: ListState }) {
  const tokens = (n: number) => figure(formatTokens(n), exactTokens(n));
  const entries = [
    ['Cost', costFigure(totals)],
    ['Tokens', tokens(totals.totalTokens)],
    ['Prompt', tokens(totals.promptTokens)],
    ['of these cached', tokens(totals.cachedTokens)],
    ['Completion', tokens(totals.completionTokens)],
    ['of these reasoning', tokens(totals.reasoningTokens)],
    [
      'Model calls',
      figure(formatCount(totals.generationCount), plural(totals.generationCount, 'model call')),
    ],
  ] as const;
  return (
    <div className={classes.trends}>
      <dl className={classes.totals} aria-label="These sessions in numbers">
        <div>
          <dt>Sessions</dt>
          <dd>
            <Link
              to={sessionsPath(state)}
              aria-label={`Sessions: ${formatCount(totals.sessionCount)}. Show these sessions`}
            >
              {formatCount(totals.sessionCount)}
            </Link>
          </dd>
        </div>
        {entries.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              <Num figure={value} />
            </dd>
          </div>
        ))}
      </dl>
      {totals.unpricedModels.length > 0 && (
        <p className={classes.note}>
          No price for{' '}
          {totals.unpricedModels.slice(0, MOST_MODELS).map((model, at) => (
            <span key={model}>
              {at > 0 && ', '}
              <Link className={classes.door} to={`/settings/prices?model=${encodeURIComponent(model)}`}>
                <Data>{model}</Data>
              </Link>
            </span>
          ))}
          {totals.unpricedModels.length > MOST_MODELS &&
            ` and ${plural(totals.unpricedModels.length - MOST_MODELS, 'more model')}`}
          : what it cost is not in these sums.
        </p>
      )}
    </div>
  );
}
