import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

import { MOST_UNSEEN, unseenAlertsQuery } from '../api/alertQueries';
import { keys } from '../api/keys';
import { onAnyChange } from '../api/live';
import { plural } from '../format/numbers';

import classes from './Shell.module.css';

const AFTER_MS = 1500;

/** How many alerts nobody has seen yet: looked at when a session changed, since that is when rules are tried. */
export function UnseenAlerts() {
  const client = useQueryClient();
  const { data: count = 0 } = useQuery(unseenAlertsQuery);
  useEffect(() => {
    let waiting = 0;
    const stop = onAnyChange(() => {
      waiting ||= window.setTimeout(() => {
        waiting = 0;
        void client.invalidateQueries({ queryKey: keys.unseenAlerts });
      }, AFTER_MS);
    });
    return () => {
      stop();
      window.clearTimeout(waiting);
    };
  }, [client]);
  if (count === 0) return null;
  const told = count > MOST_UNSEEN ? `${MOST_UNSEEN}+` : String(count);
  return (
    <span
      className={classes.count}
      data-tip={`${count > MOST_UNSEEN ? `More than ${MOST_UNSEEN} alerts` : plural(count, 'alert')} nobody has seen`}
    >
      {told}
      <span className="vh"> new</span>
    </span>
  );
}
