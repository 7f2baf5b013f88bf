import { figure } from '../../format/figure';
import { formatCount, plural } from '../../format/numbers';
import { whenSentence } from '../../model/goalDraft';
import { visibleName } from '../../model/visible';
import { Data } from '../../parts/Data';
import { Link } from '../../parts/Link';
import { Num } from '../../parts/Num';

import { missedPath, reachedPath } from './goalDoors';
import { notReached, paceFigures, rateFigure, type Effect } from './goalFigures';
import classes from './Analytics.module.css';

import type { Goal } from '../../api/schema';
import type { ListState } from '../../state/listState';

interface Props {
  goals: readonly Goal[];
  effectOf: (goal: Goal) => Effect | null;
  state: ListState;
  edited: number | null;
  /** `null` where nobody here may. */
  onEdit: ((goal: Goal) => void) | null;
  onDelete: (goal: Goal) => void;
}

const HEADS = [
  'Completion',
  'Reached',
  'Not reached',
  'Still open',
  'Median turns',
  'Median time',
  'Median cost',
];

export function GoalTable({ goals, effectOf, state, edited, onEdit, onDelete }: Props) {
  return (
    <section className={classes.groups} aria-label="Goals">
      <div className={classes.scroll} tabIndex={0} role="region" aria-label="Goals, scrolls">
        <table aria-label="Goals">
          <thead>
            <tr>
              <th scope="col">goal</th>
              {HEADS.map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
              {onEdit !== null && <td />}
            </tr>
          </thead>
          <tbody>
            {goals.map((goal) => (
              <tr key={goal.id} data-edited={goal.id === edited || undefined}>
                <th scope="row" className={classes.goalName}>
                  <Data>{goal.name}</Data>
                  <small>
                    <Data>{whenSentence(goal.when)}</Data>
                  </small>
                </th>
                <Cells effect={effectOf(goal)} name={goal.name} state={state} />
                {onEdit !== null && (
                  <td>
                    <button
                      type="button"
                      className={classes.quiet}
                      aria-label={`Edit ${visibleName(goal.name)}`}
                      onClick={() => onEdit(goal)}
                    >
                      Edit
                    </button>
                    <button
                      type="button"
                      className={classes.quiet}
                      aria-label={`Delete ${visibleName(goal.name)}`}
                      onClick={() => onDelete(goal)}
                    >
                      Delete
                    </button>
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Cells({ effect, name, state }: { effect: Effect | null; name: string; state: ListState }) {
  if (effect === null) return HEADS.map((head) => <td key={head} />);
  const { turns, time, cost } = paceFigures(effect);
  const count = (n: number, to: string, what: string) => (
    <td>
      {n === 0 ? (
        '0'
      ) : (
        <Link to={to} aria-label={`${plural(n, 'session')} ${what} ${visibleName(name)}`}>
          {formatCount(n)}
        </Link>
      )}
    </td>
  );
  return (
    <>
      <td>
        <Rate effect={effect} />
      </td>
      {count(effect.reached, reachedPath(state, name), 'reached')}
      {count(notReached(effect), missedPath(state, name, 'notReached'), 'did not reach')}
      {count(effect.open, missedPath(state, name, 'open'), 'may still reach')}
      {[turns, time, cost].map((value, at) => (
        <td key={HEADS[at + 4]}>
          <Num figure={value} />
        </td>
      ))}
    </>
  );
}

/** A rate and the bar of it. */
export function Rate({ effect }: { effect: Effect }) {
  const value = rateFigure(effect);
  return (
    <span className={classes.rate}>
      <Num figure={effect.rate === null ? value : figure(value.text, value.title)} />
      <svg width={64} height={6} aria-hidden="true">
        <rect className={classes.rateGround} width={64} height={6} rx={3} />
        {effect.rate !== null && effect.rate > 0 && (
          <rect className={classes.rateBar} width={Math.max(2, 64 * effect.rate)} height={6} rx={3} />
        )}
      </svg>
    </span>
  );
}
