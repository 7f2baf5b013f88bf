import { figure, unknown } from '../../format/figure';
import { exactTokens, formatCount, formatTokens } from '../../format/numbers';
import { Data } from '../../parts/Data';
import { Link } from '../../parts/Link';
import { Num } from '../../parts/Num';

import { GROUP_WORDS, groupPath, type CostGrouping } from './doors';
import classes from './Analytics.module.css';

import type { CostAnalytics } from '../../api/schema';
import type { ListState } from '../../state/listState';
import type { Stacked } from './costSeries';

interface Props {
  groups: readonly Stacked[];
  grouping: CostGrouping;
  costs: CostAnalytics;
  state: ListState;
}

/** The legend of the chart, which is the table of its groups. */
export function CostGroups({ groups, grouping, costs, state }: Props) {
  const counts = [
    ['Traces', 'traceCount'],
    ['Calls', 'callCount'],
    ['Errors', 'errorCount'],
  ] as const;
  const told = counts.filter(([, name]) => groups.some(({ group }) => group[name] !== null));
  return (
    <section aria-label="Groups" className={classes.groups}>
      <div
        className={classes.scroll}
        tabIndex={0}
        role="region"
        aria-label={`Costs by ${GROUP_WORDS[grouping]}`}
      >
        <table>
          <thead>
            <tr>
              <th scope="col">{GROUP_WORDS[grouping]}</th>
              <th scope="col">Cost</th>
              <th scope="col">Share</th>
              <th scope="col">Tokens</th>
              <th scope="col">Sessions</th>
              {told.map(([head]) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {groups.map(({ id, key, isRest, name, colour, group, cost }) => {
              const to = isRest ? null : groupPath(state, grouping, key);
              const said = key === null ? name : <Data>{name}</Data>;
              const { costShare } = group;
              return (
                <tr key={id}>
                  <th scope="row">
                    <span className={classes.swatch} style={{ background: colour }} aria-hidden="true" />
                    {to === null ? said : <Link to={to}>{said}</Link>}
                  </th>
                  <td>
                    <Num figure={cost} />
                  </td>
                  <td>
                    <Num
                      figure={
                        !cost.known || costShare === null
                          ? unknown(cost.known ? 'Nothing was spent.' : cost.title)
                          : figure(
                              `${Number((costShare * 100).toFixed(1))}%`,
                              `of ${costs.totals.totalCost} dollars in all`,
                            )
                      }
                    />
                  </td>
                  <td>
                    <Num figure={figure(formatTokens(group.totalTokens), exactTokens(group.totalTokens))} />
                  </td>
                  <td>{formatCount(group.sessionCount)}</td>
                  {told.map(([head, count]) => (
                    <td key={head}>{group[count] === null ? '-' : formatCount(group[count] ?? 0)}</td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}
