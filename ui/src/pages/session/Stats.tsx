import { figure, type Figure } from '../../format/figure';
import { exactTokens, formatCount, formatTokens, plural } from '../../format/numbers';
import { costFigure, durationFigure, tokensFigure } from '../../model/totals';
import { Num } from '../../parts/Num';

import { Models } from './Models';
import classes from './Header.module.css';

import type { Session } from '../../api/schema';
import type { ReactNode } from 'react';

export function Stats({ session }: { session: Session }) {
  const turns = figure(
    formatCount(session.traceCount),
    `${plural(session.traceCount, 'turn')}, ${plural(session.spanCount, 'step')}`,
  );
  const pauses = session.segments - 1;
  return (
    <dl className={classes.stats}>
      <Stat label="Duration" value={durationFigure(session.duration)} />
      <Stat label="Active" value={durationFigure(session.activeDuration)}>
        {pauses > 0 && plural(pauses, 'long wait')}
      </Stat>
      <Stat label="Turns" value={turns}>
        {session.errorCount > 0 && (
          <span
            style={{ color: 'var(--danger)' }}
            data-tip={`${plural(session.errorCount, 'turn')} ended in an error`}
          >
            ! {session.errorCount} failed
          </span>
        )}
      </Stat>
      <Stat label="Tokens" value={tokensFigure(session)}>
        <TokenParts session={session} />
      </Stat>
      <Stat label="Cost" value={costFigure(session)} />
      {session.models.length > 0 && (
        <div className={classes.stat}>
          <dt>{session.models.length === 1 ? 'Model' : 'Models'}</dt>
          <dd>
            <Models session={session} />
          </dd>
        </div>
      )}
    </dl>
  );
}

function Stat({ label, value, children }: { label: string; value: Figure; children?: ReactNode }) {
  return (
    <div className={classes.stat}>
      <dt>{label}</dt>
      <dd>
        <Num figure={value} />
        {children ? <small>{children}</small> : null}
      </dd>
    </div>
  );
}

/** Cached tokens are a part of the prompt's, reasoning tokens of the completion's: said so, never added. */
function TokenParts({ session }: { session: Session }) {
  const parts = [
    { n: session.promptTokens, word: 'prompt', tip: 'in the prompts' },
    { n: session.cachedTokens, word: 'cached', tip: 'of the prompts came from a cache' },
    { n: session.completionTokens, word: 'completion', tip: 'in the completions' },
    { n: session.reasoningTokens, word: 'reasoning', tip: 'of the completions were reasoning' },
  ].filter(({ n }) => n > 0);
  return parts.map(({ n, word, tip }, i) => (
    <span key={word} data-tip={`${exactTokens(n)} ${tip}`}>
      {i > 0 && ' · '}
      {formatTokens(n)} {word}
    </span>
  ));
}
