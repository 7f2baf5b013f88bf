import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { anySessionQuery, ingestionQuery } from '../../api/queries';
import { formatCount, plural } from '../../format/numbers';
import { SendData } from '../../parts/SendData';
import states from '../../parts/States.module.css';
import { DEFAULT_STATE, isNarrowed, type ListState } from '../../state/listState';

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

/** Spans that came and are not here: why, in the sender's own numbers. */
function Received() {
  const { data } = useQuery(ingestionQuery);
  if (data === undefined || data.received === 0) return null;
  const reasons = Object.entries(data.rejected).sort((a, b) => b[1] - a[1]);
  return (
    <p className={states.notice} role="status">
      Since the server started this project sent {plural(data.received, 'span')}: {formatCount(data.stored)}{' '}
      stored
      {reasons.length > 0 &&
        `, ${reasons.map(([reason, n]) => `${formatCount(n)} rejected (${reason})`).join(', ')}`}
      .{data.stored > 0 && ' None of those that were stored names a session: send a session id with them.'}
    </p>
  );
}
