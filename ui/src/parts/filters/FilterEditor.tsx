import { ActionIcon } from '@mantine/core';

import { Icon } from '../../parts/Icon';
import { Link } from '../../parts/Link';
import { NUMBER_FIELDS, type Filter, type NumberField } from '../../state/listState';

import { FlagChoice, MetadataForm, NumberForm, TextForm } from './FilterForms';
import { suggestions } from './suggestions';
import classes from './Toolbar.module.css';

import type { Session } from '../../api/schema';

export const FIELD_NAMES: Record<Filter['field'], string> = {
  steps: 'Steps',
  userId: 'User',
  tag: 'Tag',
  goal: 'Goal reached',
  outcome: 'Outcome',
  status: 'Status',
  model: 'Model',
  tool: 'Tool',
  environment: 'Environment',
  release: 'Release',
  metadata: 'Metadata',
  hasError: 'Error',
  bookmarked: 'Bookmark',
  Cost: 'Cost',
  Tokens: 'Tokens',
  Traces: 'Turns',
  Duration: 'Duration',
};

interface Props {
  field: Filter['field'];
  current: Filter | null;
  sessions: readonly Session[];
  onApply: (filter: Filter) => void;
  onBack?: () => void;
}

export function FilterEditor({ field, current, sessions, onApply, onBack }: Props) {
  return (
    <div className={classes.panel}>
      <div className={classes.panelTitle}>
        {onBack && (
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            aria-label="Back to the fields"
            onClick={onBack}
          >
            <Icon name="left" size={14} />
          </ActionIcon>
        )}
        {FIELD_NAMES[field]}
      </div>
      {field === 'steps' ? (
        <Link to="/journeys">Choose a step, a way or a funnel on the page Journeys</Link>
      ) : field === 'hasError' || field === 'bookmarked' ? (
        <FlagChoice field={field} onApply={onApply} />
      ) : field === 'metadata' ? (
        <MetadataForm
          current={current?.field === 'metadata' ? current : null}
          sessions={sessions}
          onApply={onApply}
        />
      ) : isNumber(field) ? (
        <NumberForm
          field={field}
          current={current !== null && 'min' in current ? current : null}
          onApply={onApply}
        />
      ) : (
        <TextForm
          initial={current !== null && 'value' in current ? String(current.value) : ''}
          options={suggestions(sessions, field)}
          field={field === 'userId' ? 'user.id' : field}
          label={FIELD_NAMES[field]}
          onApply={(value) => onApply({ field, value })}
        />
      )}
    </div>
  );
}

const isNumber = (field: Filter['field']): field is NumberField =>
  NUMBER_FIELDS.some((number) => number === field);
