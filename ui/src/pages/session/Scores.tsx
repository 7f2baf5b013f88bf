import { ActionIcon } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { addScore, deleteScore } from '../../api/changes';
import { sentences } from '../../api/errors';
import { keys } from '../../api/keys';
import { scoresQuery } from '../../api/queries';
import { plural } from '../../format/numbers';
import { scoreValue } from '../../model/sessionEdit';
import { visibleName, visibleText } from '../../model/visible';
import { Data } from '../../parts/Data';
import { ErrorState } from '../../parts/ErrorState';
import { Icon } from '../../parts/Icon';
import { Time } from '../../parts/Time';

import { EditForm } from './EditForm';
import { useEdit } from './useSessionEdit';
import classes from './Scores.module.css';
import header from './Header.module.css';

import type { NewScore, Score, Session } from '../../api/schema';

const shown = (value: Score['value']): string =>
  typeof value === 'boolean' ? (value ? 'yes' : 'no') : typeof value === 'number' ? String(value) : value;

/** The session's scores at a glance; opens them one by one. */
export function ScoreChips({ scores, onOpen }: { scores: Session['scores']; onOpen: () => void }) {
  return scores.map(({ name, count, mean, labels }) => {
    const said = [...(mean === null ? [] : [String(Number(mean.toFixed(3)))]), ...labels].join(', ');
    return (
      <button
        key={name}
        type="button"
        className={header.editable}
        aria-label={`Score ${visibleName(name)} ${visibleName(said)}, show the scores`}
        data-tip={`${plural(count, 'score')}${count > 1 && mean !== null ? `, ${mean} on average` : ''}`}
        onClick={onOpen}
      >
        <Data>{name}</Data> <Data className={header.value}>{said}</Data>
        {count > 1 && ` ×${count}`}
      </button>
    );
  });
}

interface ScoresProps {
  sessionId: string;
  /** Only the scores of this turn; of the whole session without it. */
  traceId?: string;
  numberOf?: (traceId: string) => number;
  onSelectTurn?: (traceId: string) => void;
}

/** Each score by itself, with a form for another. */
export function Scores({ sessionId, traceId, numberOf, onSelectTurn }: ScoresProps) {
  const { canEdit } = useEdit();
  const { data, error, refetch } = useQuery(scoresQuery(sessionId));
  const { add, remove } = useScoring(sessionId);
  const scores = (data ?? []).filter((score) => traceId === undefined || score.traceId === traceId);
  const about = traceId === undefined ? 'this session' : 'this turn';
  if (error !== null && data === undefined) {
    return <ErrorState what="Cannot load the scores" error={error} onRetry={() => void refetch()} />;
  }
  return (
    <div className={classes.scores}>
      {data !== undefined && scores.length === 0 && (
        <p className={classes.nothing}>
          Nobody has judged {about} yet. Scores come with telemetry, from an evaluator through the API, or
          from you, here.
        </p>
      )}
      <ul aria-label="Scores">
        {scores.map((score) => (
          <li key={score.id}>
            <span className={classes.line}>
              <Data className={classes.scoreName}>{score.name}</Data>
              <Data className={classes.scoreValue}>{shown(score.value)}</Data>
              {traceId === undefined && score.traceId !== null && (
                <Where score={score} numberOf={numberOf} onSelectTurn={onSelectTurn} />
              )}
              <span className={classes.by}>
                {score.source !== null && (
                  <>
                    by <Data>{score.source}</Data>,{' '}
                  </>
                )}
                <Time iso={score.time} />
              </span>
              {canEdit && (
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="xs"
                  aria-label={`Delete the score ${visibleName(score.name)}`}
                  onClick={() => remove(score)}
                >
                  <Icon name="close" size={11} />
                </ActionIcon>
              )}
            </span>
            {score.comment !== null && <bdi className={classes.comment}>{visibleText(score.comment)}</bdi>}
          </li>
        ))}
      </ul>
      {canEdit && (
        <EditForm
          label={`Score ${about}`}
          className={header.add}
          fields={[
            { name: 'name', label: 'What is judged', placeholder: 'helpfulness', maxLength: 200 },
            { name: 'value', label: 'Score', placeholder: '0.8, yes, no, or a category', maxLength: 200 },
            { name: 'comment', label: 'Why', isOptional: true, maxLength: 10_000 },
          ]}
          action="Add the score"
          onSubmit={({ name = '', value = '', comment = '' }) =>
            add({
              name: name.trim(),
              value: scoreValue(value),
              comment: comment.trim(),
              source: 'dashboard',
              ...(traceId === undefined ? { sessionId } : { traceId }),
            })
          }
        >
          <Icon name="plus" size={11} /> score {about}
        </EditForm>
      )}
    </div>
  );
}

type WhereProps = Pick<ScoresProps, 'numberOf' | 'onSelectTurn'> & { score: Score };

function Where({ score, numberOf, onSelectTurn }: WhereProps) {
  const { traceId } = score;
  const number = traceId === null ? 0 : (numberOf?.(traceId) ?? 0);
  const what = score.about === 'span' ? 'a step of turn' : 'turn';
  if (traceId === null || number === 0) return <span>{what}</span>;
  return (
    <button type="button" className={header.inline} onClick={() => onSelectTurn?.(traceId)}>
      {what} {number}
    </button>
  );
}

function useScoring(sessionId: string) {
  const client = useQueryClient();
  const { notify } = useEdit();
  const onSettled = (): void => {
    void client.invalidateQueries({ queryKey: keys.scores(sessionId) });
    void client.invalidateQueries({ queryKey: keys.session(sessionId), exact: true });
  };
  const failed = (error: unknown): void =>
    notify({ text: `Not saved. ${sentences(error)}`, isError: true, undo: null });
  const { mutate: add } = useMutation({
    mutationFn: (score: NewScore) => addScore(score),
    onSuccess: (score) => {
      client.setQueryData(keys.scores(sessionId), (old: Score[] = []) => [
        score,
        ...old.filter(({ id }) => id !== score.id),
      ]);
      notify({ text: `Score ${visibleName(score.name)} added`, isError: false, undo: () => remove(score) });
    },
    onError: failed,
    onSettled,
  });
  const { mutate: remove } = useMutation({
    mutationFn: ({ id }: Score) => deleteScore(id),
    onMutate: ({ id }) =>
      client.setQueryData(keys.scores(sessionId), (old: Score[] = []) =>
        old.filter((score) => score.id !== id),
      ),
    onSuccess: (_, score) =>
      notify({
        text: `Score ${visibleName(score.name)} deleted`,
        isError: false,
        undo: () => add(asNew(score)),
      }),
    onError: failed,
    onSettled,
  });
  return { add, remove };
}

const asNew = ({ name, value, comment, source, sessionId, traceId, spanId }: Score): NewScore => ({
  name,
  value,
  comment: comment ?? '',
  source: source ?? '',
  ...(traceId === null ? { sessionId: sessionId ?? '' } : { traceId, spanId: spanId ?? '' }),
});
