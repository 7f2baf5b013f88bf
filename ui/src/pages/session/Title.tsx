import { useState } from 'react';

import { sessionTitle } from '../../model/totals';
import { Data } from '../../parts/Data';
import { Icon } from '../../parts/Icon';

import { useEdit } from './useSessionEdit';
import classes from './Header.module.css';

import type { Session } from '../../api/schema';

/** The title, which is typed over where it stands. Empty gives the session its first words back. */
export function Title({ session }: { session: Session }) {
  const { canEdit, change } = useEdit();
  const [draft, setDraft] = useState<string | null>(null);
  const save = (): void => {
    const title = draft?.trim() || null;
    if (draft !== null && title !== (session.title?.trim() || null)) {
      change({ title }, title === null ? 'Title removed' : 'Title changed');
    }
    setDraft(null);
  };
  if (draft !== null) {
    return (
      <>
        <h1 className="vh">
          <Data>{sessionTitle(session).text}</Data>
        </h1>
        <input
          autoFocus
          className={classes.titleInput}
          aria-label="Title"
          placeholder="Empty: the first words of the session"
          maxLength={500}
          value={draft}
          dir="auto"
          onChange={(event) => setDraft(event.currentTarget.value)}
          onBlur={save}
          onKeyDown={(event) => {
            if (event.key === 'Enter') save();
            if (event.key !== 'Escape') return;
            event.stopPropagation();
            setDraft(null);
          }}
        />
      </>
    );
  }
  return (
    <div className={classes.titleLine}>
      <h1 className={classes.title}>
        <Data>{sessionTitle(session).text}</Data>
      </h1>
      {canEdit && (
        <button
          type="button"
          className={classes.pencil}
          aria-label="Change the title"
          data-tip="Change the title"
          onClick={() => setDraft(session.title ?? '')}
        >
          <Icon name="pencil" size={13} />
        </button>
      )}
    </div>
  );
}
