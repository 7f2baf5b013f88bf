import { Drawer } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useRef } from 'react';

import { ApiError } from '../../api/errors';
import { sessionTitle } from '../../model/totals';
import { ErrorState } from '../../parts/ErrorState';
import { useFocusOnOpen } from '../../state/focus';
import { useShortcut } from '../../state/shortcuts';
import { useTitle } from '../../state/title';
import { Timeline } from '../../timeline/Timeline';

import { Conversation } from './Conversation';
import { Header } from './Header';
import { Inspector } from './Inspector';
import { NoSession } from './NoSession';
import { HeaderSkeleton } from './Skeletons';
import { useSelection } from './useSelection';
import { useSessionData } from './useSessionData';
import classes from './SessionPage.module.css';

export default function SessionPage({ id }: { id: string }) {
  const { session, traces, conversation, activities, turns } = useSessionData(id);
  const { selection, select } = useSelection();
  const isWide = useMediaQuery('(width >= 1180px)', window.innerWidth >= 1180);
  const scroller = useRef<HTMLDivElement>(null);
  useFocusOnOpen(scroller);
  useTitle(session.data === undefined ? 'Session' : sessionTitle(session.data).text.slice(0, 60));

  const step = (by: 1 | -1): void => {
    const order =
      activities.length > 0
        ? activities.map((activity) => activity.id)
        : turns.map(({ turn }) => turn.traceId);
    const at = selection.turn === null ? -1 : order.indexOf(selection.turn);
    const next = order[at < 0 ? (by > 0 ? 0 : order.length - 1) : at + by];
    if (next !== undefined) select({ turn: next, span: null });
  };
  useShortcut({ keys: '[', label: 'Previous turn', group: 'Session' }, () => step(-1));
  useShortcut({ keys: ']', label: 'Next turn', group: 'Session' }, () => step(1));
  const close = (): void => select({ turn: null, span: null });
  useShortcut(
    { keys: 'Escape', label: 'Close the inspector', group: 'Session' },
    close,
    selection.turn !== null,
  );

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
  const number = activities.findIndex((activity) => activity.id === selection.turn) + 1;
  const inspector =
    selection.turn === null ? null : (
      <Inspector
        key={selection.turn}
        traceId={selection.turn}
        number={number}
        count={session.data?.traceCount ?? activities.length}
        spanId={selection.span}
        onSelectSpan={(span) => select({ turn: selection.turn, span })}
        onStep={step}
        onClose={close}
      />
    );
  return (
    <div className={classes.page} data-inspecting={(isWide && inspector !== null) || undefined}>
      <div ref={scroller} className={classes.main} tabIndex={-1}>
        {session.data === undefined ? <HeaderSkeleton /> : <Header session={session.data} />}
        <div className={classes.timeline} data-sticky>
          {activities.length > 0 && (
            <Timeline
              activities={activities}
              selected={selection.turn}
              onSelect={(turn) => select({ turn, span: null })}
              onStep={step}
            />
          )}
          {traces.isError && (
            <ErrorState
              what="Cannot load the timeline"
              error={traces.error}
              onRetry={() => void traces.refetch()}
            />
          )}
        </div>
        <Conversation
          sessionId={id}
          scroller={scroller}
          turns={turns}
          query={conversation}
          selection={selection}
          onSelect={select}
        />
      </div>
      {isWide ? (
        inspector !== null && (
          <aside className={classes.inspector} aria-label="Inspector">
            {inspector}
          </aside>
        )
      ) : (
        <Drawer
          opened={inspector !== null}
          onClose={close}
          position="right"
          size="min(520px, 100vw)"
          withCloseButton={false}
          attributes={{ content: { 'aria-label': 'Inspector' } }}
          classNames={{ body: classes.drawerBody }}
        >
          {inspector}
        </Drawer>
      )}
    </div>
  );
}
