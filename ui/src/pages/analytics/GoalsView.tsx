import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { goalEffectsQuery, goalListQuery } from '../../api/analyticsQueries';
import { meQuery } from '../../api/queries';
import { ErrorState } from '../../parts/ErrorState';
import { FilterBar } from '../../parts/filters/FilterBar';
import { navigate } from '../../state/location';

import { goalsPath } from './analyticsState';
import { DeleteGoal } from './DeleteGoal';
import { GoalForm } from './GoalForm';
import { GoalTable } from './GoalTable';
import { Views } from './Views';
import classes from './Analytics.module.css';

import type { Goal } from '../../api/schema';
import type { ListState } from '../../state/listState';

/** What the project calls success: each goal with its effect on the chosen sessions, edited beside it. */
export function GoalsView({ state, edited }: { state: ListState; edited: number | 'new' | null }) {
  const goals = useQuery(goalListQuery);
  const effects = useQuery(goalEffectsQuery(state));
  const scopes = useQuery(meQuery).data?.scopes ?? [];
  const mayEdit = scopes.includes('admin') || scopes.includes('write');
  const [deleting, setDeleting] = useState<Goal | null>(null);
  const error = goals.error ?? effects.error;
  const edit = (next: number | 'new' | null): void => navigate(goalsPath(state, next));
  const goal = goals.data?.find(({ id }) => id === edited) ?? null;
  const effectOf = ({ name }: Goal) => effects.data?.goals.find((one) => one.goal === name) ?? null;
  return (
    <>
      <FilterBar
        title="Analytics"
        state={state}
        setState={(next) => navigate(goalsPath(next, edited))}
        error={error}
      />
      <Views shown="goals" state={state} />
      {error !== null ? (
        <ErrorState
          what="Cannot show the goals"
          error={error}
          onRetry={() => {
            void goals.refetch();
            void effects.refetch();
          }}
        />
      ) : (
        goals.data !== undefined && (
          <div
            className={classes.body}
            aria-busy={effects.isFetching}
            data-stale={effects.isPlaceholderData || undefined}
          >
            <div className={classes.goalHead}>
              <p className={classes.note}>
                A goal is what you call success. It holds for past sessions as for those to come; sessions
                that are still active and have not reached it are left out of its rate.
              </p>
              {mayEdit && edited !== 'new' && <Button onClick={() => edit('new')}>New goal</Button>}
            </div>
            {mayEdit && (edited === 'new' || goal !== null) && (
              <GoalForm
                key={String(edited)}
                goal={edited === 'new' ? null : goal}
                saved={goal === null ? null : effectOf(goal)}
                state={state}
                onClose={() => edit(null)}
              />
            )}
            {goals.data.length === 0 ? (
              <p className={classes.note}>
                There is no goal yet.{' '}
                {mayEdit
                  ? 'With the first one, the completion rate, funnels and the goals of each session come to life.'
                  : 'Who may change this project can define one.'}
              </p>
            ) : (
              <GoalTable
                goals={goals.data}
                effectOf={effectOf}
                state={state}
                edited={goal?.id ?? null}
                onEdit={mayEdit ? ({ id }) => edit(id) : null}
                onDelete={setDeleting}
              />
            )}
          </div>
        )
      )}
      {deleting !== null && (
        <DeleteGoal
          goal={deleting}
          onClose={() => setDeleting(null)}
          onDone={() => {
            setDeleting(null);
            if (deleting.id === edited) edit(null);
          }}
        />
      )}
    </>
  );
}
