import { formatAbsolute, formatClock, moment } from '../../../format/time';
import { formatCount } from '../../../format/numbers';
import { costFigure, durationFigure, turnFigures } from '../../../model/totals';
import { Data } from '../../../parts/Data';
import { Link } from '../../../parts/Link';
import { Num } from '../../../parts/Num';
import { turnPath } from '../../../state/routes';
import { ItemView } from '../../session/ItemView';
import { useOpen } from '../../session/openItems';

import { MarkedItem } from './MarkedItem';
import classes from './SessionPair.module.css';

import type { ComparedTurn } from '../../../api/schema';
import type { FoldedTurn } from '../../../model/conversation';

const MOST_ITEMS = 40;

interface Props {
  side: 'A' | 'B';
  sessionId: string;
  turn: ComparedTurn | null;
  folded: FoldedTurn | null;
  /** For each item the text that the other side has in its place. */
  others: readonly (string | null)[];
}

/** A turn of one session, with what differs from the other marked. */
export function PairSide({ side, sessionId, turn, folded, others }: Props) {
  const [all, setAll] = useOpen(`${turn?.traceId ?? side} all`);
  if (turn === null || folded === null) {
    return (
      <section className={classes.absent} aria-label={`${side}: no such turn`}>
        <span className={classes.side} aria-hidden="true">
          {side}
        </span>
        No turn that goes with it
      </section>
    );
  }
  const start = moment(turn.startTime);
  const { tokens } = turnFigures(folded.turn);
  const cost = costFigure({ ...turn, totalCost: turn.totalCost ?? 0 });
  const items = all ? folded.items : folded.items.slice(0, MOST_ITEMS);
  const to = turnPath(sessionId, turn.traceId);
  return (
    <section className={classes.turn} aria-label={`${side}: turn ${turn.turn}`}>
      <header className={classes.turnHead}>
        <span className={classes.side} aria-hidden="true">
          {side}
        </span>
        <Link
          to={to}
          aria-label={`Turn ${turn.turn} of ${side}, ${turn.name}: open it`}
          data-tip="Open it in its session"
        >
          Turn {turn.turn}
        </Link>
        <Data className={classes.name}>{turn.name}</Data>
        <span className={classes.figures}>
          {start !== null && (
            <time dateTime={turn.startTime} data-tip={formatAbsolute(start)}>
              {formatClock(start)}
            </time>
          )}
          <Num figure={durationFigure(turn.status === 'running' ? null : turn.duration, 'It is running.')} />
          <span>
            <Num figure={tokens} /> {tokens.known && 'tok'}
          </span>
          <Num figure={cost} />
        </span>
      </header>
      <div className={classes.items}>
        {items.length === 0 && <p className={classes.nothing}>No message in this turn.</p>}
        {items.map((item, i) => {
          const other = others[i] ?? null;
          const key = `${turn.traceId} ${side} ${i}`;
          return other === null ? (
            <ItemView key={i} item={item} itemKey={key} />
          ) : (
            <MarkedItem key={i} item={item} itemKey={key} other={other} side={side} />
          );
        })}
        {items.length < folded.items.length && (
          <button type="button" className={classes.more} onClick={() => setAll(true)}>
            Show all {formatCount(folded.items.length)} items of this turn
          </button>
        )}
        {turn.isCut && (
          <p className={classes.nothing}>
            Only the beginning is shown here. <Link to={to}>Read the whole turn in its session</Link>
          </p>
        )}
      </div>
    </section>
  );
}
