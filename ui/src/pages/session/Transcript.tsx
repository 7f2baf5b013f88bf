import { Button } from '@mantine/core';
import { useEffect } from 'react';

import { formatCount, plural } from '../../format/numbers';
import { ErrorState } from '../../parts/ErrorState';

import { AllTurns } from './AllTurns';
import classes from './Transcript.module.css';

import type { FoldedTurn } from '../../model/conversation';

interface Props {
  sessionId: string;
  turns: readonly FoldedTurn[];
  /** How many turns the session has. */
  count: number;
  query: {
    error: Error | null;
    hasNextPage: boolean;
    isFetching: boolean;
    fetchNextPage: () => unknown;
  };
  onClose: () => void;
}

/** The whole conversation on one page, to read from the top to the bottom and to print. */
export default function Transcript({ sessionId, turns, count, query, onClose }: Props) {
  const { error, hasNextPage, isFetching, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetching && error === null) void fetchNextPage();
  }, [hasNextPage, isFetching, error, fetchNextPage]);
  return (
    <div>
      <div className={classes.bar}>
        <span role="status">
          {hasNextPage
            ? `Loading the turns: ${formatCount(turns.length)} of ${formatCount(count)}`
            : `Transcript of all ${plural(turns.length, 'turn')}`}
        </span>
        <Button size="compact-sm" disabled={hasNextPage} onClick={() => window.print()}>
          Print
        </Button>
        <Button size="compact-sm" variant="default" onClick={onClose}>
          Close
        </Button>
      </div>
      {error !== null && (
        <ErrorState what="Cannot load all turns" error={error} onRetry={() => void fetchNextPage()} />
      )}
      {!hasNextPage && <AllTurns sessionId={sessionId} turns={turns} />}
    </div>
  );
}
