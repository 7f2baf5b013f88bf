import { useCallback, useMemo, useRef } from 'react';

import { ApiError } from '../../api/errors';
import { moment } from '../../format/time';
import { sessionTitle } from '../../model/totals';
import { ErrorState } from '../../parts/ErrorState';
import { later } from '../../parts/later';
import { useFocusOnOpen } from '../../state/focus';
import { useRemembered } from '../../state/recentSessions';
import { useShortcut } from '../../state/shortcuts';
import { useTitle } from '../../state/title';
import { Timeline } from '../../timeline/Timeline';

import { Header } from './Header';
import { Inspector } from './Inspector';
import { InspectorPane, useIsWide } from './InspectorPane';
import { NoSession } from './NoSession';
import { NoticeBar } from './NoticeBar';
import { useReplay } from './replay/useReplay';
import { HeaderSkeleton } from './Skeletons';
import { Tabs } from './Tabs';
import { useSelection } from './useSelection';
import { useSessionData } from './useSessionData';
import { EditContext, useSessionEdit } from './useSessionEdit';
import { View } from './View';
import classes from './SessionPage.module.css';

import type { Selection } from '../../state/selection';

const ReplayBar = later(() => import('./replay/ReplayBar'));

export default function SessionPage({ id }: { id: string }) {
  const data = useSessionData(id);
  const { session, traces, activities, allTraces } = data;
  const { selection, view, go } = useSelection();
  const { edit, notice, dismiss } = useSessionEdit(id, allTraces, !traces.hasNextPage && traces.isSuccess);
  const isWide = useIsWide();
  const scroller = useRef<HTMLDivElement>(null);
  useFocusOnOpen(scroller);
  useRemembered(session.data?.id);
  useTitle(session.data === undefined ? 'Session' : sessionTitle(session.data).text.slice(0, 60));

  const begin = moment(session.data?.startTime);
  const replay = useReplay(activities, { begin, at: view.at, go });
  const { player, isOn: isReplaying } = replay;

  /** What is selected during a replay is where it goes on from: at the end of that turn. */
  const select = useCallback(
    (next: Selection): void => {
      const turn = activities.find((activity) => activity.id === next.turn);
      if (isReplaying && turn !== undefined && next.span === null) player.seek(turn.end);
      go(next);
    },
    [activities, isReplaying, player, go],
  );
  const order = useMemo(
    () =>
      activities.length > 0
        ? activities.map((activity) => activity.id)
        : data.turns.map(({ turn }) => turn.traceId),
    [activities, data.turns],
  );
  // Kept the same, so that what does not change is not drawn anew with every turn of a replay.
  const selectTurn = useCallback((turn: string) => select({ turn, span: null }), [select]);
  const turnAt = useCallback((number: number) => order[number - 1], [order]);
  const openScores = useCallback(() => go({ tab: 'scores' }), [go]);
  const print = useCallback(() => go({ tab: 'transcript', turn: null, span: null, at: null }), [go]);

  const step = (by: 1 | -1): void => {
    const at = selection.turn === null ? -1 : order.indexOf(selection.turn);
    const next = order[at < 0 ? (by > 0 ? 0 : order.length - 1) : at + by];
    if (next !== undefined) select({ turn: next, span: null });
  };
  const close = (): void => go({ turn: null, span: null });
  const startReplay = (): void => {
    const selected = activities.find((activity) => activity.id === selection.turn);
    replay.start(selected?.start);
  };
  const leaveReplay = (): void => {
    player.pause();
    go({ at: null });
  };
  useShortcut(
    { keys: ' ', label: 'Replay the session', group: 'Session', isCommand: true },
    startReplay,
    !isReplaying,
  );
  useShortcut({ keys: '[', label: 'Previous turn', group: 'Session' }, () => step(-1), !isReplaying);
  useShortcut({ keys: ']', label: 'Next turn', group: 'Session' }, () => step(1), !isReplaying);
  const canClose = selection.turn !== null;
  useShortcut({ keys: 'Escape', label: 'Close the inspector', group: 'Session' }, close, canClose);

  if (session.error instanceof ApiError && session.error.status === 404) return <NoSession id={id} />;
  if (session.data === undefined && session.error !== null) {
    return (
      <ErrorState
        what="Cannot open the session"
        error={session.error}
        onRetry={() => void session.refetch()}
      />
    );
  }
  const inspector =
    selection.turn === null ? null : (
      <Inspector
        key={selection.turn}
        sessionId={id}
        traceId={selection.turn}
        number={order.indexOf(selection.turn) + 1}
        count={session.data?.traceCount ?? order.length}
        spanId={selection.span}
        onSelectSpan={(span) => go({ span })}
        onStep={step}
        onClose={close}
      />
    );
  const lit = selection.turn ?? replay.current;
  return (
    <EditContext value={edit}>
      <div className={classes.page} data-inspecting={(isWide && inspector !== null) || undefined}>
        <div ref={scroller} className={classes.main} tabIndex={-1}>
          {session.data === undefined ? (
            <HeaderSkeleton />
          ) : (
            <Header
              session={session.data}
              turnAt={turnAt}
              onSelectTurn={selectTurn}
              onOpenScores={openScores}
              onPrint={print}
            />
          )}
          <div className={classes.timeline} data-sticky>
            {activities.length > 0 && (
              <Timeline
                activities={activities}
                selected={lit}
                onSelect={selectTurn}
                onStep={step}
                cursor={isReplaying ? player : null}
              />
            )}
            {traces.isError && (
              <ErrorState
                what="Cannot load the timeline"
                error={traces.error}
                onRetry={() => void traces.refetch()}
              />
            )}
            <Tabs
              tab={view.tab}
              scoreCount={session.data?.scores.reduce((sum, { count }) => sum + count, 0) ?? 0}
              onShow={(tab) => go({ tab })}
              onReplay={!isReplaying && activities.length > 0 ? startReplay : null}
            />
          </div>
          <View
            id={id}
            tab={view.tab}
            data={data}
            order={order}
            scroller={scroller}
            lit={lit}
            until={replay.until}
            onSelect={select}
            onShow={(tab) => go({ tab })}
          />
        </div>
        <InspectorPane isWide={isWide} onClose={close}>
          {inspector}
        </InspectorPane>
        {isReplaying && <ReplayBar sessionId={id} replay={replay} onLeave={leaveReplay} />}
      </div>
      <NoticeBar notice={notice} onDismiss={dismiss} />
    </EditContext>
  );
}
