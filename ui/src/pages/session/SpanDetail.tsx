import { Data } from '../../parts/Data';
import { durationFigure, spanCostFigure, spanTokensFigure } from '../../model/totals';
import { formatAbsolute, formatClock, moment } from '../../format/time';
import { exactTokens, formatCount } from '../../format/numbers';
import { figure } from '../../format/figure';
import { isEmpty } from '../../model/values';
import { kindGroup } from '../../model/spanTree';

import { ErrorBlock, Facts, Section, type Fact } from './DetailParts';
import classes from './Inspector.module.css';

import type { Span } from '../../api/schema';

const RUNNING = 'It is running, or its end was not sent.';

function usage(span: Span): Fact[] {
  const parts = [
    ['Prompt', span.promptTokens],
    ['Cached', span.cachedTokens],
    ['Completion', span.completionTokens],
    ['Reasoning', span.reasoningTokens],
  ] as const;
  return parts.flatMap(([label, n]) =>
    n === 0 ? [] : [{ label, value: figure(formatCount(n), exactTokens(n)) }],
  );
}

/** Everything about one step, exactly as it came. */
export function SpanDetail({ span }: { span: Span }) {
  const start = moment(span.startTime);
  const isCall = kindGroup(span.kind) === 'generation' || span.totalTokens > 0;
  const facts: Fact[] = [
    {
      label: 'Started',
      value: start === null ? '-' : figure(formatClock(start, undefined, true), formatAbsolute(start)),
    },
    { label: 'Took', value: durationFigure(span.duration, RUNNING) },
    ...(span.timeToFirstToken === null
      ? []
      : [{ label: 'First token', value: durationFigure(span.timeToFirstToken) }]),
    ...(span.modelName === null ? [] : [{ label: 'Model', value: span.modelName }]),
    ...(span.provider === null ? [] : [{ label: 'Provider', value: span.provider }]),
    ...(isCall
      ? [
          { label: 'Tokens', value: spanTokensFigure(span) },
          ...usage(span),
          { label: 'Cost', value: spanCostFigure(span) },
        ]
      : []),
  ];
  return (
    <>
      <h3 className={classes.name}>
        <span className={classes.kind} data-kind={kindGroup(span.kind)}>
          {span.kind}
        </span>
        <Data>{span.name}</Data>
      </h3>
      <Facts facts={facts} />
      {(span.error !== null || span.status === 'error') && <ErrorBlock error={span.error ?? {}} />}
      <Section title="Input" value={span.input} absent="This step sent no input." />
      <Section title="Output" value={span.output} absent="This step sent no output." />
      {!isEmpty(span.modelParameters) && <Section title="Model parameters" value={span.modelParameters} />}
      {!isEmpty(span.attributes) && <Section title="Attributes" value={span.attributes} isClosed />}
      <Facts facts={[{ label: 'Span id', value: span.id, isCopied: true }]} />
    </>
  );
}
