import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { funnelQuery, valuesQuery } from '../../api/queries';
import { formatDuration, parseDuration } from '../../format/duration';
import { formatCount, plural } from '../../format/numbers';
import { Data } from '../../parts/Data';
import { ErrorState } from '../../parts/ErrorState';
import { FilterBar } from '../../parts/filters/FilterBar';
import { Link } from '../../parts/Link';
import { Num } from '../../parts/Num';
import { navigate } from '../../state/location';

import { GROUPS, Groups, percent, time } from './FunnelGroups';
import { StepList } from './StepList';
import { funnelDoor, funnelParams, funnelPath, type FunnelAsk } from './journeyState';
import { Views } from './Views';
import classes from './Journeys.module.css';

import type { Funnel } from '../../api/schema';
import type { ListState } from '../../state/listState';

interface Props {
  state: ListState;
  ask: FunnelAsk;
}

export function FunnelView({ state, ask }: Props) {
  const asked = ask.steps.length >= 2;
  const { data, error, isFetching, isPlaceholderData, refetch } = useQuery({
    ...funnelQuery(state, funnelParams(ask)),
    enabled: asked,
  });
  const show = (next: Partial<FunnelAsk>): void => navigate(funnelPath(state, { ...ask, ...next }));
  return (
    <div className={classes.page}>
      <FilterBar
        title="Journeys"
        state={state}
        setState={(next) => navigate(funnelPath(next, ask))}
        error={error}
      />
      <div className={classes.bar}>
        <Views shown="funnels" state={state} />
        <FunnelOptions ask={ask} show={show} />
      </div>
      <div className={classes.body} aria-busy={isFetching} data-stale={isPlaceholderData || undefined}>
        <StepList steps={ask.steps} setSteps={(steps) => show({ steps })} />
        {!asked ? (
          <Suggestion show={show} />
        ) : error !== null ? (
          <ErrorState what="Cannot count this funnel" error={error} onRetry={() => void refetch()} />
        ) : (
          data !== undefined &&
          !(isPlaceholderData && data.steps.length !== ask.steps.length) && (
            <>
              <Chart data={data} state={state} ask={ask} />
              {data.groupBy !== null && <Groups data={data} state={state} ask={ask} />}
            </>
          )
        )}
      </div>
    </div>
  );
}

function FunnelOptions({ ask, show }: { ask: FunnelAsk; show: (next: Partial<FunnelAsk>) => void }) {
  const [text, setText] = useState(ask.withinMs === null ? '' : formatDuration(ask.withinMs));
  const within = text.trim() === '' ? null : parseDuration(text);
  const isBad = text.trim() !== '' && within === null;
  const apply = (): void => {
    if (!isBad && within !== ask.withinMs) show({ withinMs: within });
  };
  return (
    <form
      className={classes.options}
      aria-label="How steps are counted"
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
    >
      <TextInput
        label="Within"
        placeholder="no limit, or 30m"
        value={text}
        error={isBad ? 'Write 30s, 15m or 2h' : null}
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={apply}
      />
      <NativeSelect
        label="In groups by"
        value={ask.groupBy ?? ''}
        onChange={(event) => show({ groupBy: event.currentTarget.value || null })}
        data={[
          { value: '', label: 'none' },
          ...GROUPS,
          ...(ask.groupBy !== null && !GROUPS.some((one) => one === ask.groupBy) ? [ask.groupBy] : []),
        ]}
      />
    </form>
  );
}

/** Before any step is chosen: the ones most sessions take, to begin with. */
function Suggestion({ show }: { show: (next: Partial<FunnelAsk>) => void }) {
  const { data = [] } = useQuery(valuesQuery('step', ''));
  const names = data.flatMap(({ value }) => (typeof value === 'string' && value !== '' ? [value] : []));
  return (
    <div className={classes.note}>
      <p>
        A funnel counts how many sessions take two to ten steps in order, where they stop, and how long it
        takes.
      </p>
      {names.length >= 2 && (
        <Button
          variant="default"
          mt={8}
          onClick={() => show({ steps: names.slice(0, 2).map((name) => `name:${name}`) })}
        >
          Begin with {names[0]} and {names[1]}
        </Button>
      )}
    </div>
  );
}

function Chart({ data, state, ask }: { data: Funnel } & Props) {
  const most = Math.max(1, data.sessionCount);
  return (
    <section aria-label="Funnel">
      <p className={classes.headline}>
        <strong>{percent(data.conversion)}</strong> convert: {formatCount(data.convertedCount)} of{' '}
        {plural(data.sessionCount, 'session')}
        {data.timeToConvert.p50 !== null && (
          <>
            , in <Num figure={time(data.timeToConvert.p50)} /> (median),{' '}
            <Num figure={time(data.timeToConvert.p90)} /> (p90)
          </>
        )}
      </p>
      <ol className={classes.funnel}>
        {data.steps.map((step, at) => {
          const reached = `${step.step}: ${plural(step.sessionCount, 'session')}, ${percent(step.conversion)} of those that begin. Show them`;
          const stopped = `${formatCount(step.stoppedCount)} stop here: ${plural(step.stoppedCount, 'session')} that come to ${step.step} and no further. Show them`;
          return (
            <li key={`${at} ${step.step}`}>
              <span className={classes.stepName}>
                {at + 1}. <Data>{step.step.replace(/^name:/, '')}</Data>
              </span>
              <Link
                className={classes.track}
                to={funnelDoor(state, ask, 'funnelReached', at + 1)}
                aria-label={reached}
                data-tip={reached.replace(' Show them', '')}
              >
                <span className={classes.reached} style={{ width: `${(100 * step.sessionCount) / most}%` }} />
              </Link>
              <span className={classes.figures}>
                <strong>{formatCount(step.sessionCount)}</strong> {percent(step.conversion)}
                {at > 0 && (
                  <>
                    {' '}
                    · {percent(step.stepConversion)} of the step before ·{' '}
                    <Num figure={time(step.timeFromPrevious.p50)} /> after it
                  </>
                )}
                {at < data.steps.length - 1 && step.stoppedCount > 0 && (
                  <Link
                    className={classes.stopped}
                    to={funnelDoor(state, ask, 'funnelStopped', at + 1)}
                    aria-label={stopped}
                  >
                    {formatCount(step.stoppedCount)} stop here
                  </Link>
                )}
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
