import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { lastHourQuery } from '../../api/projectQueries';
import { anySessionQuery } from '../../api/queries';
import { formatCount, plural } from '../../format/numbers';
import { Data } from '../../parts/Data';
import { later } from '../../parts/later';
import states from '../../parts/States.module.css';
import { DEFAULT_STATE, isNarrowed, type ListState } from '../../state/listState';

const SendData = later(() => import('../../parts/SendData'));

interface Props {
  state: ListState;
  setState: (state: ListState) => void;
}

/** Nothing to list: because nothing was ever sent, or because nothing matches. The two need different advice. */
export function EmptyList({ state, setState }: Props) {
  const narrowed = isNarrowed(state) || state.range.kind !== 'all';
  const { data: any } = useQuery({ ...anySessionQuery, enabled: narrowed });
  if (narrowed && any !== false) {
    return (
      <div className={states.state}>
        <h2 className={states.title}>No session matches</h2>
        <p className={states.text}>
          A session is in a time range when any part of it is. Filters look at whole sessions: one turn with
          the tag, the model or the user is enough.
        </p>
        <div className={states.actions}>
          {state.range.kind !== 'all' && (
            <Button variant="default" onClick={() => setState({ ...state, range: DEFAULT_STATE.range })}>
              Look at all time
            </Button>
          )}
          {isNarrowed(state) && (
            <Button variant="default" onClick={() => setState({ ...state, filters: [], filter: '', q: '' })}>
              Remove the filters
            </Button>
          )}
        </div>
      </div>
    );
  }
  return (
    <div className={states.state}>
      <h2 className={states.title}>No session yet</h2>
      <p className={states.text}>
        A session appears here with its first trace that names a session id, and groups all that follow with
        the same id. Send one, with a key of this project; this page turns into the list by itself.
      </p>
      <Received />
      <SendData />
    </div>
  );
}

/** What came during the last hour and is not here: why, in the sender's own numbers. */
function Received() {
  const { data } = useQuery(lastHourQuery);
  if (data === undefined) return null;
  const refused = data.refused.reduce((sum, { count }) => sum + count, 0);
  if (data.spanCount + refused === 0) {
    return (
      <p className={states.notice} role="status">
        Nothing has arrived in the last hour. This page looks again every few seconds.
      </p>
    );
  }
  return (
    <div className={states.notice} role="status">
      In the last hour {plural(data.spanCount, 'span')} arrived and {formatCount(refused)}{' '}
      {refused === 1 ? 'was' : 'were'} refused.
      {data.spanCount > 0 && ' None that arrived names a session: send a session id with them.'}
      {refused > 0 && (
        <ul className={states.reasons}>
          {data.refused.map(({ reason, count, meaning, example }) => (
            <li key={reason}>
              {formatCount(count)} {reason}: {meaning}
              {example !== null && (
                <>
                  , such as <Data>{example}</Data>
                </>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
