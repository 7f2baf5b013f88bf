import { ActionIcon, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { traceQuery } from '../../api/queries';
import { buildSpanTree } from '../../model/spanTree';
import { ErrorState } from '../../parts/ErrorState';
import { Icon } from '../../parts/Icon';

import { SpanDetail } from './SpanDetail';
import { SpanTree } from './SpanTree';
import { TraceDetail } from './TraceDetail';
import classes from './Inspector.module.css';

interface Props {
  sessionId: string;
  traceId: string;
  /** Its place in the session, from 1; 0 while that is not known. */
  number: number;
  count: number;
  spanId: string | null;
  onSelectSpan: (spanId: string | null) => void;
  onStep: (by: 1 | -1) => void;
  onClose: () => void;
}

/** The turn that is selected: its steps as a tree, and everything about the one that is looked at. */
export function Inspector({
  sessionId,
  traceId,
  number,
  count,
  spanId,
  onSelectSpan,
  onStep,
  onClose,
}: Props) {
  const { data: trace, error, refetch } = useQuery(traceQuery(sessionId, traceId));
  const roots = useMemo(() => buildSpanTree(trace?.spans ?? []), [trace]);
  const span = trace?.spans?.find(({ id }) => id === spanId);
  return (
    <div className={classes.inspector} data-page-keys>
      <header className={classes.head}>
        <h2 tabIndex={-1} data-autofocus>
          {number > 0 ? `Turn ${number}` : 'Turn'}
          {number > 0 && <small> of {count}</small>}
        </h2>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          aria-label="Previous turn"
          data-tip="Previous turn  ["
          onClick={() => onStep(-1)}
        >
          <Icon name="left" size={14} />
        </ActionIcon>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          aria-label="Next turn"
          data-tip="Next turn  ]"
          onClick={() => onStep(1)}
        >
          <Icon name="right" size={14} />
        </ActionIcon>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          aria-label="Close the inspector"
          onClick={onClose}
        >
          <Icon name="close" size={14} />
        </ActionIcon>
      </header>
      {trace === undefined ? (
        error === null ? (
          <div role="status" aria-label="Loading the turn" aria-busy="true" style={{ padding: 16 }}>
            {[70, 52, 60, 40].map((width) => (
              <Skeleton key={width} height={10} width={`${width}%`} mb={14} radius={3} />
            ))}
          </div>
        ) : (
          <ErrorState what="Cannot load the turn" error={error} onRetry={() => void refetch()} />
        )
      ) : (
        <>
          <SpanTree trace={trace} roots={roots} selected={span?.id ?? null} onSelect={onSelectSpan} />
          <div className={classes.detail} key={span?.id ?? ''}>
            {span === undefined ? <TraceDetail trace={trace} /> : <SpanDetail span={span} />}
          </div>
        </>
      )}
    </div>
  );
}
