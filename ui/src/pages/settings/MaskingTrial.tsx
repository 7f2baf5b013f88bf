import { Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { sentences } from '../../api/errors';
import { tryMaskingQuery } from '../../api/maskingQueries';
import { plural } from '../../format/numbers';
import { marked, replacements, SAMPLE } from '../../model/maskingRules';
import { visibleText } from '../../model/visible';

import classes from './Settings.module.css';

import type { MaskingRules } from '../../api/schema';

const QUIET_MS = 250;
const MOST_CHARACTERS = 100_000;

/** What the rules as they stand on the page, saved or not, make of a text. */
export function MaskingTrial({ rules, isHalf }: { rules: MaskingRules; isHalf: boolean }) {
  const [text, setText] = useState(SAMPLE);
  const whole = isHalf
    ? { ...rules, patterns: rules.patterns.filter(({ name, pattern }) => name !== '' && pattern !== '') }
    : rules;
  const [asked] = useDebouncedValue(JSON.stringify({ rules: whole, text }), QUIET_MS);
  const trial = JSON.parse(asked) as { rules: MaskingRules; text: string };
  const { data, error, isPlaceholderData } = useQuery(tryMaskingQuery(trial.rules, trial.text));
  return (
    <section className={classes.section} aria-label="Try it">
      <h2>Try it</h2>
      <p className={classes.note}>
        What the rules above make of a text, before they are saved. The server forgets the text at once.
      </p>
      <Textarea
        size="xs"
        label="A sample"
        value={text}
        maxLength={MOST_CHARACTERS}
        rows={4}
        spellCheck={false}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {error !== null ? (
        <p className={classes.failed} role="alert">
          {sentences(error)}
        </p>
      ) : (
        data !== undefined &&
        trial.text !== '' && (
          <div className={classes.tried} data-stale={isPlaceholderData || undefined}>
            <p className={classes.note} role="status">
              {said(replacements(trial.rules, trial.text, data))}
            </p>
            <pre tabIndex={0} aria-label="What is stored" dir="auto">
              {marked(trial.rules, data).map((piece, at) =>
                piece.isMark ? <mark key={at}>{piece.text}</mark> : visibleText(piece.text),
              )}
            </pre>
          </div>
        )
      )}
    </section>
  );
}

const said = (count: number): string =>
  count <= 0
    ? 'Nothing is replaced: it would be stored as it is.'
    : `${plural(count, 'replacement')}; this would be stored:`;
