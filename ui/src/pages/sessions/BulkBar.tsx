import { Popover } from '@mantine/core';
import { useState } from 'react';

import { formatCount, plural } from '../../format/numbers';
import { sessionTitle } from '../../model/totals';
import { Data } from '../../parts/Data';
import { Icon } from '../../parts/Icon';
import { Link } from '../../parts/Link';
import { Menu } from '../../parts/Menu';
import { comparePath } from '../../state/routes';
import { useShortcut } from '../../state/shortcuts';

import { ExportMenu } from './ExportMenu';
import { TextForm } from '../../parts/filters/FilterForms';
import { suggestions } from '../../parts/filters/suggestions';
import { reason, type Bulk } from './useBulk';
import classes from './BulkBar.module.css';

import type { FoundSession } from '../../api/schema';
import type { ListState } from '../../state/listState';
import type { Selection } from './useSelection';

interface Props {
  state: ListState;
  selection: Selection;
  bulk: Bulk;
  /** How many sessions the filters choose; `null` until it is known. */
  matching: number | null;
  hasMore: boolean;
  canEdit: boolean;
  canDelete: boolean;
  /** Hands over the sessions that are meant, read from the server where they are not loaded. */
  withSessions: (run: (sessions: readonly FoundSession[]) => void) => void;
  onDelete: () => void;
}

/** What can be done to the selected sessions, and how far it is. */
export function BulkBar(props: Props) {
  const { state, selection, bulk, matching, hasMore, canEdit, canDelete, withSessions, onDelete } = props;
  const { running, failures } = bulk;
  const count = selection.isAll ? matching : selection.sessions.length;
  const isAny = selection.sessions.length > 0;
  useShortcut({ keys: 'Escape', label: 'Select nothing', group: 'List' }, selection.clear, isAny);
  if (!isAny && running === null && failures.length === 0) return null;
  return (
    <div className={classes.bar} role="region" aria-label="Selected sessions">
      {running !== null ? (
        <div className={classes.line} role="status">
          <span>
            {running.what}: {formatCount(running.done + running.failed)} of {formatCount(running.total)}
          </span>
          <progress
            className={classes.progress}
            aria-label={running.what}
            max={running.total}
            value={running.done + running.failed}
          />
          <button type="button" onClick={running.stop}>
            Stop
          </button>
        </div>
      ) : (
        isAny && (
          <div className={classes.line}>
            <strong>{count === null ? 'All' : plural(count, 'session')} selected</strong>
            {!selection.isAll && hasMore && selection.sessions.length > 1 && (
              <button type="button" className={classes.all} onClick={selection.takeAll}>
                Select all {matching === null ? '' : formatCount(matching)} that match
              </button>
            )}
            {!selection.isAll && <CompareLink sessions={selection.sessions} />}
            <ExportMenu state={state} sessions={selection.isAll ? null : selection.sessions} />
            {canEdit && (
              <>
                <TagMenu
                  label="Add a tag"
                  bulk={bulk.addTag}
                  withSessions={withSessions}
                  options={[]}
                  field="tag"
                />
                <TagMenu
                  label="Remove a tag"
                  bulk={bulk.removeTag}
                  withSessions={withSessions}
                  options={suggestions(selection.sessions, 'tag')}
                />
                <BookmarkButton selection={selection} bulk={bulk} withSessions={withSessions} />
              </>
            )}
            {canDelete && (
              <button type="button" className={classes.delete} onClick={onDelete}>
                <Icon name="trash" size={13} /> Delete
              </button>
            )}
            <button type="button" aria-label="Select nothing" onClick={selection.clear}>
              <Icon name="close" size={13} />
            </button>
          </div>
        )
      )}
      {failures.length > 0 && (
        <div className={classes.failures} role="alert">
          <div className={classes.line}>
            <strong>{plural(failures.length, 'session')} could not be changed</strong>
            <button type="button" aria-label="Dismiss" onClick={bulk.dismissFailures}>
              <Icon name="close" size={13} />
            </button>
          </div>
          <ul>
            {failures.slice(0, 100).map((failure) => (
              <li key={failure.item.id}>
                <Data>{sessionTitle(failure.item).text}</Data>: <bdi>{reason(failure)}</bdi>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

/** Of two sessions: the one that began first is what the other is compared with. */
function CompareLink({ sessions }: { sessions: readonly FoundSession[] }) {
  const [a, b] = [...sessions].sort((one, other) => one.startTime.localeCompare(other.startTime));
  if (a === undefined || b === undefined || sessions.length !== 2) return null;
  return (
    <Link to={comparePath(a.id, b.id)}>
      <Icon name="compare" size={13} /> Compare
    </Link>
  );
}

type ForMany = Pick<Props, 'withSessions'>;

function BookmarkButton({ selection, bulk, withSessions }: ForMany & Pick<Props, 'selection' | 'bulk'>) {
  const isOn = selection.sessions.every((session) => session.bookmarked);
  return (
    <button type="button" onClick={() => withSessions((sessions) => bulk.bookmark(sessions, !isOn))}>
      <Icon name="star" size={13} /> {isOn ? 'Remove the bookmark' : 'Bookmark'}
    </button>
  );
}

interface TagMenuProps extends ForMany {
  label: string;
  bulk: (sessions: readonly FoundSession[], tag: string) => void;
  options: readonly string[];
  field?: string;
}

function TagMenu({ label, bulk, withSessions, options, field }: TagMenuProps) {
  const [opened, setOpened] = useState(false);
  return (
    <Menu opened={opened} setOpened={setOpened}>
      <Popover.Target>
        <button type="button" onClick={() => setOpened(!opened)}>
          <Icon name="tag" size={13} /> {label}
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className={classes.panel}>
          <TextForm
            initial=""
            options={options}
            label={label}
            placeholder="Tag"
            {...(field === undefined ? {} : { field })}
            onApply={(tag) => {
              setOpened(false);
              withSessions((sessions) => bulk(sessions, tag.trim()));
            }}
          />
        </div>
      </Popover.Dropdown>
    </Menu>
  );
}
