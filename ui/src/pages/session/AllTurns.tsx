import { useEffect, useState } from 'react';
import { flushSync } from 'react-dom';

import { AllOpen } from './openItems';
import { TurnView } from './TurnView';
import { waitBefore } from './waits';
import classes from './AllTurns.module.css';

import type { FoldedTurn } from '../../model/conversation';

const nothing = (): void => undefined;

/** Turns as they stand on paper: all of them, with everything unfolded. */
export function AllTurns({ sessionId, turns }: { sessionId: string; turns: readonly FoldedTurn[] }) {
  return (
    <AllOpen>
      <div className={classes.turns} role="feed" aria-label="Conversation">
        {turns.map((folded, i) => (
          <div key={folded.turn.traceId} className={classes.turn}>
            <TurnView
              sessionId={sessionId}
              folded={folded}
              wait={waitBefore(turns[i - 1]?.turn, folded.turn)}
              isSelected={false}
              onSelect={nothing}
            />
          </div>
        ))}
      </div>
    </AllOpen>
  );
}

/** Whether the browser is about to print; the page is made ready before it looks. */
export function usePrinting(): boolean {
  const [isPrinting, setPrinting] = useState(false);
  useEffect(() => {
    const before = (): void => flushSync(() => setPrinting(true));
    const after = (): void => setPrinting(false);
    window.addEventListener('beforeprint', before);
    window.addEventListener('afterprint', after);
    return () => {
      window.removeEventListener('beforeprint', before);
      window.removeEventListener('afterprint', after);
    };
  }, []);
  return isPrinting;
}
