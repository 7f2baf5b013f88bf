import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { saveGoal } from '../../api/analyticsQueries';
import { sentences } from '../../api/errors';
import { bodyOf, draftOf, NEW_GOAL, whenOf, type GoalDraft } from '../../model/goalDraft';

import { Conditions } from './Conditions';
import { GoalEffect } from './GoalEffect';
import { useGoalsChanged } from './useGoalsChanged';
import classes from './Analytics.module.css';

import type { Goal } from '../../api/schema';
import type { ListState } from '../../state/listState';
import type { Effect } from './goalFigures';

interface Props {
  /** `null`: a new one. */
  goal: Goal | null;
  /** What the saved definition does. */
  saved: Effect | null;
  state: ListState;
  onClose: () => void;
}

/** A goal's definition, with what it would do to the chosen sessions beside it. */
export function GoalForm({ goal, saved, state, onClose }: Props) {
  const [draft, setDraft] = useState<GoalDraft>(() => (goal === null ? NEW_GOAL : draftOf(goal)));
  const changed = useGoalsChanged();
  const body = bodyOf(draft);
  const { mutate, isPending, error } = useMutation({
    mutationFn: saveGoal,
    onSuccess: () => {
      changed();
      onClose();
    },
  });
  const title = goal === null ? 'New goal' : 'Edit the goal';
  return (
    <section className={classes.goalForm} aria-label={title}>
      <form
        className={classes.definition}
        onSubmit={(event) => {
          event.preventDefault();
          if (body !== null) mutate({ id: goal?.id ?? null, body });
        }}
      >
        <h2>{title}</h2>
        <TextInput
          label="Name"
          placeholder="such as checkout"
          value={draft.name}
          maxLength={200}
          autoFocus
          onChange={({ currentTarget: { value } }) => setDraft((old) => ({ ...old, name: value }))}
        />
        <Conditions
          conditions={draft.conditions}
          onChange={(conditions) => setDraft((old) => ({ ...old, conditions }))}
        />
        {error !== null && (
          <p className={classes.failed} role="alert">
            Not saved. {sentences(error)}
          </p>
        )}
        <div className={classes.buttons}>
          <Button type="submit" loading={isPending} disabled={body === null}>
            {goal === null ? 'Add the goal' : 'Save the goal'}
          </Button>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
        </div>
      </form>
      <GoalEffect when={whenOf(draft)} saved={saved} state={state} />
    </section>
  );
}
