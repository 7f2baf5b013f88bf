import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';

import { USER_SORTS, usersQuery, type UserOrder, type UserSort } from '../../api/queries';
import { exactDuration, formatDuration } from '../../format/duration';
import { figure, type Figure } from '../../format/figure';
import { exactCost, formatCost } from '../../format/money';
import { exactTokens, formatCount, formatTokens, plural } from '../../format/numbers';
import { Data } from '../../parts/Data';
import { ErrorState } from '../../parts/ErrorState';
import { Icon } from '../../parts/Icon';
import { Link } from '../../parts/Link';
import { LoadMore } from '../../parts/LoadMore';
import { Num } from '../../parts/Num';
import { Time } from '../../parts/Time';
import { listSearch, parseListState, withFilter, type ListState } from '../../state/listState';
import { navigate, useAddress } from '../../state/location';
import { useTitle } from '../../state/title';
import { FilterChips } from '../../parts/filters/FilterChips';
import { FilterMenu } from '../../parts/filters/FilterMenu';
import { RangeMenu } from '../../parts/filters/RangeMenu';
import toolbar from '../../parts/filters/Toolbar.module.css';

import classes from './Users.module.css';

import type { User } from '../../api/schema';

const NONE: never[] = [];

const HEADS: Record<UserSort, string> = {
  sessionCount: 'Sessions',
  traceCount: 'Turns',
  activeDuration: 'Active',
  totalTokens: 'Tokens',
  totalCost: 'Cost',
  errorCount: 'Errors',
  firstSeen: 'First seen',
  lastActivity: 'Last activity',
};
const COLUMNS = Object.keys(HEADS) as UserSort[];

/** The list's filters with an order of their own: `by` and `order`, since users are sorted by sums. */
function parseOrder(search: string): UserOrder {
  const query = new URLSearchParams(search);
  const by = USER_SORTS.find((option) => option === query.get('by')) ?? 'lastActivity';
  return { by, order: query.get('direction') === 'asc' ? 'asc' : 'desc' };
}

function show(state: ListState, { by, order }: UserOrder): void {
  const query = new URLSearchParams(listSearch(state));
  if (by !== 'lastActivity') query.set('by', by);
  if (order === 'asc') query.set('direction', order);
  navigate(`/users${query.size === 0 ? '' : `?${query}`}`);
}

/** Who talked to the program: each user with the sums of their sessions, a door to those. */
export default function UsersPage() {
  useTitle('Users');
  const { search } = useAddress();
  const state = useMemo(() => parseListState(search), [search]);
  const sort = useMemo(() => parseOrder(search), [search]);
  const query = useInfiniteQuery(usersQuery(state, sort));
  const { data, error, isFetching, isPlaceholderData, refetch, hasNextPage, fetchNextPage } = query;
  const [filtering, setFiltering] = useState(false);
  const setState = (next: ListState): void => show(next, sort);
  const users = data?.pages.flatMap((page) => page.data) ?? NONE;
  return (
    <div
      className={classes.page}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        if (hasNextPage && !isFetching && scrollHeight - scrollTop - clientHeight < 600) void fetchNextPage();
      }}
    >
      <div className={toolbar.toolbar}>
        <h1 className={toolbar.title}>Users</h1>
        <div className={toolbar.filters} role="group" aria-label="Filters">
          <RangeMenu range={state.range} onChange={(range) => setState({ ...state, range })} />
          <FilterChips state={state} setState={setState} sessions={NONE} />
          <FilterMenu
            state={state}
            setState={setState}
            sessions={NONE}
            opened={filtering}
            setOpened={setFiltering}
          />
        </div>
      </div>
      {error !== null && data === undefined ? (
        <ErrorState what="Cannot list the users" error={error} onRetry={() => void refetch()} />
      ) : (
        data !== undefined && (
          <div className={classes.body} aria-busy={isFetching} data-stale={isPlaceholderData || undefined}>
            {users.length === 0 ? (
              <p className={classes.note}>
                No session names a user here: take a longer time range or fewer filters, or send{' '}
                <code>user.id</code> with your traces.
              </p>
            ) : (
              <Table users={users} state={state} sort={sort} setSort={(next) => show(state, next)} />
            )}
            <LoadMore
              hasMore={hasNextPage}
              error={data.pages.length > 0 ? error : null}
              onRetry={() => void fetchNextPage()}
              what="users"
            />
          </div>
        )
      )}
    </div>
  );
}

interface TableProps {
  users: readonly User[];
  state: ListState;
  sort: UserOrder;
  setSort: (sort: UserOrder) => void;
}

function Table({ users, state, sort, setSort }: TableProps) {
  return (
    <table aria-label="Users" className={classes.table}>
      <thead>
        <tr>
          <th scope="col">User</th>
          {COLUMNS.map((column) => (
            <Head key={column} column={column} sort={sort} setSort={setSort} />
          ))}
        </tr>
      </thead>
      <tbody>
        {users.map((user) => (
          <Row key={user.id} user={user} state={state} />
        ))}
      </tbody>
    </table>
  );
}

function Head({ column, sort, setSort }: Pick<TableProps, 'sort' | 'setSort'> & { column: UserSort }) {
  const isSorted = sort.by === column;
  const descends = sort.order === 'desc';
  return (
    <th scope="col" aria-sort={isSorted ? (descends ? 'descending' : 'ascending') : undefined}>
      <button
        type="button"
        onClick={() => setSort({ by: column, order: isSorted && descends ? 'asc' : 'desc' })}
      >
        {isSorted && <Icon name={descends ? 'arrowDown' : 'arrowUp'} size={11} />} {HEADS[column]}
      </button>
    </th>
  );
}

function Row({ user, state }: { user: User; state: ListState }) {
  const sessions = `/sessions${listSearch(withFilter(state, { field: 'userId', value: user.id }))}`;
  const numbers: Figure[] = [
    figure(formatCount(user.sessionCount), plural(user.sessionCount, 'session')),
    figure(formatCount(user.traceCount), plural(user.traceCount, 'turn')),
    figure(formatDuration(user.activeDuration), exactDuration(user.activeDuration)),
    figure(formatTokens(user.totalTokens), exactTokens(user.totalTokens)),
    figure(formatCost(user.totalCost), `${exactCost(user.totalCost)} of calls with a known price`),
  ];
  return (
    <tr>
      <th scope="row">
        <Link to={sessions}>
          <Data>{user.id}</Data>
        </Link>
      </th>
      {numbers.map((number, place) => (
        <td key={COLUMNS[place]}>
          <Num figure={number} />
        </td>
      ))}
      <td className={user.errorCount > 0 ? classes.failed : undefined}>
        {user.errorCount > 0 && (
          <Num
            figure={figure(
              formatCount(user.errorCount),
              plural(user.errorCount, 'turn failed', 'turns failed'),
            )}
          />
        )}
      </td>
      <td>
        <Time iso={user.firstSeen} />
      </td>
      <td>
        <Time iso={user.lastActivity} />
      </td>
    </tr>
  );
}
