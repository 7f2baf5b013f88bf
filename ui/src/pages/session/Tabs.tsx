import { Icon } from '../../parts/Icon';
import { useShared } from '../../state/shared';

import classes from './Tabs.module.css';

import type { SessionTab } from '../../state/sessionView';

interface Props {
  tab: SessionTab;
  scoreCount: number;
  onShow: (tab: SessionTab) => void;
  /** `null` while a replay is on, or where there is nothing to replay. */
  onReplay: (() => void) | null;
}

const TABS: readonly Exclude<SessionTab, 'transcript'>[] = ['conversation', 'charts', 'scores'];
const NAMES = { conversation: 'Conversation', charts: 'Charts', scores: 'Scores' };

export const tabId = (tab: SessionTab): string => `tab-${tab}`;
export const PANEL_ID = 'session-panel';

/** What the page shows under the timeline. */
export function Tabs({ tab, scoreCount, onShow, onReplay }: Props) {
  const isShared = useShared();
  const tabs = isShared ? TABS.filter((each) => each !== 'scores') : TABS;
  const lit = tab === 'transcript' ? 'conversation' : tab;
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const next = tabs[(tabs.indexOf(lit) + by + tabs.length) % tabs.length];
    if (by === 0 || next === undefined) return;
    event.preventDefault();
    onShow(next);
    document.getElementById(tabId(next))?.focus();
  };
  return (
    <div className={classes.bar}>
      <div role="tablist" aria-label="Views of the session" className={classes.tabs} onKeyDown={onKeyDown}>
        {tabs.map((each) => (
          <button
            key={each}
            id={tabId(each)}
            type="button"
            role="tab"
            aria-selected={each === lit}
            aria-controls={PANEL_ID}
            tabIndex={each === lit ? 0 : -1}
            onClick={() => onShow(each)}
          >
            {NAMES[each]}
            {each === 'scores' && scoreCount > 0 && <small> {scoreCount}</small>}
          </button>
        ))}
      </div>
      {onReplay !== null && (
        <button type="button" className={classes.replay} data-tip="Replay  space" onClick={onReplay}>
          <Icon name="play" size={12} /> Replay
        </button>
      )}
    </div>
  );
}
