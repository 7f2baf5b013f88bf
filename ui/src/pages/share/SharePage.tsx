import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';

import { readByShare } from '../../api/client';
import { ApiError } from '../../api/errors';
import { forgetEverything } from '../../api/queryClient';
import { openedShareQuery, openShare } from '../../api/shareQueries';
import { formatAbsolute, formatDateTime, moment } from '../../format/time';
import { ErrorState } from '../../parts/ErrorState';
import states from '../../parts/States.module.css';
import { navigate } from '../../state/location';
import { useNow } from '../../state/now';
import { SharedContext } from '../../state/shared';
import { useTitle } from '../../state/title';
import SessionPage from '../session/SessionPage';

import classes from './SharePage.module.css';

/** One session, for whoever has a link to it. */
export default function SharePage({ id }: { id: string | null }) {
  return id === null ? <Opening /> : <Opened key={id} id={id} />;
}

/** The secret goes out of the address before anything else, and is exchanged for a cookie that scripts cannot read. */
function Opening() {
  useTitle('Shared session');
  const [token] = useState(() => window.location.hash.slice(1));
  const seen = useRef(false);
  const { mutate, error } = useMutation({
    mutationFn: openShare,
    onSuccess: ({ id }) => {
      forgetEverything();
      navigate(`/share/${id}`, 'replace');
    },
  });
  useEffect(() => {
    if (seen.current) return;
    seen.current = true;
    window.history.replaceState(null, '', '/share');
    if (token !== '') mutate(token);
  }, [mutate, token]);
  if (token === '') return <Over />;
  if (error === null) return <p className={classes.wait} role="status" aria-label="Opening the session" />;
  return <Failed error={error} onRetry={() => mutate(token)} />;
}

function Opened({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(openedShareQuery(id));
  // Before anything is asked for, and until the page is left: whoever is signed in here asks for nothing.
  useLayoutEffect(() => {
    readByShare(id);
    return () => {
      readByShare(null);
      forgetEverything();
    };
  }, [id]);
  const now = useNow();
  if (error !== null) return <Failed error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return null;
  const ends = moment(data.expiresAt);
  return (
    <SharedContext value={true}>
      <div className={classes.page}>
        <header className={classes.bar}>
          <img src="/favicon.svg" width={16} height={16} alt="" />
          <span>Shared with you, to read</span>
          {ends !== null && (
            <span className={classes.ends} data-tip={formatAbsolute(ends)}>
              until {formatDateTime(ends, now)}
            </span>
          )}
        </header>
        <main className={classes.session}>
          <SessionPage id={data.sessionId} />
        </main>
      </div>
    </SharedContext>
  );
}

function Failed({ error, onRetry }: { error: Error; onRetry: () => void }) {
  if (error instanceof ApiError && (error.status === 401 || error.status === 404)) return <Over />;
  return <ErrorState what="Cannot open what was shared" error={error} onRetry={onRetry} />;
}

function Over() {
  useTitle('Shared session');
  return (
    <main className={states.state}>
      <h1 className={states.title}>This link does not open anything any more</h1>
      <p className={states.text}>
        It has reached its end, was revoked by whoever made it, or is not whole. If this browser was closed
        meanwhile, open the link again as it was sent; else ask for another.
      </p>
    </main>
  );
}
