import { Data } from '../../parts/Data';
import { formatAbsolute, formatDateTime, moment } from '../../format/time';
import { visibleName } from '../../model/visible';
import { oneLine } from '../../model/values';
import { sessionTitle } from '../../model/totals';
import { CopyButton } from '../../parts/CopyButton';
import { Icon } from '../../parts/Icon';
import { Link } from '../../parts/Link';
import { Time } from '../../parts/Time';
import { DEFAULT_STATE, listSearch, type Filter } from '../../state/listState';
import { useNow } from '../../state/now';

import { ExportMenu } from './ExportMenu';
import { Stats } from './Stats';
import classes from './Header.module.css';

import type { Session } from '../../api/schema';

/** Who, when and how much: the session at a glance. */
export function Header({ session }: { session: Session }) {
  const { text, from } = sessionTitle(session);
  const now = useNow();
  const started = moment(session.startTime);
  return (
    <header className={classes.header}>
      <div className={classes.top}>
        <Link to="/sessions" className={classes.back} aria-label="All sessions" data-tip="All sessions">
          <Icon name="left" />
        </Link>
        <h1 className={classes.title}>
          <Data>{text}</Data>
        </h1>
        <div className={classes.actions}>
          <CopyButton text={() => window.location.href} label="Copy a link to what is shown" icon="link" />
          <ExportMenu id={session.id} />
        </div>
      </div>
      <div className={classes.facts}>
        {from !== 'id' && (
          <span className={classes.id}>
            <Data>{session.id}</Data>
            <CopyButton text={session.id} label="Copy the session id" />
          </span>
        )}
        {session.userIds.map((userId) => (
          <Door key={userId} filter={{ field: 'userId', value: userId }} label="user" text={userId} />
        ))}
        {started !== null && (
          <span
            data-tip={`${formatAbsolute(started)}\nto ${formatAbsolute(moment(session.endTime) ?? started)}`}
          >
            {formatDateTime(started, now)}, last activity <Time iso={session.endTime} />
          </span>
        )}
        {session.environment !== null && (
          <Door
            filter={{ field: 'environment', value: session.environment }}
            label="environment"
            text={session.environment}
          />
        )}
        {session.release !== null && (
          <Door
            filter={{ field: 'release', value: session.release }}
            label="release"
            text={session.release}
          />
        )}
        {session.outcome !== null && (
          <span>
            outcome <Data>{session.outcome}</Data>
          </span>
        )}
        {session.goals.map((goal) => (
          <span key={goal}>
            reached <Data>{goal}</Data>
          </span>
        ))}
        {session.tags.map((tag) => (
          <Door key={tag} filter={{ field: 'tag', value: tag }} label="tag" text={tag} isChip />
        ))}
        {Object.entries(session.metadata).map(([key, value]) => (
          <Door
            key={key}
            filter={{ field: 'metadata', key, value: metadataText(value) }}
            label={`${visibleName(key)} ${oneLine(value, 60)}`}
            name={key}
            text={oneLine(value, 60)}
            isChip
          />
        ))}
      </div>
      <Stats session={session} />
    </header>
  );
}

const metadataText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

interface DoorProps {
  filter: Filter;
  label: string;
  /** The name that stands before the value. */
  name?: string;
  text: string;
  isChip?: boolean;
}

/** A fact that opens the sessions it is shared with. */
function Door({ filter, label, name, text, isChip }: DoorProps) {
  return (
    <Link
      to={`/sessions${listSearch({ ...DEFAULT_STATE, filters: [filter] })}`}
      className={isChip ? classes.chip : classes.door}
      data-tip={`All sessions with this ${name === undefined ? label : 'value'}`}
      aria-label={name === undefined ? `${label} ${visibleName(text)}` : label}
    >
      {name !== undefined && (
        <>
          <Data>{name}</Data>{' '}
        </>
      )}
      <Data className={name === undefined ? undefined : classes.value}>{text}</Data>
    </Link>
  );
}
