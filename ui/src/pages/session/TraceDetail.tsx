import { Data } from '../../parts/Data';
import { costFigure, durationFigure, turnFigures } from '../../model/totals';
import { formatAbsolute, formatClock, moment } from '../../format/time';
import { figure } from '../../format/figure';
import { exactTokens, formatCount } from '../../format/numbers';
import { isEmpty } from '../../model/values';
import { useShared } from '../../state/shared';

import { ErrorBlock, Facts, Section, type Fact } from './DetailParts';
import { Scores } from './Scores';
import classes from './Inspector.module.css';

import type { Trace } from '../../api/schema';

/** The turn as a whole: what it was asked, what came out, and what it took. */
export function TraceDetail({ trace }: { trace: Trace }) {
  const isShared = useShared();
  const start = moment(trace.startTime);
  const { tokens } = turnFigures(trace);
  const optional = (label: string, value: string | null): Fact[] =>
    value === null || value === '' ? [] : [{ label, value }];
  const counted = (label: string, n: number): Fact[] =>
    n === 0 ? [] : [{ label, value: figure(formatCount(n), exactTokens(n)) }];
  const facts: Fact[] = [
    {
      label: 'Started',
      value: start === null ? '-' : figure(formatClock(start, undefined, true), formatAbsolute(start)),
    },
    { label: 'Took', value: durationFigure(trace.duration, 'It is running, or its end was not sent.') },
    { label: 'Tokens', value: tokens },
    ...counted('Prompt', trace.promptTokens),
    ...counted('Completion', trace.completionTokens),
    { label: 'Cost', value: costFigure(trace) },
    ...optional('Models', trace.models.join(', ')),
    ...optional('User', trace.userId),
    ...optional('Environment', trace.environment),
    ...optional('Release', trace.release),
    ...optional('Tags', trace.tags.join(', ')),
  ];
  return (
    <>
      <h3 className={classes.name}>
        <span className={classes.kind}>trace</span>
        <Data>{trace.name}</Data>
      </h3>
      <Facts facts={facts} />
      {(trace.error !== null || trace.status === 'error') && <ErrorBlock error={trace.error ?? {}} />}
      <Section title="Input" value={trace.input} absent="This trace sent no input of its own." />
      <Section title="Output" value={trace.output} absent="This trace sent no output of its own." />
      {!isEmpty(trace.metadata) && <Section title="Metadata" value={trace.metadata} />}
      {trace.sessionId !== null && !isShared && (
        <section className={classes.scores} aria-label="Scores of the turn">
          <h4>Scores</h4>
          <Scores sessionId={trace.sessionId} traceId={trace.id} />
        </section>
      )}
      <Facts facts={[{ label: 'Trace id', value: trace.id, isCopied: true }]} />
    </>
  );
}
