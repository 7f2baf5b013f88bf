import { useQuery } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';

import { toolCostsQuery } from '../../../api/queries';
import { exactDuration, formatDuration } from '../../../format/duration';
import { exactCost, formatCost } from '../../../format/money';
import { exactTokens, formatTokens, plural } from '../../../format/numbers';
import { moment } from '../../../format/time';
import { inOrder } from '../../../model/replay';
import { binTurns, type TurnBin } from '../../../model/turnSeries';
import { DEFAULT_STATE, listSearch } from '../../../state/listState';
import { useElementWidth } from '../../../state/elementWidth';
import { useShared } from '../../../state/shared';

import { CostBars, type CostBar } from './CostBars';
import { TurnChart, type Series } from './TurnChart';
import classes from './Charts.module.css';

import type { Session, Trace } from '../../../api/schema';

interface Props {
  session: Session;
  traces: readonly Trace[];
  /** False while further turns are being loaded. */
  isWhole: boolean;
  selected: string | null;
  onSelectTurn: (traceId: string) => void;
}

/** The least width of a bar that can be hit. */
const BAR_PX = 5;
const DEAREST = 10;

const tokens = { format: formatTokens, exact: (n: number) => exactTokens(Math.round(n)) };
const cost = { format: formatCost, exact: exactCost };
const time = { format: formatDuration, exact: (n: number) => exactDuration(Math.round(n)) };

const TOKENS: Series[] = [
  { name: 'prompt', colour: 'var(--kind-generation)', of: ({ fresh }) => fresh },
  { name: 'prompt, cached', colour: 'var(--accent-line)', of: ({ cached }) => cached },
  { name: 'completion', colour: 'var(--kind-retriever)', of: ({ completion }) => completion },
  { name: 'completion, reasoning', colour: 'var(--kind-agent)', of: ({ reasoning }) => reasoning },
];
const CONTEXT: Series[] = [
  { name: 'prompt per model call', colour: 'var(--kind-generation)', of: ({ context }) => context },
];
const COST: Series[] = [{ name: 'cost', colour: 'var(--accent)', of: ({ cost: dollars }) => dollars }];
const COST_SO_FAR: Series[] = [
  { name: 'cost so far', colour: 'var(--accent)', of: ({ costSoFar }) => costSoFar },
];
const LATENCY: Series[] = [{ name: 'took', colour: 'var(--kind-other)', of: ({ longest }) => longest ?? 0 }];

export default function Charts({ session, traces, isWhole, selected, onSelectTurn }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const width = useElementWidth(box);
  const turns = useMemo(
    () => inOrder(traces.map((trace) => ({ ...trace, start: moment(trace.startTime) ?? 0 }))),
    [traces],
  );
  /** The turns that are looked at, where somebody went closer: [first, last] from 1. */
  const [range, setRange] = useState<readonly [number, number] | null>(null);
  const [first, last] = range ?? [1, turns.length];
  const room = Math.floor((width > 940 ? width / 2 - 80 : width - 70) / BAR_PX);
  const bins = useMemo(() => {
    const before = turns.slice(0, first - 1).reduce((sum, turn) => sum + turn.totalCost, 0);
    return binTurns(turns.slice(first - 1, last), Math.max(20, room), first, before);
  }, [turns, first, last, room]);
  const at = turns.findIndex(({ id }) => id === selected) + 1;
  const perBin = (bins[0]?.to ?? 1) - (bins[0]?.from ?? 1) + 1;

  /** A bar of one turn leads to the turn, a bar of many goes closer. */
  const open = (bin: TurnBin): void => {
    if (bin.from === bin.to) onSelectTurn(bin.id);
    else setRange([bin.from, bin.to]);
  };
  const shared = { bins, selected: at, onOpen: open };
  const each = perBin > 1 ? ' (mean of the turns in a bar)' : '';
  return (
    <div ref={box} className={classes.charts}>
      <p className={classes.note} role="status">
        {!isWhole && `The first ${plural(turns.length, 'turn')}, more are loading. `}
        {perBin > 1 && `Each bar stands for ${perBin} turns; open one to see them singly. `}
        {range !== null && (
          <>
            Turns {first} to {last}.{' '}
            <button type="button" onClick={() => setRange(null)}>
              Show all {plural(turns.length, 'turn')}
            </button>
          </>
        )}
      </p>
      <div className={classes.grid}>
        <TurnChart title={`Tokens per turn${each}`} series={TOKENS} unit={tokens} {...shared} />
        <TurnChart title="Context: prompt tokens per model call" series={CONTEXT} unit={tokens} {...shared} />
        <TurnChart title={`Cost per turn${each}`} series={COST} unit={cost} {...shared} />
        <TurnChart title="Cost so far" series={COST_SO_FAR} unit={cost} {...shared} />
        <TurnChart
          title={perBin > 1 ? 'Latency: the slowest turn of a bar' : 'Latency per turn'}
          series={LATENCY}
          unit={time}
          {...shared}
        />
        <CostBars title="Cost by model" bars={modelBars(session)} />
        <ToolCosts session={session} />
        <CostBars
          title={turns.length > DEAREST ? `The ${DEAREST} dearest turns` : 'Cost by turn'}
          bars={turns
            .map((turn, i) => ({ turn, number: i + 1 }))
            .filter(({ turn }) => turn.totalCost > 0)
            .sort((a, b) => b.turn.totalCost - a.turn.totalCost)
            .slice(0, DEAREST)
            .map(({ turn, number }) => ({
              key: turn.id,
              name: `Turn ${number} · ${turn.name}`,
              cost: turn.totalCost,
              open: () => onSelectTurn(turn.id),
            }))}
        />
      </div>
    </div>
  );
}

function modelBars({ models }: Session): CostBar[] {
  return models
    .map(({ model, cost: dollars, generations, totalTokens }) => ({
      key: model,
      name: model,
      cost: dollars,
      note: `${plural(generations, 'call')}, ${exactTokens(totalTokens)}`,
      open: `/sessions${listSearch({ ...DEFAULT_STATE, filters: [{ field: 'model', value: model }] })}`,
    }))
    .sort((a, b) => (b.cost ?? -1) - (a.cost ?? -1));
}

/** A tool costs nothing itself: shown is what the turns cost in which it was called. */
function ToolCosts({ session }: { session: Session }) {
  const isShared = useShared();
  const { data } = useQuery({
    ...toolCostsQuery(session.id),
    enabled: session.tools.length > 0 && !isShared,
  });
  if (session.tools.length === 0 || isShared) return null;
  const costs = new Map(data?.breakdown?.groups.map((group) => [group.key, group.totalCost]));
  const bars = session.tools
    .map(({ name, calls, errors }) => ({
      key: name,
      name,
      cost: data === undefined ? null : (costs.get(name) ?? 0),
      note: plural(calls, 'call') + (errors > 0 ? `, ${errors} failed` : ''),
    }))
    .sort((a, b) => (b.cost ?? 0) - (a.cost ?? 0));
  return <CostBars title="Cost of the turns that call a tool" bars={bars} />;
}
