import { later } from '../../parts/later';
import { useShared } from '../../state/shared';

import { Conversation } from './Conversation';
import { Scores } from './Scores';
import { PANEL_ID, tabId } from './Tabs';
import classes from './SessionPage.module.css';

import type { RefObject } from 'react';
import type { Selection } from '../../state/selection';
import type { SessionTab } from '../../state/sessionView';
import type { SessionData } from './useSessionData';

const Charts = later(() => import('./charts/Charts'));
const Transcript = later(() => import('./Transcript'));

interface Props {
  id: string;
  tab: SessionTab;
  data: SessionData;
  /** The traces of the turns, in their order. */
  order: readonly string[];
  scroller: RefObject<HTMLDivElement | null>;
  lit: string | null;
  until: number | null;
  onSelect: (selection: Selection) => void;
  onShow: (tab: SessionTab) => void;
}

/** What stands under the timeline. */
export function View(props: Props) {
  const { tab } = props;
  return (
    <div
      id={PANEL_ID}
      className={classes.panel}
      role="tabpanel"
      aria-labelledby={tabId(tab === 'transcript' ? 'conversation' : tab)}
    >
      <Panel {...props} />
    </div>
  );
}

function Panel({ id, tab, data, order, scroller, lit, until, onSelect, onShow }: Props) {
  const { session, traces, allTraces, conversation, turns } = data;
  const isShared = useShared();
  const selectTurn = (turn: string): void => onSelect({ turn, span: null });
  switch (tab) {
    case 'charts':
      return session.data === undefined ? null : (
        <Charts
          session={session.data}
          traces={allTraces}
          isWhole={!traces.hasNextPage}
          selected={lit}
          onSelectTurn={selectTurn}
        />
      );
    case 'scores':
      return isShared ? null : (
        <div className={classes.padded}>
          <Scores
            sessionId={id}
            numberOf={(traceId) => order.indexOf(traceId) + 1}
            onSelectTurn={selectTurn}
          />
        </div>
      );
    case 'transcript':
      return (
        <Transcript
          sessionId={id}
          turns={turns}
          count={session.data?.traceCount ?? 0}
          query={conversation}
          onClose={() => onShow('conversation')}
        />
      );
    default:
      return (
        <Conversation
          sessionId={id}
          scroller={scroller}
          turns={turns}
          query={conversation}
          lit={lit}
          until={until}
          onSelect={onSelect}
        />
      );
  }
}
