import { Button, Popover, TextInput } from '@mantine/core';
import { useState } from 'react';

import { sentences } from '../../api/errors';
import { isChanged, viewColumns, viewContent, viewState } from '../../model/savedView';
import { isExpressible } from '../../model/asExpression';
import { Data } from '../../parts/Data';
import { Icon } from '../../parts/Icon';
import { Link } from '../../parts/Link';
import { Menu } from '../../parts/Menu';
import { sessionsSearch } from '../../state/listLook';
import { useShortcut } from '../../state/shortcuts';

import { useViews } from './useViews';
import toolbar from '../../parts/filters/Toolbar.module.css';
import classes from './ViewMenu.module.css';

import type { View } from '../../api/schema';
import type { ColumnId } from '../../model/listColumns';
import type { ListState } from '../../state/listState';

interface Props {
  state: ListState;
  columns: readonly ColumnId[] | null;
  /** The id of the view that the list came from. */
  view: number | null;
  onOpen: (view: View | null) => void;
}

export const viewPath = (view: View): string =>
  `/sessions${sessionsSearch(viewState(view), { columns: viewColumns(view), view: view.id })}`;

/** Saved views: open one, keep what is shown under a name, bring one up to date, rename and delete it. */
export function ViewMenu({ state, columns, view, onOpen }: Props) {
  const [opened, setOpened] = useState(false);
  const [editing, setEditing] = useState<number | 'new' | null>(null);
  const { views, canSave: mayWrite, change, isPending, error, reset } = useViews();
  // A view keeps an expression, and would lose what none can say.
  const canSave = mayWrite && isExpressible(state);
  const current = views.find(({ id }) => id === view) ?? null;
  const changed = current !== null && isChanged(current, state, columns);
  const content = viewContent(state, columns);
  const open = (next: boolean): void => {
    setEditing(null);
    reset();
    setOpened(next);
  };
  useShortcut({ keys: 'v', label: 'Saved views', group: 'List', isCommand: true }, () => open(true));
  const save = (name: string): void =>
    void change({ do: 'save', body: { ...content, name, page: 'sessions' } })
      .then((saved) => {
        open(false);
        onOpen(saved);
      })
      .catch(() => undefined);
  const update = (of: View, name: string, what: typeof content): void =>
    void change({ do: 'change', id: of.id, body: { ...what, name, page: 'sessions' } })
      .then(() => open(false))
      .catch(() => undefined);
  return (
    <Menu opened={opened} setOpened={open}>
      <Popover.Target>
        <button
          type="button"
          className={toolbar.pill}
          aria-label={
            current === null ? 'Saved views' : `Saved view: ${current.name}${changed ? ', changed' : ''}`
          }
          aria-keyshortcuts="v"
          onClick={() => open(!opened)}
        >
          <Icon name="bookmark" size={13} />
          {current === null ? 'Views' : <Data className={classes.name}>{current.name}</Data>}
          {changed && <span className={classes.dot} data-tip="Changed since it was saved" />}
          <Icon name="down" size={12} />
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className={toolbar.panel} role="group" aria-label="Saved views">
          {views.length === 0 && (
            <p className={toolbar.zone}>
              {canSave
                ? 'Filters, sort and columns under a name, for all of the project.'
                : 'No view is saved yet.'}
            </p>
          )}
          {views.length > 0 && (
            <ul className={classes.list}>
              {views.map((one) => (
                <li key={one.id}>
                  {editing === one.id ? (
                    <NameForm
                      initial={one.name}
                      label="Name of the view"
                      button="Rename"
                      isPending={isPending}
                      onSave={(name) => update(one, name, viewContent(viewState(one), viewColumns(one)))}
                    />
                  ) : (
                    <>
                      <Link
                        to={viewPath(one)}
                        className={toolbar.option}
                        aria-current={one.id === view ? 'true' : undefined}
                        onClick={() => open(false)}
                      >
                        <Data>{one.name}</Data>
                        {one.id === view && <Icon name="check" size={13} />}
                      </Link>
                      {canSave && (
                        <Tools
                          name={one.name}
                          onRename={() => setEditing(one.id)}
                          onDelete={() =>
                            void change({ do: 'delete', id: one.id })
                              .then(() => one.id === view && onOpen(null))
                              .catch(() => undefined)
                          }
                        />
                      )}
                    </>
                  )}
                </li>
              ))}
            </ul>
          )}
          {canSave && changed && (
            <Button
              variant="default"
              loading={isPending}
              onClick={() => update(current, current.name, content)}
            >
              Save the changes to “<Data>{current.name}</Data>”
            </Button>
          )}
          {canSave &&
            (editing === 'new' ? (
              <NameForm
                initial=""
                label="Name of the new view"
                button="Save"
                isPending={isPending}
                onSave={save}
              />
            ) : (
              <Button
                variant="default"
                data-autofocus={views.length === 0 || undefined}
                onClick={() => setEditing('new')}
              >
                Save what is shown as a view
              </Button>
            ))}
          {error !== null && (
            <p className={classes.failed} role="alert">
              Not saved. {sentences(error)}
            </p>
          )}
        </div>
      </Popover.Dropdown>
    </Menu>
  );
}

function Tools({ name, onRename, onDelete }: { name: string; onRename: () => void; onDelete: () => void }) {
  const [asks, setAsks] = useState(false);
  if (asks) {
    return (
      <button
        type="button"
        className={classes.sure}
        autoFocus
        onClick={onDelete}
        onBlur={() => setAsks(false)}
      >
        Delete it
      </button>
    );
  }
  return (
    <span className={classes.tools}>
      <button type="button" aria-label={`Rename ${name}`} data-tip="Rename" onClick={onRename}>
        <Icon name="pencil" size={12} />
      </button>
      <button type="button" aria-label={`Delete ${name}`} data-tip="Delete" onClick={() => setAsks(true)}>
        <Icon name="trash" size={12} />
      </button>
    </span>
  );
}

interface NameFormProps {
  initial: string;
  label: string;
  button: string;
  isPending: boolean;
  onSave: (name: string) => void;
}

function NameForm({ initial, label, button, isPending, onSave }: NameFormProps) {
  const [name, setName] = useState(initial);
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== '') onSave(name.trim());
      }}
    >
      <TextInput
        aria-label={label}
        placeholder={label}
        value={name}
        maxLength={200}
        autoFocus
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Button type="submit" loading={isPending} disabled={name.trim() === ''}>
        {button}
      </Button>
    </form>
  );
}
