import { formatCompact, formatCount, plural } from '../../format/numbers';
import { figure, unknown } from '../../format/figure';
import { pieces } from '../../model/completion';
import { sessionTitle } from '../../model/totals';
import { visibleName } from '../../model/visible';
import { Data } from '../../parts/Data';
import { Icon } from '../../parts/Icon';
import { Link } from '../../parts/Link';
import { Num } from '../../parts/Num';
import { sessionPath, turnPath } from '../../state/routes';

import classes from './SessionTable.module.css';

import type { FoundSession, Match, Session } from '../../api/schema';
import type { Filter } from '../../state/listState';

export function TitleCell({ session }: { session: FoundSession }) {
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

interface StarProps {
  session: Session;
  onStar: ((session: Session) => void) | undefined;
}

/** The star of a session; without `onStar` the key that signed in may only look. */
export function StarCell({ session: { bookmarked }, session, onStar }: StarProps) {
  if (onStar === undefined && !bookmarked) return null;
  return (
    <button
      type="button"
      className={classes.star}
      aria-pressed={bookmarked}
      aria-label="Bookmark"
      data-tip={bookmarked ? 'Bookmarked: click to remove it' : 'Bookmark this session'}
      disabled={onStar === undefined}
      onClick={() => onStar?.(session)}
    >
      <Icon name="star" size={14} />
    </button>
  );
}

type AddFilter = (filter: Filter) => void;

export function UserCell({ session, addFilter }: { session: Session; addFilter: AddFilter }) {
  const { userId, userIds } = session;
  if (userId === null) return <Num figure={unknown('No trace names a user.')} />;
  const others = userIds.length - 1;
  return (
    <button
      type="button"
      className={classes.door}
      data-tip={others > 0 ? userIds.join('\n') : `Only the sessions of ${userId}`}
      onClick={() => addFilter({ field: 'userId', value: userId })}
    >
      <Data>{userId}</Data>
      {others > 0 && ` +${others}`}
    </button>
  );
}

type ValueField = 'environment' | 'release' | 'outcome' | 'status' | 'tag' | 'goal' | 'model' | 'tool';

interface ValuesProps {
  field: ValueField;
  values: readonly (string | null)[];
  /** Why there is none. */
  none: string;
  addFilter: AddFilter;
}

/** Values as doors to the sessions that share them: the first two, and how many more. */
export function ValuesCell({ field, values, none, addFilter }: ValuesProps) {
  const known = values.filter((value) => value !== null && value !== '');
  if (known.length === 0) return <Num figure={unknown(none)} />;
  const more = known.length - 2;
  return (
    <>
      {known.slice(0, 2).map((value, i) => (
        <span key={value}>
          {i > 0 && ', '}
          <button
            type="button"
            className={classes.door}
            data-tip={`Only the sessions with ${value}`}
            onClick={() => addFilter({ field, value: value ?? '' })}
          >
            <Data>{value ?? ''}</Data>
          </button>
        </span>
      ))}
      {more > 0 && (
        <span className={classes.more} data-tip={known.join('\n')}>
          {` +${more}`}
        </span>
      )}
    </>
  );
}

/** One decimal more than its size asks for: 0.82, 4.5, 120. */
const scored = (mean: number): string => String(Number(mean.toPrecision(3)));

export function ScoresCell({ scores }: { scores: Session['scores'] }) {
  if (scores.length === 0) return <Num figure={unknown('No score was given.')} />;
  const say = ({ name, mean, labels }: Session['scores'][number]): string =>
    `${name} ${mean === null ? labels.join(', ') : scored(mean)}`;
  const exact = scores.map((score) => `${say(score)}, ${plural(score.count, 'score')}`).join('\n');
  return (
    <span data-tip={exact}>
      <Data>{scores.map(say).join(' · ')}</Data>
    </span>
  );
}

export function MetadataCell({ metadata }: { metadata: Session['metadata'] }) {
  const entries = Object.entries(metadata);
  if (entries.length === 0) return <Num figure={unknown('No metadata was sent.')} />;
  const say = ([key, value]: [string, unknown]): string =>
    `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`.slice(0, 200);
  return (
    <span data-tip={entries.slice(0, 30).map(say).join('\n')}>
      <Data>{entries.slice(0, 5).map(say).join(' ')}</Data>
    </span>
  );
}

export function CountCell({ count, one, compact }: { count: number; one: string; compact?: boolean }) {
  return <Num figure={figure((compact ? formatCompact : formatCount)(count), plural(count, one))} />;
}

export function ErrorCell({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <span className={classes.error} data-tip={`${plural(count, 'turn')} ended in an error`}>
      <span aria-hidden="true">!</span> {count}
      <span className="vh"> failed</span>
    </span>
  );
}
