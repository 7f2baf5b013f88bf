import { Button, TextInput } from '@mantine/core';

import { MOST_PATTERNS } from '../../model/maskingRules';
import { Data } from '../../parts/Data';

import classes from './Settings.module.css';

import type { MaskingRules } from '../../api/schema';

type Patterns = MaskingRules['patterns'];

interface Props {
  patterns: Patterns;
  isAdmin: boolean;
  onChange: (patterns: Patterns) => void;
}

/** The project's own patterns, a line each. */
export function OwnPatterns({ patterns, isAdmin, onChange }: Props) {
  const set = (at: number, change: Partial<Patterns[number]>): void =>
    onChange(patterns.map((pattern, i) => (i === at ? { ...pattern, ...change } : pattern)));
  return (
    <section className={classes.section} aria-label="Own patterns">
      <h2>Own patterns</h2>
      <p className={classes.note}>
        What a pattern finds becomes its name in brackets. The syntax is RE2’s: no look-around and no
        back-references. Patterns come after the detectors, in this order.
      </p>
      {!isAdmin ? (
        patterns.length === 0 ? (
          <p className={classes.note}>None yet.</p>
        ) : (
          <ul className={classes.lines} aria-label="Patterns">
            {patterns.map(({ name, pattern }) => (
              <li key={name}>
                <span>
                  <code>
                    <Data>{`[${name}]`}</Data>
                  </code>
                  <span className={classes.sub}>
                    <code>
                      <Data>{pattern}</Data>
                    </code>
                  </span>
                </span>
              </li>
            ))}
          </ul>
        )
      ) : (
        <>
          {patterns.map(({ name, pattern }, at) => (
            <div key={at} className={classes.form} role="group" aria-label={`Pattern ${at + 1}`}>
              <TextInput
                className={classes.patternName ?? ''}
                label="Name"
                placeholder="such as case"
                value={name}
                maxLength={40}
                autoFocus={name === '' && pattern === ''}
                onChange={(event) => set(at, { name: event.currentTarget.value })}
              />
              <TextInput
                className={classes.grow ?? ''}
                classNames={{ input: classes.mono ?? '' }}
                label="Pattern"
                placeholder="such as CASE-[0-9]+"
                value={pattern}
                maxLength={500}
                spellCheck={false}
                onChange={(event) => set(at, { pattern: event.currentTarget.value })}
              />
              <Button
                variant="default"
                aria-label={`Remove pattern ${at + 1}${name === '' ? '' : `, ${name}`}`}
                onClick={() => onChange(patterns.filter((_, i) => i !== at))}
              >
                Remove
              </Button>
            </div>
          ))}
          {patterns.length < MOST_PATTERNS && (
            <div>
              <Button variant="default" onClick={() => onChange([...patterns, { name: '', pattern: '' }])}>
                Add a pattern
              </Button>
            </div>
          )}
        </>
      )}
    </section>
  );
}
