import { useMutation } from '@tanstack/react-query';

import { deleteGoal } from '../../api/analyticsQueries';
import { whenSentence } from '../../model/goalDraft';
import { Confirm } from '../../parts/Confirm';
import { Data } from '../../parts/Data';

import { useGoalsChanged } from './useGoalsChanged';

import type { Goal } from '../../api/schema';

export function DeleteGoal({
  goal,
  onClose,
  onDone,
}: {
  goal: Goal;
  onClose: () => void;
  onDone: () => void;
}) {
  const changed = useGoalsChanged();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => deleteGoal(goal.id),
    onSuccess: () => {
      changed();
      onDone();
    },
  });
  return (
    <Confirm
      title="Delete this goal?"
      action="Delete the goal"
      isPending={isPending}
      error={error}
      onClose={onClose}
      onConfirm={() => mutate()}
    >
      <p>
        <b>
          <Data>{goal.name}</Data>
        </b>
        : <Data>{whenSentence(goal.when)}</Data>
      </p>
      <p>
        Filters, alerts and saved views that name it find nothing any more. No session changes: defined again,
        it is true of the same ones.
      </p>
    </Confirm>
  );
}
