import { Checkbox, NativeSelect, NumberInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';

import { journeysQuery } from '../../api/queries';
import { exactDuration } from '../../format/duration';
import { formatCount, plural } from '../../format/numbers';
import { Sankey, type FlowEdge, type FlowNode } from '../../charts/Sankey';
import { Data } from '../../parts/Data';
import { ErrorState } from '../../parts/ErrorState';
import { FilterBar } from '../../parts/filters/FilterBar';
import { Link } from '../../parts/Link';
import { useElementWidth } from '../../state/elementWidth';
import { navigate } from '../../state/location';

import { edgeDoor, journeyPath, leastOf, nodeDoor, pathDoor, type JourneyAsk } from './journeyState';
import { Views } from './Views';
import classes from './Journeys.module.css';

import type { Journeys } from '../../api/schema';
import type { ListState } from '../../state/listState';

interface Props {
  state: ListState;
  ask: JourneyAsk;
}

export function JourneyView({ state, ask }: Props) {
  const { data, error, isFetching, isPlaceholderData, refetch } = useQuery(
    journeysQuery(state, [
      ['by', ask.by],
      ['collapse', String(ask.collapse)],
      ['nodes', String(ask.nodes)],
    ]),
  );
  const show = (next: Partial<JourneyAsk>): void =>
    navigate(journeyPath(state, { ...ask, ...next }), 'replace');
  return (
    <div className={classes.page}>
      <FilterBar
        title="Journeys"
        state={state}
        setState={(next) => navigate(journeyPath(next, ask))}
        error={error}
      />
      <div className={classes.bar}>
        <Views shown="journeys" state={state} />
        <Options ask={ask} least={leastOf(ask, data?.sessionCount ?? 0)} show={show} />
      </div>
      {error !== null && data === undefined ? (
        <ErrorState what="Cannot tell how these sessions go" error={error} onRetry={() => void refetch()} />
      ) : (
        data !== undefined && (
          <div className={classes.body} aria-busy={isFetching} data-stale={isPlaceholderData || undefined}>
            {data.sessionCount === 0 ? (
              <p className={classes.note}>
                {ask.by === 'tag'
                  ? 'No turn of these sessions has a tag: go by the names of turns, or take a longer time range or fewer filters.'
                  : 'No session matches: take a longer time range or fewer filters.'}
              </p>
            ) : (
              <>
                <Flow data={data} state={state} ask={ask} />
                <Paths data={data} state={state} />
              </>
            )}
          </div>
        )
      )}
    </div>
  );
}

interface OptionsProps {
  ask: JourneyAsk;
  least: number;
  show: (next: Partial<JourneyAsk>) => void;
}

function Options({ ask, least, show }: OptionsProps) {
  return (
    <div className={classes.options} role="group" aria-label="How steps are counted">
      <NativeSelect
        label="Steps are"
        value={ask.by}
        onChange={(event) => show({ by: event.currentTarget.value === 'tag' ? 'tag' : 'name' })}
        data={[
          { value: 'name', label: 'names of turns' },
          { value: 'tag', label: 'tags of turns' },
        ]}
      />
      <NumberInput
        label="Steps named"
        min={1}
        max={50}
        allowDecimal={false}
        value={ask.nodes}
        onChange={(nodes) => typeof nodes === 'number' && nodes >= 1 && nodes <= 50 && show({ nodes })}
      />
      <NumberInput
        label="Least sessions of a way"
        min={1}
        allowDecimal={false}
        value={least}
        onChange={(next) => typeof next === 'number' && next >= 1 && next !== least && show({ least: next })}
      />
      <Checkbox
        label="Count repeats once"
        checked={ask.collapse}
        onChange={(event) => show({ collapse: event.currentTarget.checked })}
      />
    </div>
  );
}

// No trace name is empty, so that these two are nobody else's.
const BEGIN = '\u0000begin';
const END = '\u0000end';
const OTHERS = '\u0000others';
const idOf = (step: string | null): string => (step === null ? OTHERS : `s${step}`);
const nameOf = (step: string | null): string => step ?? 'all others';

interface FlowOf {
  nodes: FlowNode[];
  edges: FlowEdge[];
  /** How many ways too few sessions go to be drawn. */
  rarer: number;
}

function flow(data: Journeys, state: ListState, ask: JourneyAsk): FlowOf {
  const { by, nodes: found, edges: ways, sessionCount } = data;
  const ends = (which: 'entryStep' | 'exitStep', step: string | null, count: number): FlowEdge => {
    const isEntry = which === 'entryStep';
    return {
      from: isEntry ? BEGIN : idOf(step),
      to: isEntry ? idOf(step) : END,
      count,
      label: `${plural(count, 'session')} ${count === 1 ? (isEntry ? 'begins' : 'ends') : isEntry ? 'begin' : 'end'} with ${nameOf(step)}`,
      door: step === null ? null : nodeDoor(state, by, which, step),
    };
  };
  const least = leastOf(ask, sessionCount);
  const all: FlowEdge[] = [
    ...found.filter((one) => one.entryCount > 0).map((one) => ends('entryStep', one.step, one.entryCount)),
    // That one of all others follows another says nothing.
    ...ways
      .filter(({ from, to }) => from !== null || to !== null)
      .map(({ from, to, transitionCount, sessionCount: going, medianTime }) => ({
        from: idOf(from),
        to: idOf(to),
        count: going,
        label: `${nameOf(from)} to ${nameOf(to)}: ${plural(going, 'session')}, ${plural(transitionCount, 'time')}, median ${exactDuration(Math.round(medianTime))} between`,
        door: from === null || to === null ? null : edgeDoor(state, by, from, to),
      })),
    ...found.filter((one) => one.exitCount > 0).map((one) => ends('exitStep', one.step, one.exitCount)),
  ];
  const edges = all.filter(({ count }) => count >= least);
  const sessions = plural(sessionCount, 'session');
  return {
    edges,
    rarer: all.length - edges.length,
    nodes: [
      { id: BEGIN, name: 'Begin', count: 1, label: `Begin: ${sessions}`, to: null },
      ...found.map((one) => ({
        id: idOf(one.step),
        name: nameOf(one.step),
        count: one.sessionCount,
        label: `${nameOf(one.step)}: ${plural(one.sessionCount, 'session')}, taken ${plural(one.visitCount, 'time')}; ${formatCount(one.entryCount)} begin with it, ${formatCount(one.exitCount)} end with it`,
        to: one.step === null ? null : nodeDoor(state, by, 'hasStep', one.step),
      })),
      { id: END, name: 'End', count: 1, label: `End so far: ${sessions}`, to: null },
    ],
  };
}

function Flow({ data, state, ask }: { data: Journeys } & Props) {
  const ref = useRef<HTMLElement>(null);
  const width = useElementWidth(ref);
  const { nodes, edges, rarer } = flow(data, state, ask);
  const hidden = data.stepCount - data.nodes.filter(({ step }) => step !== null).length;
  return (
    <section ref={ref} aria-label="Ways">
      <p className={classes.note}>
        {plural(data.sessionCount, 'session')} with {plural(data.transitionCount, 'transition')} between{' '}
        {plural(data.stepCount, 'step')}
        {hidden > 0 && `, ${formatCount(hidden)} of them together as all others`}. A way is as wide as the
        number of its sessions; one that goes back runs below.
        {rarer > 0 && ` ${plural(rarer, 'rarer way')} not drawn.`}
      </p>
      <Sankey label="Ways between steps" nodes={nodes} edges={edges} width={width} />
    </section>
  );
}

function Paths({ data, state }: { data: Journeys; state: ListState }) {
  return (
    <section aria-label="Most frequent ways">
      <h2>Most frequent ways</h2>
      <ol className={classes.paths}>
        {data.paths.map((path) => (
          <li key={JSON.stringify([path.steps, path.continues])}>
            <Link to={pathDoor(state, data, path)}>
              <span className={classes.count}>{plural(path.sessionCount, 'session')}</span>
              <span className={classes.share}>
                {Math.round((100 * path.sessionCount) / data.sessionCount)}%
              </span>
              <span className={classes.steps}>
                {path.steps.map((step, at) => (
                  <span key={at}>
                    {at > 0 && <span aria-label="then"> → </span>}
                    <Data>{step}</Data>
                  </span>
                ))}
                {path.continues && ' → ...'}
              </span>
            </Link>
          </li>
        ))}
      </ol>
      {data.paths.length === 0 && <p className={classes.note}>No way is told.</p>}
    </section>
  );
}
