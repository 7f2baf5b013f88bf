import { tableFeatures, createColumnHelper } from '@tanstack/react-table';

import { figure, unknown } from '../../format/figure';
import { formatCount, plural } from '../../format/numbers';
import { columnFacts, COLUMN_IDS, type ColumnFacts, type ColumnId } from '../../model/listColumns';
import { costFigure, durationFigure, tokensFigure } from '../../model/totals';
import { Data } from '../../parts/Data';
import { Num } from '../../parts/Num';
import { Time } from '../../parts/Time';

import {
  CountCell,
  ErrorCell,
  MetadataCell,
  ScoresCell,
  StarCell,
  TitleCell,
  UserCell,
  ValuesCell,
} from './cells';
import classes from './SessionTable.module.css';

import type { ReactNode } from 'react';
import type { FoundSession, Session } from '../../api/schema';
import type { Filter } from '../../state/listState';

export interface TableMeta {
  addFilter: (filter: Filter) => void;
  /** Absent where the key that signed in may only look. */
  onStar?: (session: Session) => void;
}

const CELLS: Record<ColumnId, (session: FoundSession, meta: TableMeta) => ReactNode> = {
  bookmarked: (session, { onStar }) => <StarCell session={session} onStar={onStar} />,
  session: (session) => <TitleCell session={session} />,
  user: (session, { addFilter }) => <UserCell session={session} addFilter={addFilter} />,
  traceCount: ({ traceCount, spanCount }) => (
    <>
      <Num
        figure={figure(
          formatCount(traceCount),
          `${plural(traceCount, 'turn')}, ${plural(spanCount, 'step')}`,
        )}
      />
      <span className={classes.unit}> {traceCount === 1 ? 'turn' : 'turns'}</span>
    </>
  ),
  duration: ({ duration }) => <Num figure={durationFigure(duration)} />,
  activeDuration: ({ activeDuration }) => <Num figure={durationFigure(activeDuration)} />,
  totalTokens: (session) => <Num figure={tokensFigure(session)} />,
  totalCost: (session) => <Num figure={costFigure(session)} />,
  errorCount: ({ errorCount }) => <ErrorCell count={errorCount} />,
  startTime: ({ startTime }) => <Time iso={startTime} />,
  lastActivity: ({ endTime, status }) => (
    <>
      {status === 'active' && <span className={classes.live} role="img" aria-label="Active" />}
      <Time iso={endTime} />
    </>
  ),
  status: ({ status }, { addFilter }) => (
    <ValuesCell field="status" values={[status]} none="" addFilter={addFilter} />
  ),
  outcome: ({ outcome }, { addFilter }) => (
    <ValuesCell field="outcome" values={[outcome]} none="Nobody said how it ended." addFilter={addFilter} />
  ),
  goals: ({ goals }, { addFilter }) => (
    <ValuesCell field="goal" values={goals} none="It reached no goal." addFilter={addFilter} />
  ),
  scores: ({ scores }) => <ScoresCell scores={scores} />,
  tags: ({ tags }, { addFilter }) => (
    <ValuesCell field="tag" values={tags} none="No trace has a tag." addFilter={addFilter} />
  ),
  models: ({ models }, { addFilter }) => (
    <ValuesCell
      field="model"
      values={models.map(({ model }) => model)}
      none="No call names a model."
      addFilter={addFilter}
    />
  ),
  tools: ({ tools }, { addFilter }) => (
    <ValuesCell
      field="tool"
      values={tools.map(({ name }) => name)}
      none="No tool was called."
      addFilter={addFilter}
    />
  ),
  environment: ({ environment }, { addFilter }) => (
    <ValuesCell
      field="environment"
      values={[environment]}
      none="No trace names an environment."
      addFilter={addFilter}
    />
  ),
  release: ({ release }, { addFilter }) => (
    <ValuesCell field="release" values={[release]} none="No trace names a release." addFilter={addFilter} />
  ),
  metadata: ({ metadata }) => <MetadataCell metadata={metadata} />,
  commentCount: ({ commentCount }) => <CountCell count={commentCount} one="comment" />,
  spanCount: ({ spanCount }) => <CountCell count={spanCount} one="step" />,
  generationCount: ({ generationCount }) => <CountCell count={generationCount} one="model call" />,
  toolCount: ({ toolCount }) => <CountCell count={toolCount} one="tool call" />,
  promptTokens: ({ promptTokens }) => <CountCell count={promptTokens} one="prompt token" compact />,
  completionTokens: ({ completionTokens }) => (
    <CountCell count={completionTokens} one="completion token" compact />
  ),
  cachedTokens: ({ cachedTokens }) => <CountCell count={cachedTokens} one="cached token" compact />,
  reasoningTokens: ({ reasoningTokens }) => (
    <CountCell count={reasoningTokens} one="reasoning token" compact />
  ),
  segments: ({ segments }) => <CountCell count={segments} one="segment" />,
  endedAt: ({ endedAt }) =>
    endedAt === null ? (
      <Num figure={unknown('Its caller has not said that it is over.')} />
    ) : (
      <Time iso={endedAt} />
    ),
  lastOutput: ({ lastOutput }) =>
    lastOutput ? (
      <span data-tip={lastOutput.slice(0, 400)}>
        <Data>{lastOutput.replace(/\s+/g, ' ').slice(0, 160)}</Data>
      </span>
    ) : (
      <Num figure={unknown('Nothing was answered.')} />
    ),
  id: ({ id }) => <Data>{id}</Data>,
};

// The server sorts, filters and pages: the table itself needs no feature. Only the types of these two are used.
const columnMeta: Omit<ColumnFacts, 'label' | 'width'> = {};
const tableMeta: TableMeta = { addFilter: () => undefined };
export const features = tableFeatures({ columnMeta, tableMeta });
const column = createColumnHelper<typeof features, FoundSession>();

const ALL = new Map(
  COLUMN_IDS.map((id) => [
    id,
    column.display({
      id,
      header: columnFacts(id).label,
      meta: columnFacts(id),
      cell: ({ row, table }) => CELLS[id](row.original, table.options.meta ?? tableMeta),
    }),
  ]),
);

export const columnsOf = (chosen: readonly ColumnId[]) =>
  column.columns(chosen.flatMap((id) => ALL.get(id) ?? []));
