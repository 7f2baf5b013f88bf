import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState, type RefObject } from 'react';

import { sessionPairQuery } from '../../../api/compareQueries';
import { alignmentSentence, nextDifference } from '../../../model/sessionPair';
import { ErrorState } from '../../../parts/ErrorState';
import { Icon } from '../../../parts/Icon';
import { navigate, useAddress } from '../../../state/location';
import { pairPath } from '../../../state/routes';
import { useShortcut } from '../../../state/shortcuts';

import { PairFacts } from './PairFacts';
import { PairList } from './PairList';
import classes from './SessionPair.module.css';

import type { TurnPair } from '../../../api/schema';

interface Props {
  a: string;
  b: string;
  scroller: RefObject<HTMLDivElement | null>;
}

const traceOf = ({ a, b }: TurnPair): string => a?.traceId ?? b?.traceId ?? '';

/** Two sessions side by side: what they are, what differs, and their turns. */
export function SessionPair({ a, b, scroller }: Props) {
  const query = useInfiniteQuery(sessionPairQuery(a, b));
  const { data, error, hasNextPage, isFetching, fetchNextPage, refetch } = query;
  const { search } = useAddress();
  const turn = new URLSearchParams(search).get('turn');
  const pairs = useMemo(() => data?.pages.flatMap((page) => page.data) ?? [], [data]);
  const at = useMemo(
    () =>
      turn === null ? -1 : pairs.findIndex((pair) => pair.a?.traceId === turn || pair.b?.traceId === turn),
    [pairs, turn],
  );
  const select = (pair: TurnPair): void => navigate(pairPath(a, b, traceOf(pair)), 'replace');

  /** A difference is looked for beyond what is loaded. */
  const [isLooking, setLooking] = useState(false);
  const from = useRef(-1);
  const look = (by: 1 | -1): void => {
    const start = at < 0 && by < 0 ? pairs.length : at;
    const found = pairs[nextDifference(pairs, start, by)];
    if (found !== undefined) select(found);
    else if (by > 0 && hasNextPage) {
      from.current = at;
      setLooking(true);
    }
  };
  const wantsMore = hasNextPage && error === null && (isLooking || (turn !== null && at < 0));
  useEffect(() => {
    if (wantsMore && !isFetching) void fetchNextPage();
  }, [wantsMore, isFetching, fetchNextPage]);
  useEffect(() => {
    if (!isLooking) return;
    const found = pairs[nextDifference(pairs, from.current, 1)];
    if (found === undefined && hasNextPage) return;
    setLooking(false);
    if (found !== undefined) navigate(pairPath(a, b, traceOf(found)), 'replace');
  }, [isLooking, pairs, hasNextPage, a, b]);
  useShortcut({ keys: 'n', label: 'Next difference', group: 'Compare' }, () => look(1));
  useShortcut({ keys: 'p', label: 'Previous difference', group: 'Compare' }, () => look(-1));

  const first = data?.pages[0];
  if (first === undefined) {
    return error === null ? (
      <p className={classes.note} role="status">
        Aligning the turns…
      </p>
    ) : (
      <ErrorState what="Cannot compare" error={error} onRetry={() => void refetch()} />
    );
  }
  const isAny = first.alignment.differingCount > 0 || pairs.some(({ differs }) => differs.length > 0);
  const lit = pairs[at];
  return (
    <div className={classes.pair}>
      <PairFacts pair={first} />
      <div className={classes.bar} data-sticky>
        <p>{alignmentSentence(first)}</p>
        <div className={classes.steps}>
          {lit !== undefined && (
            <span role="status">
              Position {lit.position} of {first.alignment.positionCount}
            </span>
          )}
          <button type="button" disabled={!isAny} onClick={() => look(-1)} data-tip="Previous difference (p)">
            <Icon name="up" size={12} /> Previous
          </button>
          <button type="button" disabled={!isAny} onClick={() => look(1)} data-tip="Next difference (n)">
            <Icon name="down" size={12} /> Next difference
          </button>
        </div>
      </div>
      <PairList pairs={pairs} ids={[a, b]} at={at} query={query} scroller={scroller} />
    </div>
  );
}
