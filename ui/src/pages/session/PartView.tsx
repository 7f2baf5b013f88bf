import { safeHref } from '../../model/markdown';
import { kindOf } from '../../model/conversation';
import { byteSize, readJson, sizeOf } from '../../model/values';
import { Markdown, MediaReference } from '../../parts/Markdown';
import { ValueText } from '../../parts/ValueText';

import { useOpen } from './openItems';
import classes from './Conversation.module.css';

import type { ContentPart } from '../../api/schema';

const SHOWN = 4000;

const MEDIA = ['image', 'audio', 'video', 'file'];

/** One part of a message. Kinds that are not known are shown as they came. */
export function PartView({ part, partKey }: { part: ContentPart; partKey: string }) {
  const kind = kindOf(part);
  if (MEDIA.includes(kind)) return <MediaPart part={part} kind={kind} />;
  if (typeof part.text !== 'string') return <ValueText value={part} label={`Part of kind ${kind}`} />;
  return <TextPart text={part.text} partKey={partKey} isThought={kind === 'reasoning'} />;
}

/** What it was, of what type and size; it is opened only by a click on its address, where it has one. */
function MediaPart({ part, kind }: { part: ContentPart; kind: string }) {
  const facts = [part.name, part.mediaType].filter((fact) => typeof fact === 'string');
  const size = typeof part.bytes === 'number' ? [byteSize(part.bytes)] : [];
  const href = typeof part.url === 'string' ? safeHref(part.url) : null;
  return <MediaReference kind={kind} about={[...facts, ...size].join(', ')} href={href} />;
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
