import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { auditQuery } from '../../api/auditQueries';
import { formatAbsolute, moment } from '../../format/time';
import { auditSearch, choiceOf } from '../../model/auditChoice';
import { whatOf, whoOf, type Piece } from '../../model/auditSentence';
import { visibleName } from '../../model/visible';
import { Data } from '../../parts/Data';
import { ErrorState } from '../../parts/ErrorState';
import { Link } from '../../parts/Link';
import { Time } from '../../parts/Time';
import { navigate, useAddress } from '../../state/location';
import { useNow } from '../../state/now';

import { AuditFilters } from './AuditFilters';
import { NotYours } from './NotYours';
import { useIsAdmin } from './useScopes';
import audit from './AuditLog.module.css';
import classes from './Settings.module.css';

import type { AuditEvent } from '../../api/schema';

export const AUDIT_PATH = '/settings/audit';
const DIGEST_SHOWN = 8;

/** Who did what in the project, when and from where. */
export function AuditLog() {
  return useIsAdmin() ? <Log /> : <NotYours what="the audit log" />;
}

function Log() {
  const { search } = useAddress();
  const choice = useMemo(() => choiceOf(search), [search]);
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetching, isPlaceholderData } =
    useInfiniteQuery(auditQuery(choice));
  const events = data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <section className={classes.section} aria-label="Audit log" aria-busy={isFetching}>
      <p className={classes.note}>
        Who did what, the newest first. It is written before an action is answered, and nobody can change it.
        What was refused is not in it, nor anything that was said in a session.
      </p>
      <AuditFilters
        key={search}
        choice={choice}
        onChange={(next) => navigate(`${AUDIT_PATH}${auditSearch(next)}`)}
      />
      {data === undefined && error !== null ? (
        <ErrorState what="Cannot read the audit log" error={error} onRetry={() => void refetch()} />
      ) : data !== undefined && events.length === 0 ? (
        <p className={classes.note}>
          {auditSearch(choice) === '' ? (
            'Nothing yet: keys, people, settings, exports and erasing will be here.'
          ) : (
            <>
              Nothing is like this. <Link to={AUDIT_PATH}>Show everything</Link>
            </>
          )}
        </p>
      ) : (
        <ol className={audit.events} aria-label="Events" data-stale={isPlaceholderData || undefined}>
          {events.map((event) => (
            <Event key={event.id} event={event} />
          ))}
        </ol>
      )}
      {hasNextPage && (
        <div>
          <Button variant="default" loading={isFetching} onClick={() => void fetchNextPage()}>
            Show older
          </Button>
        </div>
      )}
    </section>
  );
}

function Event({ event }: { event: AuditEvent }) {
  const now = useNow();
  const { time, address, actor, action, target, id } = event;
  const exact = [
    formatAbsolute(moment(time) ?? 0),
    `${actor.kind}${actor.id === null ? '' : ` ${actor.id}`}${actor.name === '' ? '' : `, ${visibleName(actor.name)}`}`,
    target === '' ? action : `${action}: ${visibleName(target)}`,
  ].join('\n');
  return (
    <li>
      <Time iso={time} className={audit.when} />
      <span className={audit.what} data-tip={exact} data-event={id}>
        <Sentence pieces={whoOf(actor)} /> <Sentence pieces={whatOf(event, now)} />
      </span>
      <span
        className={audit.from}
        data-tip={address === '' ? 'On the server itself' : 'The other end of the connection'}
      >
        {address === '' ? '-' : <Data>{address}</Data>}
      </span>
    </li>
  );
}

function Sentence({ pieces }: { pieces: Piece[] }) {
  return pieces.map((piece, at) =>
    typeof piece === 'string' ? (
      piece
    ) : 'name' in piece ? (
      <Data key={at} className={audit.name}>
        {piece.name}
      </Data>
    ) : (
      <code key={at} data-tip={`Its digest, as in receipts of erasing:\n${piece.digest}`}>
        {piece.digest.slice(0, DIGEST_SHOWN)}…
      </code>
    ),
  );
}
