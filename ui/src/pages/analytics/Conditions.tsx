import { ActionIcon, Button } from '@mantine/core';

import { MOST_CONDITIONS, newCondition, type ConditionDraft } from '../../model/goalDraft';
import { Icon } from '../../parts/Icon';

import { ConditionForm } from './ConditionForm';
import classes from './Analytics.module.css';

interface Props {
  conditions: readonly ConditionDraft[];
  onChange: (conditions: ConditionDraft[]) => void;
}

/** One condition, or several that come true one after the other. */
export function Conditions({ conditions, onChange }: Props) {
  const count = conditions.length;
  const swap = (at: number): void =>
    onChange(conditions.map((one, i) => conditions[i === at ? at + 1 : i === at + 1 ? at : i] ?? one));
  return (
    <fieldset className={classes.conditions}>
      <legend>
        {count === 1 ? 'A session reaches it when' : 'A session reaches it when, in this order,'}
      </legend>
      <ol>
        {conditions.map((condition, at) => (
          // Conditions have no identity of their own, and fields keep their place.
          <li key={at}>
            {count > 1 && <span className={classes.place}>{at + 1}</span>}
            <ConditionForm
              condition={condition}
              at={at}
              count={count}
              onChange={(next) => onChange(conditions.map((one, i) => (i === at ? next : one)))}
            />
            {count > 1 && (
              <span className={classes.tools}>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="sm"
                  disabled={at === 0}
                  aria-label={`Move condition ${at + 1} up`}
                  onClick={() => swap(at - 1)}
                >
                  <Icon name="arrowUp" size={12} />
                </ActionIcon>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="sm"
                  aria-label={`Remove condition ${at + 1}`}
                  onClick={() => onChange(conditions.filter((_, i) => i !== at))}
                >
                  <Icon name="close" size={12} />
                </ActionIcon>
              </span>
            )}
          </li>
        ))}
      </ol>
      {count < MOST_CONDITIONS && (
        <Button
          variant="default"
          size="xs"
          onClick={() => onChange([...conditions, newCondition(count === 0 ? 'traceName' : 'tag')])}
        >
          Then
        </Button>
      )}
    </fieldset>
  );
}
