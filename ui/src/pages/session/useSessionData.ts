import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';

import { keys } from '../../api/keys';
import { conversationQuery, sessionQuery, tracesQuery } from '../../api/queries';
import { moment } from '../../format/time';
import { foldConversation } from '../../model/conversation';

import type { Session, Trace } from '../../api/schema';
import type { ReplayTurn } from '../../model/replay';
import type { Activity } from '../../timeline/layout';

const LIVE_FOR = 10 * 60_000;
const EVERY = 5000;

/** A session in which something happened a moment ago is looked at again; one that has ended is left alone. */
function refetchInterval(session: Session | undefined): number | false {
  const end = moment(session?.endTime);
  return end !== null && Date.now() - end < LIVE_FOR ? EVERY : false;
}

export function activityOf(trace: Trace): Activity & ReplayTurn {
  const start = moment(trace.startTime) ?? 0;
  return {
    id: trace.id,
    label: trace.name,
    start,
    end: Math.max(start, moment(trace.endTime) ?? start),
    isError: trace.status === 'error',
    tokens: { prompt: trace.promptTokens, completion: trace.completionTokens },
    cost: trace.totalCost,
  };
}

export function useSessionData(id: string) {
  const client = useQueryClient();
  const session = useQuery({
    ...sessionQuery(id),
    refetchInterval: ({ state }) => refetchInterval(state.data),
  });
  const traces = useInfiniteQuery(tracesQuery(id));
  const conversation = useInfiniteQuery(conversationQuery(id));

  // The timeline shows the whole session: its pages are fetched to the end.
  const { hasNextPage, isFetching, isError, fetchNextPage } = traces;
  useEffect(() => {
    if (hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [hasNextPage, isFetching, isError, fetchNextPage]);

  const version =
    session.data && `${session.data.endTime} ${session.data.spanCount} ${session.data.totalTokens}`;
  const seen = useRef(version);
  useEffect(() => {
    if (seen.current !== undefined && version !== undefined && seen.current !== version) {
      void client.invalidateQueries({ queryKey: keys.traces(id) });
      void client.invalidateQueries({ queryKey: keys.conversation(id) });
      void client.invalidateQueries({ queryKey: ['trace'] });
    }
    seen.current = version ?? seen.current;
  }, [client, id, version]);

  const allTraces = useMemo(() => traces.data?.pages.flatMap((page) => page.data) ?? [], [traces.data]);
  const activities = useMemo(() => allTraces.map(activityOf), [allTraces]);
  const turns = useMemo(
    () => foldConversation(conversation.data?.pages.flatMap((page) => page.data) ?? []),
    [conversation.data],
  );
  return { session, traces, conversation, allTraces, activities, turns };
}

export type SessionData = ReturnType<typeof useSessionData>;
