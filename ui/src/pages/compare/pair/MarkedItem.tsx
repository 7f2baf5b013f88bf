import { useMemo } from 'react';

import { partsText, roleName, type Item } from '../../../model/conversation';
import { visibleText } from '../../../model/visible';
import { wordDiff } from '../../../model/wordDiff';
import { Data } from '../../../parts/Data';
import { ItemView } from '../../session/ItemView';
import { useOpen } from '../../session/openItems';
import conversation from '../../session/Conversation.module.css';

import classes from './SessionPair.module.css';

interface Props {
  item: Item;
  itemKey: string;
  /** What the other side says in its place. */
  other: string;
  side: 'A' | 'B';
}

/** A message that the other side says otherwise: as text, with the words marked that only this side has. */
export function MarkedItem({ item, itemKey, other, side }: Props) {
  const text = item.kind === 'system' ? item.text : item.kind === 'message' ? partsText(item.parts) : '';
  const [isFormatted, setFormatted] = useOpen(`${itemKey} formatted`);
  const pieces = useMemo(() => {
    if (text === other) return null;
    // Compared in one order, so that both sides are marked alike.
    const found = side === 'A' ? wordDiff(text, other) : wordDiff(other, text);
    return found === null ? null : side === 'A' ? found[0] : found[1];
  }, [text, other, side]);
  if (pieces === null || isFormatted) {
    return (
      <div>
        <ItemView item={item} itemKey={itemKey} />
        {text !== other && item.kind === 'message' && pieces === null && (
          <p className={classes.note}>Too different from the other side to mark words.</p>
        )}
        {pieces !== null && (
          <button type="button" className={classes.more} onClick={() => setFormatted(false)}>
            Show the differences
          </button>
        )}
      </div>
    );
  }
  const role = item.kind === 'message' ? item.role : 'system';
  const model = item.kind === 'message' ? item.modelName : null;
  return (
    <div role="group" className={conversation.message} data-role={role} aria-label={roleName(role)}>
      <p className={conversation.role}>
        <Data>{item.kind === 'system' ? 'System prompt' : roleName(role)}</Data>
        {model !== null && <Data className={conversation.model}>{model}</Data>}
      </p>
      <div className={conversation.body}>
        <p className={classes.marked} dir="auto">
          {pieces.map((piece, i) =>
            piece.isOwn ? (
              side === 'A' ? (
                <del key={i}>{visibleText(piece.text)}</del>
              ) : (
                <ins key={i}>{visibleText(piece.text)}</ins>
              )
            ) : (
              visibleText(piece.text)
            ),
          )}
        </p>
      </div>
      <button type="button" className={classes.more} onClick={() => setFormatted(true)}>
        Show as written
      </button>
    </div>
  );
}
