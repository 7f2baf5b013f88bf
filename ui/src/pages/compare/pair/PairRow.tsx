import { memo, useMemo } from 'react';

import {
  changeFigure,
  counterparts,
  foldedTurn,
  isDifferent,
  pairSentence,
} from '../../../model/sessionPair';
import { CopyButton } from '../../../parts/CopyButton';
import { Num } from '../../../parts/Num';
import { pairPath } from '../../../state/routes';

import { PairSide } from './PairSide';
import classes from './SessionPair.module.css';

import type { TurnPair } from '../../../api/schema';
import type { Unit } from '../../../model/sessionPair';

interface Props {
  pair: TurnPair;
  ids: readonly [string, string];
  isLit: boolean;
}

const CHANGES = [
  ['duration', 'duration'],
  ['totalTokens', 'tokens'],
  ['totalCost', 'cost'],
] as const satisfies readonly (readonly [string, Unit])[];

/** One position: a turn of each session, or of one alone, and in what they differ. */
export const PairRow = memo(function PairRow({ pair, ids, isLit }: Props) {
  const { a, b, match, differences, position } = pair;
  const folded = useMemo(
    () => [a === null ? null : foldedTurn(a), b === null ? null : foldedTurn(b)] as const,
    [a, b],
  );
  const [left, right] = folded;
  const others = useMemo(
    () =>
      left === null || right === null
        ? ([[], []] as const)
        : ([counterparts(left.items, right.items), counterparts(right.items, left.items)] as const),
    [left, right],
  );
  const changed = CHANGES.filter(([name]) => differences !== null && differences[name] !== 0);
  return (
    <article
      className={classes.row}
      data-lit={isLit || undefined}
      data-differs={isDifferent(pair) || undefined}
      aria-label={`Position ${position}`}
      aria-current={isLit || undefined}
    >
      <header className={classes.rowHead}>
        <span className={classes.position}>{position}</span>
        <strong>{pairSentence(pair)}</strong>
        {match === 'name' && <span>side by side by their name</span>}
        {differences !== null && changed.length > 0 && (
          <span className={classes.rowChanges}>
            {changed.map(([name, unit]) => (
              <span key={name}>
                {differences[name] === null && 'cost '}
                <Num figure={changeFigure(differences[name], unit)} />
              </span>
            ))}
          </span>
        )}
        <CopyButton
          text={() => window.location.origin + pairPath(ids[0], ids[1], a?.traceId ?? b?.traceId ?? '')}
          label={`Copy a link to position ${position}`}
          icon="link"
        />
      </header>
      <div className={classes.sides}>
        <PairSide side="A" sessionId={ids[0]} turn={a} folded={left} others={others[0]} />
        <PairSide side="B" sessionId={ids[1]} turn={b} folded={right} others={others[1]} />
      </div>
    </article>
  );
});
