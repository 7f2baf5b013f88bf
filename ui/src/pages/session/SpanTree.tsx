import { Data } from '../../parts/Data';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';

import { durationFigure } from '../../model/totals';
import { kindGroup, visibleRows, type SpanNode } from '../../model/spanTree';
import { moment } from '../../format/time';
import { Icon } from '../../parts/Icon';
import { Num } from '../../parts/Num';
import { useShortcut } from '../../state/shortcuts';

import classes from './SpanTree.module.css';

import type { Trace } from '../../api/schema';

interface Props {
  trace: Trace;
  roots: readonly SpanNode[];
  selected: string | null;
  onSelect: (spanId: string | null) => void;
}

const ROW = 26;

/** The steps of a turn, with when each happened beside it. Arrow keys walk, left and right fold. */
export function SpanTree({ trace, roots, selected, onSelect }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => visibleRows(roots, collapsed), [roots, collapsed]);
  const window = useMemo(() => windowOf(trace), [trace]);
  // The trace itself is the first row, above its spans.
  const virtual = useVirtualizer({
    count: rows.length + 1,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 10,
  });
  const at = selected === null ? 0 : rows.findIndex(({ span }) => span.id === selected) + 1;
  useEffect(() => {
    virtual.scrollToIndex(at, { align: 'auto' });
  }, [virtual, at]);

  const fold = (id: string, close: boolean): void => {
    const next = new Set(collapsed);
    if (close) next.add(id);
    else next.delete(id);
    setCollapsed(next);
  };
  const group = 'In the steps of a turn';
  useShortcut({ keys: 'ArrowUp ArrowDown', label: 'Previous and next step', group, isLocal: true }, null);
  useShortcut({ keys: 'ArrowLeft ArrowRight', label: 'Fold and unfold', group, isLocal: true }, null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const node = rows[at - 1];
    const go = (index: number): void =>
      onSelect(index <= 0 ? null : (rows[Math.min(index, rows.length) - 1]?.span.id ?? null));
    const run = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at - 1),
      Home: () => go(0),
      End: () => go(rows.length),
      ArrowRight: () => node && fold(node.span.id, false),
      ArrowLeft: () => node && fold(node.span.id, true),
    }[event.key];
    if (run === undefined) return;
    event.preventDefault();
    run();
  };
  return (
    <div
      ref={scroller}
      className={classes.tree}
      role="tree"
      aria-label="Steps of the turn"
      tabIndex={0}
      aria-activedescendant={`step-${at}`}
      onKeyDown={onKeyDown}
    >
      <div style={{ position: 'relative', height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const node = rows[item.index - 1];
          const style = { transform: `translateY(${item.start}px)` };
          const row = { id: `step-${item.index}`, isSelected: item.index === at, style };
          return node === undefined ? (
            <TraceRow key="trace" {...row} trace={trace} onSelect={() => onSelect(null)} />
          ) : (
            <SpanRow
              key={node.span.id}
              {...row}
              node={node}
              window={window}
              isCollapsed={collapsed.has(node.span.id)}
              onSelect={() => onSelect(node.span.id)}
              onFold={(close) => fold(node.span.id, close)}
            />
          );
        })}
      </div>
    </div>
  );
}

interface TimeWindow {
  start: number;
  length: number;
}

function windowOf(trace: Trace): TimeWindow {
  const starts = [trace, ...(trace.spans ?? [])].map(({ startTime }) => moment(startTime) ?? Infinity);
  const ends = [trace, ...(trace.spans ?? [])].map(
    ({ endTime, startTime }) => moment(endTime ?? startTime) ?? 0,
  );
  const start = starts.reduce((a, b) => Math.min(a, b), Infinity);
  return { start, length: Math.max(1, ends.reduce((a, b) => Math.max(a, b), 0) - start) };
}

interface RowProps {
  id: string;
  isSelected: boolean;
  style: { transform: string };
  onSelect: () => void;
}

function TraceRow({ id, isSelected, style, trace, onSelect }: RowProps & { trace: Trace }) {
  return (
    <div
      id={id}
      role="treeitem"
      aria-level={1}
      aria-selected={isSelected}
      className={classes.row}
      style={style}
      onClick={onSelect}
    >
      <span className={classes.name} style={{ paddingLeft: 24, fontWeight: 550 }}>
        Whole turn
      </span>
      <Num className={classes.duration} figure={durationFigure(trace.duration)} />
    </div>
  );
}

interface SpanRowProps extends RowProps {
  node: SpanNode;
  window: TimeWindow;
  isCollapsed: boolean;
  onFold: (close: boolean) => void;
}

const ODDITIES = {
  orphan: 'Its parent is not in this trace (yet).',
  cycle: 'Its ancestors lead back to itself; cut here.',
};

function SpanRow({ id, isSelected, style, node, window, isCollapsed, onSelect, onFold }: SpanRowProps) {
  const { span, depth, children, oddity } = node;
  const start = moment(span.startTime) ?? window.start;
  const left = ((start - window.start) / window.length) * 100;
  const width = (((moment(span.endTime) ?? start) - start) / window.length) * 100;
  const group = span.status === 'error' ? 'error' : kindGroup(span.kind);
  return (
    <div
      id={id}
      role="treeitem"
      aria-level={depth + 2}
      aria-selected={isSelected}
      aria-expanded={children.length > 0 ? !isCollapsed : undefined}
      className={classes.row}
      data-kind={group}
      style={style}
      onClick={onSelect}
    >
      <span className={classes.name} style={{ paddingLeft: 8 + Math.min(depth, 12) * 12 }}>
        {children.length > 0 ? (
          <span
            className={classes.caret}
            data-open={!isCollapsed || undefined}
            onClick={(event) => {
              event.stopPropagation();
              onFold(!isCollapsed);
            }}
          >
            <Icon name="right" size={11} />
          </span>
        ) : (
          <span className={classes.caret} />
        )}
        <span className={classes.dot} data-tip={span.kind} />
        {span.status === 'error' && (
          <span className={classes.error} aria-label="error">
            !
          </span>
        )}
        <Data>{span.name}</Data>
        {oddity !== null && (
          <span className={classes.oddity} data-tip={ODDITIES[oddity]}>
            {oddity}
          </span>
        )}
      </span>
      <span className={classes.track} aria-hidden="true">
        <span className={classes.bar} style={{ left: `${left}%`, width: `max(2px, ${width}%)` }} />
      </span>
      <Num
        className={classes.duration}
        figure={durationFigure(span.duration, 'It is running, or its end was not sent.')}
      />
    </div>
  );
}
