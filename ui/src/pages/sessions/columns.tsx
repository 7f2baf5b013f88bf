import { Data } from '../../parts/Data';
import { tableFeatures, createColumnHelper } from '@tanstack/react-table';

import { formatCount, plural } from '../../format/numbers';
import { figure } from '../../format/figure';
import { pieces } from '../../model/completion';
import { visibleName } from '../../model/visible';
import { costFigure, durationFigure, sessionTitle, tokensFigure } from '../../model/totals';
import { Link } from '../../parts/Link';
import { Num } from '../../parts/Num';
import { Time } from '../../parts/Time';
import { sessionPath, turnPath } from '../../state/routes';

import classes from './SessionTable.module.css';

import type { FoundSession, Match, Session } from '../../api/schema';
import type { Sort } from '../../state/listState';

interface ColumnMeta {
  /** What the server sorts by; a column without it does not sort. */
  sort?: Sort;
  isNumber?: boolean;
  tip?: string;
}

interface TableMeta {
  filterByUser: (userId: string) => void;
}

// The server sorts, filters and pages: the table itself needs no feature.
// Only the types of these two are used.
const columnMeta: ColumnMeta = {};
const tableMeta: TableMeta = { filterByUser: () => undefined };
export const features = tableFeatures({ columnMeta, tableMeta });
const column = createColumnHelper<typeof features, FoundSession>();

export const columns = column.columns([
  column.display({
    id: 'session',
    header: 'Session',
    cell: ({ row }) => <TitleCell session={row.original} />,
  }),
  column.display({
    id: 'user',
    header: 'User',
    cell: ({ row, table }) => <UserCell session={row.original} onFilter={table.options.meta?.filterByUser} />,
  }),
  column.display({
    id: 'traceCount',
    header: 'Turns',
    meta: { sort: 'traceCount', isNumber: true },
    cell: ({ row: { original } }) => (
      <>
        <Num
          figure={figure(
            formatCount(original.traceCount),
            `${plural(original.traceCount, 'turn')}, ${plural(original.spanCount, 'step')}`,
          )}
        />
        <span className={classes.unit}> {original.traceCount === 1 ? 'turn' : 'turns'}</span>
      </>
    ),
  }),
  column.display({
    id: 'duration',
    header: 'Duration',
    meta: { sort: 'duration', isNumber: true, tip: 'From the first to the last activity' },
    cell: ({ row }) => <Num figure={durationFigure(row.original.duration)} />,
  }),
  column.display({
    id: 'activeDuration',
    header: 'Active',
    meta: { sort: 'activeDuration', isNumber: true, tip: 'Without the long waits in between' },
    cell: ({ row }) => <Num figure={durationFigure(row.original.activeDuration)} />,
  }),
  column.display({
    id: 'totalTokens',
    header: 'Tokens',
    meta: { sort: 'totalTokens', isNumber: true },
    cell: ({ row }) => <Num figure={tokensFigure(row.original)} />,
  }),
  column.display({
    id: 'totalCost',
    header: 'Cost',
    meta: { sort: 'totalCost', isNumber: true },
    cell: ({ row }) => <Num figure={costFigure(row.original)} />,
  }),
  column.display({
    id: 'errorCount',
    header: 'Errors',
    meta: { sort: 'errorCount', isNumber: true, tip: 'Turns that ended in an error' },
    cell: ({ row }) => <ErrorCell count={row.original.errorCount} />,
  }),
  column.display({
    id: 'startTime',
    header: 'Started',
    meta: { sort: 'startTime', isNumber: true },
    cell: ({ row }) => <Time iso={row.original.startTime} />,
  }),
  column.display({
    id: 'lastActivity',
    header: 'Last activity',
    meta: { sort: 'lastActivity', isNumber: true },
    cell: ({ row }) => <Time iso={row.original.endTime} />,
  }),
]);

function TitleCell({ session }: { session: FoundSession }) {
  const { text, from } = sessionTitle(session);
  return (
    <>
      <Link to={sessionPath(session.id)} className={classes.open} data-row-link>
        {from === 'input' && '“'}
        <Data>{text}</Data>
        {from === 'input' && '”'}
      </Link>
      {session.match ? (
        <Snippet id={session.id} match={session.match} />
      ) : from === 'id' ? null : (
        <Data className={classes.id}>{session.id}</Data>
      )}
    </>
  );
}

/** Where the words were said; a click leads to that turn. */
function Snippet({ id, match }: { id: string; match: Match }) {
  return (
    <Link
      to={turnPath(id, match.traceId)}
      className={classes.snippet}
      data-tip={`Said in turn ${match.turn}`}
      aria-label={`Turn ${match.turn}: ${visibleName(match.snippet)}`}
    >
      <bdi>
        {pieces(match.snippet, match.highlights).map(({ text, isMatch }, i) =>
          isMatch ? <mark key={i}>{visibleName(text)}</mark> : visibleName(text),
        )}
      </bdi>
    </Link>
  );
}

function UserCell({
  session,
  onFilter,
}: {
  session: Session;
  onFilter: ((userId: string) => void) | undefined;
}) {
  const { userId, userIds } = session;
  if (userId === null) return <Num figure={{ text: '-', title: 'No trace names a user.', known: false }} />;
  const others = userIds.length - 1;
  return (
    <button
      type="button"
      className={classes.user}
      data-tip={others > 0 ? userIds.join('\n') : `Only the sessions of ${userId}`}
      onClick={() => onFilter?.(userId)}
    >
      <Data>{userId}</Data>
      {others > 0 && ` +${others}`}
    </button>
  );
}

function ErrorCell({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <span className={classes.error} data-tip={`${plural(count, 'turn')} ended in an error`}>
      <span aria-hidden="true">!</span> {count}
      <span className="vh"> failed</span>
    </span>
  );
}
