import { useQuery } from '@tanstack/react-query';

import { goalsQuery } from '../../api/queries';
import { exactDuration, formatDuration } from '../../format/duration';
import { exactCost, formatCost } from '../../format/money';
import { exactTokens } from '../../format/numbers';
import { formatAbsolute, moment } from '../../format/time';
import { visibleName } from '../../model/visible';
import { Data } from '../../parts/Data';
import { useShared } from '../../state/shared';

import classes from './Header.module.css';

import type { SessionGoal } from '../../api/schema';

interface Props {
  sessionId: string;
  /** The trace of a turn, by its number from 1. */
  turnAt: (number: number) => string | undefined;
  onSelectTurn: (traceId: string) => void;
}

/** Each goal of the project: reached at which turn and at what price, missed, or still open. */
export function Goals({ sessionId, turnAt, onSelectTurn }: Props) {
  const isShared = useShared();
  const { data: goals = [] } = useQuery({ ...goalsQuery(sessionId), enabled: !isShared });
  return goals.map((goal) => {
    const turn = goal.turns === null ? undefined : turnAt(goal.turns);
    const name = <Data className={goal.state === 'reached' ? classes.reached : undefined}>{goal.goal}</Data>;
    if (goal.state !== 'reached') {
      return (
        <span key={goal.goal} className={classes.goal}>
          {name} {goal.state === 'open' ? 'open' : 'not reached'}
        </span>
      );
    }
    if (turn === undefined || goal.turns === null) {
      return (
        <span
          key={goal.goal}
          className={classes.goal}
          data-tip="Said of the session as a whole, at no known moment"
        >
          {name} reached
        </span>
      );
    }
    return (
      <button
        key={goal.goal}
        type="button"
        className={classes.editable}
        data-tip={reachedTip(goal)}
        aria-label={`Goal ${visibleName(goal.goal)}, reached at turn ${goal.turns}: show it`}
        onClick={() => onSelectTurn(turn)}
      >
        {name} reached at turn {goal.turns}
        {goal.duration !== null && ` · ${formatDuration(goal.duration)}`}
        {goal.totalCost !== null && goal.totalCost > 0 && ` · ${formatCost(goal.totalCost)}`}
      </button>
    );
  });
}

function reachedTip({ reachedAt, duration, totalTokens, totalCost }: SessionGoal): string {
  const at = moment(reachedAt);
  return [
    at === null ? null : formatAbsolute(at),
    duration === null ? null : `${exactDuration(duration)} after the session began`,
    totalTokens === null ? null : `${exactTokens(totalTokens)} until then`,
    totalCost === null ? null : `${exactCost(totalCost)} until then`,
  ]
    .filter((line) => line !== null)
    .join('\n');
}
