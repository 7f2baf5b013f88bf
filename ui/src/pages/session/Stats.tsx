import { Data } from '../../parts/Data';
import { Popover } from '@mantine/core';
import { useState } from 'react';

import { figure, unknown, type Figure } from '../../format/figure';
import { exactCost, formatCost } from '../../format/money';
import { exactTokens, formatCount, formatTokens, plural } from '../../format/numbers';
import { costFigure, durationFigure, tokensFigure } from '../../model/totals';
import { Num } from '../../parts/Num';
import { DEFAULT_STATE, listSearch } from '../../state/listState';
import { Link } from '../../parts/Link';

import classes from './Header.module.css';

import type { ModelUse, Session } from '../../api/schema';
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

function Models({ session }: { session: Session }) {
  const [opened, setOpened] = useState(false);
  const { models, unpricedModels } = session;
  const [first] = models;
  return (
    <>
      <Popover opened={opened} onChange={setOpened} withinPortal>
        <Popover.Target>
          <button
            type="button"
            className={classes.models}
            aria-label={`Models: ${models.map(({ model }) => model).join(', ')}. Show what each used`}
            onMouseEnter={() => setOpened(true)}
            onMouseLeave={() => setOpened(false)}
            onClick={() => setOpened(true)}
          >
            <Data>{first?.model ?? ''}</Data>
            {models.length > 1 && ` +${models.length - 1}`}
          </button>
        </Popover.Target>
        <Popover.Dropdown>
          <Breakdown models={models} unpriced={unpricedModels} />
        </Popover.Dropdown>
      </Popover>
      {unpricedModels.length > 0 && (
        <span className={classes.unpriced}>
          no price for <Data>{unpricedModels.join(', ')}</Data>
        </span>
      )}
    </>
  );
}

function Breakdown({ models, unpriced }: { models: readonly ModelUse[]; unpriced: readonly string[] }) {
  const cost = ({ model, cost: dollars }: ModelUse): Figure =>
    dollars === null || unpriced.includes(model)
      ? unknown(`No price for ${model}.`)
      : figure(formatCost(dollars), exactCost(dollars));
  return (
    <table className={classes.breakdown}>
      <thead>
        <tr>
          {['Model', 'Calls', 'Prompt', 'Completion', 'Cost'].map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {models.map((use) => (
          <tr key={use.model}>
            <td>
              <Link
                to={`/sessions${listSearch({ ...DEFAULT_STATE, filters: [{ field: 'model', value: use.model }] })}`}
              >
                <Data>{use.model}</Data>
              </Link>
            </td>
            <td>{formatCount(use.generations)}</td>
            <td>{formatCount(use.promptTokens)}</td>
            <td>{formatCount(use.completionTokens)}</td>
            <td>
              <Num figure={cost(use)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
