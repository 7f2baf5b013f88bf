import { memo, useMemo, useState, type ReactNode } from 'react';

import { fullText, SHOWN_CHARACTERS, sizeOf } from '../model/values';
import { visibleText } from '../model/visible';

import { CopyButton } from './CopyButton';
import classes from './ValueText.module.css';

/** A value as it is, with what would deceive the eye written out; in part where it is huge, with its whole a click away. */
export const ValueText = memo(function ValueText({ value, label }: { value: unknown; label: string }) {
  const [all, setAll] = useState(false);
  const text = useMemo(() => fullText(value), [value]);
  const isLong = text.length > SHOWN_CHARACTERS;
  const shown = visibleText(isLong && !all ? text.slice(0, SHOWN_CHARACTERS) : text);
  return (
    <div className={classes.value}>
      <div className={classes.copy}>
        <CopyButton text={text} label={`Copy: ${label}`} />
      </div>
      <pre dir="auto" tabIndex={0} aria-label={label}>
        {typeof value === 'string' || shown.length > SHOWN_CHARACTERS ? shown : coloured(shown)}
      </pre>
      {isLong && (
        <button type="button" onClick={() => setAll(!all)}>
          {all ? 'Show less' : `Show all, ${sizeOf(text.length)}`}
        </button>
      )}
    </div>
  );
});

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** JSON with its names set apart from its values. */
function coloured(json: string): ReactNode[] {
  const out: ReactNode[] = [];
  let from = 0;
  for (const match of json.matchAll(TOKEN)) {
    out.push(json.slice(from, match.index));
    const [all, string, colon] = match;
    const kind = colon !== undefined ? classes.key : string !== undefined ? classes.string : classes.literal;
    out.push(
      <span key={match.index} className={kind}>
        {string ?? all}
      </span>,
      colon,
    );
    from = match.index + all.length;
  }
  out.push(json.slice(from));
  return out;
}
