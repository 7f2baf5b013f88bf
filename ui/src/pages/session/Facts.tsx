import { formatAbsolute, formatDateTime, moment } from '../../format/time';
import { metadataValue, isOwnMetadata, ownTags } from '../../model/sessionEdit';
import { fullText, oneLine } from '../../model/values';
import { visibleName } from '../../model/visible';
import { Data } from '../../parts/Data';
import { Icon } from '../../parts/Icon';
import { Link } from '../../parts/Link';
import { DEFAULT_STATE, listSearch, type Filter } from '../../state/listState';
import { useNow } from '../../state/now';

import { EditForm } from './EditForm';
import { useEdit } from './useSessionEdit';
import classes from './Header.module.css';

import type { Session } from '../../api/schema';

const metadataText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

export function Tags({ session }: { session: Session }) {
  const { canEdit, knowsTraces, from, change } = useEdit();
  const own = knowsTraces ? ownTags(session, from) : [];
  return (
    <>
      {session.tags.map((tag) => (
        <Chip
          key={tag}
          filter={{ field: 'tag', value: tag }}
          label={`tag ${visibleName(tag)}`}
          text={tag}
          takeBack={
            canEdit && own.includes(tag)
              ? () =>
                  change({ tags: own.filter((other) => other !== tag) }, `Tag ${visibleName(tag)} removed`)
              : null
          }
        />
      ))}
      {canEdit && knowsTraces && (
        <EditForm
          label="Add a tag"
          tip="A tag of yours, beside those of the turns"
          className={classes.add}
          fields={[{ name: 'tag', label: 'Tag', maxLength: 200 }]}
          action="Add"
          onSubmit={({ tag = '' }) =>
            change({ tags: [...new Set([...own, tag.trim()])] }, `Tag ${visibleName(tag.trim())} added`)
          }
        >
          <Icon name="plus" size={11} /> tag
        </EditForm>
      )}
    </>
  );
}

export function Metadata({ session }: { session: Session }) {
  const { canEdit, knowsTraces, from, change } = useEdit();
  return (
    <>
      {Object.entries(session.metadata).map(([key, value]) => (
        <Chip
          key={key}
          filter={{ field: 'metadata', key, value: metadataText(value) }}
          label={`${visibleName(key)} ${oneLine(value, 60)}`}
          name={key}
          text={oneLine(value, 60)}
          takeBack={
            canEdit && knowsTraces && isOwnMetadata(session, key, from)
              ? () => change({ metadata: { [key]: null } }, `Your ${visibleName(key)} taken back`)
              : null
          }
          edit={
            canEdit && knowsTraces
              ? {
                  value: fullText(value),
                  save: (typed) =>
                    change({ metadata: { [key]: metadataValue(typed) } }, `${visibleName(key)} changed`),
                }
              : null
          }
        />
      ))}
      {canEdit && knowsTraces && (
        <EditForm
          label="Add metadata"
          tip="A key and a value of yours; yours win over those of the turns"
          className={classes.add}
          fields={[
            { name: 'key', label: 'Key', maxLength: 200 },
            {
              name: 'value',
              label: 'Value',
              placeholder: 'A text, a number, true, or JSON',
              maxLength: 4000,
            },
          ]}
          action="Add"
          onSubmit={({ key = '', value = '' }) =>
            change({ metadata: { [key.trim()]: metadataValue(value) } }, `${visibleName(key.trim())} added`)
          }
        >
          <Icon name="plus" size={11} /> metadata
        </EditForm>
      )}
    </>
  );
}

export function Outcome({ session }: { session: Session }) {
  const { canEdit, change } = useEdit();
  const { outcome } = session;
  const said = outcome !== null && (
    <>
      outcome <Data className={classes.value}>{outcome}</Data>
    </>
  );
  if (!canEdit) return said && <span>{said}</span>;
  return (
    <EditForm
      label={outcome === null ? 'Say the outcome' : `Outcome ${visibleName(outcome)}, change it`}
      tip="How it ended, in your words"
      className={outcome === null ? classes.add : classes.editable}
      fields={[
        {
          name: 'outcome',
          label: 'Outcome',
          value: outcome ?? '',
          placeholder: 'such as solved; empty takes it back',
          isOptional: true,
          maxLength: 200,
        },
      ]}
      action="Save"
      onSubmit={(values) => {
        const next = values.outcome?.trim() || null;
        if (next !== outcome)
          change({ outcome: next }, next === null ? 'Outcome removed' : 'Outcome changed');
      }}
    >
      {said || (
        <>
          <Icon name="plus" size={11} /> outcome
        </>
      )}
    </EditForm>
  );
}

/** Whether its caller has ended it: a session that is over counts as closed for every goal. */
export function Ended({ session }: { session: Session }) {
  const { canEdit, change } = useEdit();
  const now = useNow();
  const at = moment(session.endedAt);
  if (at === null) {
    return canEdit ? (
      <button
        type="button"
        className={classes.add}
        data-tip="Say that the conversation is over"
        onClick={() => change({ ended: true }, 'Session ended')}
      >
        End it
      </button>
    ) : null;
  }
  return (
    <span data-tip={formatAbsolute(at)}>
      ended {formatDateTime(at, now)}
      {canEdit && (
        <button
          type="button"
          className={classes.inline}
          onClick={() => change({ ended: null }, 'Session open again')}
        >
          reopen
        </button>
      )}
    </span>
  );
}

interface ChipProps {
  filter: Filter;
  label: string;
  name?: string;
  text: string;
  takeBack: (() => void) | null;
  edit?: { value: string; save: (typed: string) => void } | null;
}

/** A fact that opens the sessions it is shared with; what the caller said can be changed and taken back. */
function Chip({ filter, label, name, text, takeBack, edit = null }: ChipProps) {
  return (
    <span className={classes.chip}>
      <Link
        to={`/sessions${listSearch({ ...DEFAULT_STATE, filters: [filter] })}`}
        data-tip={`All sessions with this ${name === undefined ? 'tag' : 'value'}`}
        aria-label={label}
      >
        {name !== undefined && (
          <>
            <Data>{name}</Data>{' '}
          </>
        )}
        <Data className={name === undefined ? undefined : classes.value}>{text}</Data>
      </Link>
      {edit !== null && (
        <EditForm
          label={`Change ${visibleName(name ?? text)}`}
          className={classes.chipButton}
          fields={[{ name: 'value', label: visibleName(name ?? ''), value: edit.value, maxLength: 4000 }]}
          action="Save"
          onSubmit={({ value = '' }) => edit.save(value)}
        >
          <Icon name="pencil" size={10} />
        </EditForm>
      )}
      {takeBack !== null && (
        <button
          type="button"
          className={classes.chipButton}
          aria-label={`Remove ${visibleName(name ?? text)}`}
          onClick={takeBack}
        >
          <Icon name="close" size={10} />
        </button>
      )}
    </span>
  );
}
