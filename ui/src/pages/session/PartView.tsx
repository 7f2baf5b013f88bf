import { safeHref } from '../../model/markdown';
import { readJson, sizeOf } from '../../model/values';
import { ImageReference, Markdown } from '../../parts/Markdown';
import { ValueText } from '../../parts/ValueText';

import { useOpen } from './openItems';
import classes from './Conversation.module.css';

import type { ContentPart } from '../../api/schema';

const SHOWN = 4000;

/** One part of a message. Kinds that are not known are shown as they came. */
export function PartView({ part, partKey }: { part: ContentPart; partKey: string }) {
  if (part.type === 'image') {
    const address = [part.url, part.imageUrl, part.source].find((value) => typeof value === 'string');
    return (
      <ImageReference alt={typeof part.text === 'string' ? part.text : ''} href={safeHref(address ?? '')} />
    );
  }
  if (typeof part.text !== 'string') return <ValueText value={part} label={`Part of type ${part.type}`} />;
  return (
    <TextPart
      text={part.text}
      partKey={partKey}
      isThought={part.type === 'reasoning' || part.type === 'thinking'}
    />
  );
}

function TextPart({ text, partKey, isThought }: { text: string; partKey: string; isThought: boolean }) {
  const [open, setOpen] = useOpen(partKey);
  const read = readJson(text);
  if (typeof read !== 'string') return <ValueText value={read} label="Message as JSON" />;
  const isLong = text.length > SHOWN * 1.2;
  return (
    <div className={isThought ? classes.thought : undefined}>
      <Markdown text={isLong && !open ? text.slice(0, SHOWN) : text} />
      {isLong && (
        <button type="button" className={classes.more} aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Show less' : `Show all, ${sizeOf(text.length)}`}
        </button>
      )}
    </div>
  );
}
