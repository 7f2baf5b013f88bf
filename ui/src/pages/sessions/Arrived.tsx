import { arrivalsSentence, type Arrivals } from '../../model/liveList';
import { Icon } from '../../parts/Icon';
import { useShortcut } from '../../state/shortcuts';

import classes from './SessionsPage.module.css';

/** What arrived waits here until somebody wants to see it: nothing that is read moves. */
export function Arrived({ arrivals, onShow }: { arrivals: Arrivals; onShow: () => void }) {
  const said = arrivalsSentence(arrivals);
  const show = (): void => {
    document.querySelector('[data-list-scroller]')?.scrollTo({ top: 0 });
    onShow();
  };
  useShortcut({ keys: 'n', label: 'Show what is new', group: 'List', isCommand: true }, show, said !== '');
  return (
    <div className={classes.arrived} role="status" aria-label="Arrivals">
      {said !== '' && (
        <button type="button" aria-keyshortcuts="n" onClick={show}>
          <Icon name="arrowUp" size={12} /> {said} <kbd aria-hidden="true">n</kbd>
        </button>
      )}
    </div>
  );
}
