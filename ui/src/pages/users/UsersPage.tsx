import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';

import { USER_SORTS, usersQuery, type UserOrder, type UserSort } from '../../api/queries';
import { exactDuration, formatDuration } from '../../format/duration';
import { figure, type Figure } from '../../format/figure';
import { exactCost, formatCost } from '../../format/money';
import { exactTokens, formatCount, formatTokens, plural } from '../../format/numbers';
import { written } from '../../model/completion';
import { bothFilters } from '../../model/userActivity';
import { Data } from '../../parts/Data';
import { ErrorState } from '../../parts/ErrorState';
import { Icon } from '../../parts/Icon';
import { Link } from '../../parts/Link';
import { LoadMore } from '../../parts/LoadMore';
import { Num } from '../../parts/Num';
import { Time } from '../../parts/Time';
import { DEFAULT_STATE, listSearch, parseListState, withFilter, type ListState } from '../../state/listState';
import { navigate, useAddress } from '../../state/location';
import { userPath } from '../../state/routes';
import { useTitle } from '../../state/title';
import { FilterBar } from '../../parts/filters/FilterBar';

import { NameBox } from './NameBox';
import { Receipt } from './Receipt';
import { UserTotals } from './UserTotals';
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

/** The list's filters have an order beside them, `by` and `direction`, since users are sorted by sums. */
function parseOrder(search: string): UserOrder {
  const query = new URLSearchParams(search);
  const by = USER_SORTS.find((option) => option === query.get('by')) ?? 'lastActivity';
  return { by, order: query.get('direction') === 'asc' ? 'asc' : 'desc' };
}

interface Shown {
  state: ListState;
  sort: UserOrder;
  /** Part of a user's id, letter by letter; `''` for everybody. */
  name: string;
}

function show({ state, sort: { by, order }, name }: Shown): void {
  const query = new URLSearchParams(listSearch(state));
  if (name !== '') query.set('name', name);
  if (by !== 'lastActivity') query.set('by', by);
  if (order === 'asc') query.set('direction', order);
  navigate(`/users${query.size === 0 ? '' : `?${query}`}`);
}

const FULL = 30;

function parseRest(search: string): { name: string; erased: string | null } {
  const query = new URLSearchParams(search);
  return { name: query.get('name')?.trim() ?? '', erased: query.get('erased') };
}

/** The sessions of those whose id holds a text. */
const named = (state: ListState, name: string): ListState =>
  name === '' ? state : { ...state, filter: bothFilters(state.filter, `user.id contains ${written(name)}`) };

/** Who talked to the program: each user with the sums of their sessions, a door to those. */
export default function UsersPage() {
  useTitle('Users');
  const { search } = useAddress();
  const state = useMemo(() => parseListState(search), [search]);
  const sort = useMemo(() => parseOrder(search), [search]);
  const { name, erased } = useMemo(() => parseRest(search), [search]);
  const asked = useMemo(() => named(state, name), [state, name]);
  const query = useInfiniteQuery(usersQuery(asked, sort));
  const { data, error, isFetching, isPlaceholderData, refetch, hasNextPage, fetchNextPage } = query;
  const setState = (next: ListState): void => show({ state: next, sort, name });
  // A session of two users counts for both: of those that are found, only the one who was looked for is shown.
  const users = useMemo(
    () => data?.pages.flatMap((page) => page.data).filter((user) => user.id.includes(name)) ?? NONE,
    [data, name],
  );
  const isShort = users.length < FULL && hasNextPage && !isFetching && error === null;
  useEffect(() => {
    if (isShort) void fetchNextPage();
  }, [isShort, fetchNextPage]);
  return (
    <div
      className={classes.page}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        if (hasNextPage && !isFetching && scrollHeight - scrollTop - clientHeight < 600) void fetchNextPage();
      }}
    >
      <FilterBar
        title="Users"
        state={state}
        setState={setState}
        error={error}
        right={<NameBox key={name} name={name} onSearch={(next) => show({ state, sort, name: next })} />}
      />
      {erased !== null && <Receipt id={erased} onDismiss={() => show({ state, sort, name })} />}
      {error !== null && data === undefined ? (
        <ErrorState what="Cannot list the users" error={error} onRetry={() => void refetch()} />
      ) : (
        data !== undefined && (
          <div className={classes.body} aria-busy={isFetching} data-stale={isPlaceholderData || undefined}>
            {users.length > 0 && (
              <UserTotals state={asked} count={users.length} hasMore={hasNextPage} isSearch={name !== ''} />
            )}
            {users.length > 0 ? (
              <Table
                users={users}
                state={state}
                sort={sort}
                setSort={(next) => show({ state, sort: next, name })}
              />
            ) : name !== '' ? (
              <p className={classes.note}>
                {hasNextPage ? 'Looking for' : 'Nobody here has'} “<Data>{name}</Data>” in their id. Capital
                letters count.
              </p>
            ) : (
              <p className={classes.note}>
                No session names a user here: take a longer time range or fewer filters, or send{' '}
                <code>user.id</code> with your traces.
              </p>
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
          {USER_SORTS.map((column) => (
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
  const theirs = withFilter(state, { field: 'userId', value: user.id });
  const sessions = `/sessions${listSearch(theirs)}`;
  const failed = `/sessions${listSearch(withFilter(theirs, { field: 'hasError', value: true }))}`;
  const failures = plural(user.errorCount, 'turn failed', 'turns failed');
  const range = listSearch({ ...DEFAULT_STATE, range: state.range });
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
        <Link to={userPath(user.id) + range} data-row-link>
          <Data>{user.id}</Data>
        </Link>
      </th>
      {numbers.map((number, place) => (
        <td key={USER_SORTS[place]}>
          <Link to={sessions} aria-label={`${number.title}: show their sessions`}>
            <Num figure={number} />
          </Link>
        </td>
      ))}
      <td className={user.errorCount > 0 ? classes.failed : undefined}>
        {user.errorCount > 0 && (
          <Link to={failed} aria-label={`${failures}: show their sessions with an error`}>
            <Num figure={figure(formatCount(user.errorCount), failures)} />
          </Link>
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
