import { ActionIcon, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { loneTraceQuery } from '../../api/qualityQueries';
import { buildSpanTree } from '../../model/spanTree';
import { ErrorState } from '../../parts/ErrorState';
import { Icon, type IconName } from '../../parts/Icon';
import { Link } from '../../parts/Link';
import { turnPath } from '../../state/routes';
import inspector from '../session/Inspector.module.css';
import { SpanDetail } from '../session/SpanDetail';
import { SpanTree } from '../session/SpanTree';
import { TraceDetail } from '../session/TraceDetail';

import classes from './Traces.module.css';

interface Props {
  traceId: string;
  spanId: string | null;
  onSelectSpan: (spanId: string | null) => void;
  onStep: (by: 1 | -1) => void;
  onClose: () => void;
}

/** A trace by itself, with the parts of the session's inspector. */
export function TraceInspector({ traceId, spanId, onSelectSpan, onStep, onClose }: Props) {
  const { data: trace, error, refetch } = useQuery(loneTraceQuery(traceId));
  const roots = useMemo(() => buildSpanTree(trace?.spans ?? []), [trace]);
  const span = trace?.spans?.find(({ id }) => id === spanId);
  const button = (icon: IconName, label: string, run: () => void) => (
    <ActionIcon variant="subtle" color="gray" size="sm" aria-label={label} data-tip={label} onClick={run}>
      <Icon name={icon} size={14} />
    </ActionIcon>
  );
  return (
    <div className={inspector.inspector} data-page-keys>
      <header className={inspector.head}>
        <h2 tabIndex={-1} data-autofocus>
          Trace
        </h2>
        {button('left', 'Previous trace', () => onStep(-1))}
        {button('right', 'Next trace', () => onStep(1))}
        {button('close', 'Close the inspector', onClose)}
      </header>
      {trace === undefined ? (
        error === null ? (
          <div role="status" aria-label="Loading the trace" aria-busy="true" style={{ padding: 16 }}>
            {[70, 52, 60, 40].map((width) => (
              <Skeleton key={width} height={10} width={`${width}%`} mb={14} radius={3} />
            ))}
          </div>
        ) : (
          <ErrorState what="Cannot load the trace" error={error} onRetry={() => void refetch()} />
        )
      ) : (
        <>
          {trace.sessionId !== null && (
            <p className={classes.inSession}>
              This trace is in a session: <Link to={turnPath(trace.sessionId, trace.id)}>open it there</Link>.
            </p>
          )}
          <SpanTree trace={trace} roots={roots} selected={span?.id ?? null} onSelect={onSelectSpan} />
          <div className={inspector.detail} key={span?.id ?? ''}>
            {span === undefined ? <TraceDetail trace={trace} /> : <SpanDetail span={span} />}
          </div>
        </>
      )}
    </div>
  );
}
