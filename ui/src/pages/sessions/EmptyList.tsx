import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { anySessionQuery } from '../../api/queries';
import { SendData } from '../../parts/SendData';
import states from '../../parts/States.module.css';
import { DEFAULT_STATE, type ListState } from '../../state/listState';

interface Props {
  state: ListState;
  setState: (state: ListState) => void;
}

/** Nothing to list: because nothing was ever sent, or because nothing matches. The two need different advice. */
export function EmptyList({ state, setState }: Props) {
  const narrowed = state.filters.length > 0 || state.range.kind !== 'all';
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
          {state.filters.length > 0 && (
            <Button variant="default" onClick={() => setState({ ...state, filters: [] })}>
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
      <SendData />
    </div>
  );
}
