import { withParams, type Params } from './client';

import type { LiveEvent } from '../model/liveList';
import type { Session } from './schema';

const KINDS = ['session.started', 'session.updated', 'session.idle', 'session.ended'] as const;

interface Handlers {
  onOpen: () => void;
  onEvent: (event: LiveEvent) => void;
  /** Something was missed: what is shown has to be read again. */
  onReset: () => void;
  /** No stream now; the browser tries again by itself unless the server refused. */
  onLost: (isRefused: boolean) => void;
}

const hearers = new Set<() => void>();

/** Have `hear` called whenever any stream of this page told something. Answers how to stop. */
export function onAnyChange(hear: () => void): () => void {
  hearers.add(hear);
  return () => hearers.delete(hear);
}

/** The changes of the sessions that `params` choose, as they happen. Answers how to stop. */
export function listen(params: Params, { onOpen, onEvent, onReset, onLost }: Handlers): () => void {
  const source = new EventSource(withParams('/observability/live', params));
  source.onopen = onOpen;
  source.onerror = () => onLost(source.readyState === EventSource.CLOSED);
  for (const kind of KINDS) {
    source.addEventListener(kind, ({ data }: MessageEvent<string>) => {
      onEvent({ kind, session: JSON.parse(data) as Session });
      hearers.forEach((hear) => hear());
    });
  }
  source.addEventListener('session.removed', ({ data }: MessageEvent<string>) =>
    onEvent({ kind: 'session.removed', id: (JSON.parse(data) as { id: string }).id }),
  );
  source.addEventListener('reset', onReset);
  return () => source.close();
}
