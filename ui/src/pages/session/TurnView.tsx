import { Data } from '../../parts/Data';
import { memo, type MouseEvent } from 'react';

import { durationFigure, turnFigures } from '../../model/totals';
import { askedItems, turnText, type FoldedTurn } from '../../model/conversation';
import { formatCount } from '../../format/numbers';
import { formatAbsolute, formatClock, moment } from '../../format/time';
import { CopyButton } from '../../parts/CopyButton';
import { Num } from '../../parts/Num';
import { sessionPath } from '../../state/routes';
import { selectionSearch, type Selection } from '../../state/selection';
import { useShared } from '../../state/shared';

import { ItemView } from './ItemView';
import { useOpen } from './openItems';
import classes from './Conversation.module.css';

/** An agent may take hundreds of steps in one turn: what is shown at once has an end. */
const MOST_ITEMS = 60;

interface Props {
  sessionId: string;
  folded: FoldedTurn;
  wait: string | null;
  isSelected: boolean;
  /** False while a replay stands inside the turn: only what it began with is known then. */
  isOver?: boolean;
  onSelect: (selection: Selection) => void;
}

export const TurnView = memo(function TurnView(props: Props) {
  const { sessionId, folded, wait, isSelected, isOver = true, onSelect } = props;
  const isShared = useShared();
  const { number, turn } = folded;
  const items = isOver ? folded.items : askedItems(folded.items);
  const [all, setAll] = useOpen(`${turn.traceId} all`);
  const shown = all || items.length <= MOST_ITEMS * 1.2 ? items : items.slice(0, MOST_ITEMS);
  const start = moment(turn.startTime);
  const end = moment(turn.endTime);
  const { tokens, cost } = turnFigures(turn);
  /** Anywhere in the turn selects it, and a message its own step; reading, copying and unfolding do not. */
  const onClick = (event: MouseEvent): void => {
    if (!(event.target instanceof Element) || event.target.closest('button, a, input') !== null) return;
    if (window.getSelection()?.isCollapsed === false) return;
    onSelect({
      turn: turn.traceId,
      span: event.target.closest<HTMLElement>('[data-span]')?.dataset.span ?? null,
    });
  };
  return (
    <>
      {wait !== null && <p className={classes.wait}>{wait}</p>}
      <article
        className={classes.turn}
        data-selected={isSelected || undefined}
        data-error={(isOver && turn.status === 'error') || undefined}
        aria-label={`Turn ${number}`}
        aria-current={isSelected || undefined}
        onClick={onClick}
      >
        <header className={classes.head}>
          <button
            type="button"
            className={classes.number}
            aria-label={`Turn ${number}, ${turn.name}: inspect it`}
            onClick={() => onSelect({ turn: turn.traceId, span: null })}
          >
            {number}
          </button>
          <span className={classes.when}>
            {start !== null && (
              <time dateTime={turn.startTime} data-tip={formatAbsolute(start)}>
                {formatClock(start)}
              </time>
            )}
            <Data className={classes.name}>{turn.name}</Data>
          </span>
          <span className={classes.tools}>
            <CopyButton text={() => turnText(folded)} label={`Copy turn ${number} as text`} />
            {!isShared && (
              <CopyButton
                text={() =>
                  window.location.origin +
                  sessionPath(sessionId) +
                  selectionSearch({ turn: turn.traceId, span: null })
                }
                label={`Copy a link to turn ${number}`}
                icon="link"
              />
            )}
          </span>
          <span className={classes.figures} hidden={!isOver}>
            <Num
              figure={durationFigure(
                turn.status !== 'running' && start !== null && end !== null ? end - start : null,
                'It is running, or its end was not sent.',
              )}
            />
            <span>
              <Num figure={tokens} /> {tokens.known && 'tok'}
            </span>
            <Num figure={cost} />
          </span>
        </header>
        <div className={classes.items}>
          {items.length === 0 && isOver && (
            <p className={classes.nothing}>No message in this turn. Select it to see its steps.</p>
          )}
          {shown.map((item, i) => (
            <ItemView key={i} item={item} itemKey={`${turn.traceId} ${i}`} />
          ))}
          {shown.length < items.length && (
            <button type="button" className={classes.more} onClick={() => setAll(true)}>
              Show all {formatCount(items.length)} items of this turn
            </button>
          )}
          {!isOver && (
            <p className={classes.working} role="img" aria-label="Working">
              <span />
              <span />
              <span />
            </p>
          )}
        </div>
      </article>
    </>
  );
});
