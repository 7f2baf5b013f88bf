import { CHECKS, type Finding } from '../../model/findings';
import { visibleText } from '../../model/visible';
import { Icon } from '../../parts/Icon';

import { Behind } from './Behind';
import classes from './Quality.module.css';

import type { Quality } from '../../api/schema';

const STATES = {
  wrong: { icon: 'warn', word: 'Wrong' },
  warning: { icon: 'warn', word: 'Look at this' },
  ok: { icon: 'check', word: 'Well' },
} as const;

const sentence = (text: string): string => {
  const shown = visibleText(text);
  return `${shown.charAt(0).toUpperCase()}${shown.slice(1)}${/[.!?]$/.test(shown) ? '' : '.'}`;
};

/** One thing that was found, in the report's own words, with what to do about it and what is behind it. */
export function FindingCard({ finding, report }: { finding: Finding; report: Quality }) {
  const { code, state, message, advice } = finding;
  const title = CHECKS[code]?.title ?? code;
  return (
    <section className={classes.finding} data-state={state} aria-label={title}>
      <header>
        <span className={classes.state} role="img" aria-label={STATES[state].word}>
          <Icon name={STATES[state].icon} size={15} />
        </span>
        <h2>{title}</h2>
      </header>
      <p>
        <bdi>{sentence(message)}</bdi>
      </p>
      {advice !== null && (
        <p className={classes.adviceText}>
          <bdi>{visibleText(advice)}</bdi>
        </p>
      )}
      <Behind code={code} report={report} />
    </section>
  );
}
