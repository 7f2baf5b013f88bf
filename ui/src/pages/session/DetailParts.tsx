import { Data } from '../../parts/Data';
import { useState } from 'react';

import { errorLine } from '../../model/conversation';
import { visibleText } from '../../model/visible';
import { isEmpty, readJson } from '../../model/values';
import { CopyButton } from '../../parts/CopyButton';
import { Icon } from '../../parts/Icon';
import { Num } from '../../parts/Num';
import { ValueText } from '../../parts/ValueText';

import classes from './Inspector.module.css';

import type { SpanError } from '../../api/schema';
import type { Figure } from '../../format/figure';

export interface Fact {
  label: string;
  value: Figure | string;
  isCopied?: boolean;
}

export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className={classes.facts}>
      {facts.map(({ label, value, isCopied }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            {typeof value === 'string' ? <Data>{value}</Data> : <Num figure={value} />}
            {isCopied && typeof value === 'string' && (
              <CopyButton text={value} label={`Copy the ${label.toLowerCase()}`} />
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface SectionProps {
  title: string;
  value: unknown;
  absent?: string;
  isClosed?: boolean;
}

export function Section({ title, value, absent, isClosed = false }: SectionProps) {
  const [open, setOpen] = useState(!isClosed);
  if (isEmpty(value)) return absent === undefined ? null : <p className={classes.absent}>{absent}</p>;
  return (
    <section className={classes.section}>
      <h4>
        <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon name={open ? 'down' : 'right'} size={11} /> {title}
        </button>
      </h4>
      {open && <ValueText value={readJson(value)} label={title} />}
    </section>
  );
}

export function ErrorBlock({ error }: { error: Partial<SpanError> }) {
  return (
    <section className={classes.error} aria-label="Error">
      <p>
        <Icon name="warn" size={14} />{' '}
        <bdi style={{ whiteSpace: 'pre-wrap' }}>{visibleText(errorLine(error)).slice(0, 4000)}</bdi>
      </p>
      {error.stack && <ValueText value={error.stack} label="Stack" />}
    </section>
  );
}
