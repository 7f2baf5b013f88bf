import { Data } from '../../parts/Data';
import { errorLine, partsText, roleName, type Item } from '../../model/conversation';
import { argumentsLine, isEmpty, oneLine, readJson, sizeOf } from '../../model/values';
import { visibleName, visibleText } from '../../model/visible';
import { Icon } from '../../parts/Icon';
import { ValueText } from '../../parts/ValueText';

import { PartView } from './PartView';
import { useOpen } from './openItems';
import classes from './Conversation.module.css';

type Of<K extends Item['kind']> = Extract<Item, { kind: K }>;

export function ItemView({ item, itemKey }: { item: Item; itemKey: string }) {
  switch (item.kind) {
    case 'system':
      return <SystemItem item={item} itemKey={itemKey} />;
    case 'message':
      return <MessageItem item={item} itemKey={itemKey} />;
    case 'tool':
      return <ToolItem item={item} itemKey={itemKey} />;
    case 'error':
      return <ErrorItem item={item} itemKey={itemKey} />;
  }
}

function SystemItem({ item, itemKey }: { item: Of<'system'>; itemKey: string }) {
  const [open, setOpen] = useOpen(itemKey);
  return (
    <div className={classes.folded} data-span={item.spanId ?? undefined}>
      <button type="button" className={classes.line} aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="system" size={14} />
        <span className={classes.call}>{item.changed ? 'System prompt, changed' : 'System prompt'}</span>
        <Data className={classes.preview}>{open ? sizeOf(item.text.length) : oneLine(item.text, 140)}</Data>
      </button>
      {open && (
        <div className={classes.inside}>
          <PartView part={{ type: 'text', text: item.text }} partKey={`${itemKey} system`} />
        </div>
      )}
    </div>
  );
}

function MessageItem({ item, itemKey }: { item: Of<'message'>; itemKey: string }) {
  const { role, parts, modelName, spanId } = item;
  return (
    <div
      role="group"
      className={classes.message}
      data-role={role}
      data-span={spanId ?? undefined}
      aria-label={roleName(role)}
    >
      <p className={classes.role}>
        <Data>{roleName(role)}</Data>
        {modelName !== null && <Data className={classes.model}>{modelName}</Data>}
      </p>
      <div className={classes.body}>
        {parts.length === 0 && <p className={classes.nothing}>An empty message</p>}
        {parts.map((part, i) => (
          <PartView key={i} part={part} partKey={`${itemKey} ${i}`} />
        ))}
      </div>
    </div>
  );
}

function ToolItem({ item, itemKey }: { item: Of<'tool'>; itemKey: string }) {
  const [open, setOpen] = useOpen(itemKey);
  const { call, result } = item;
  const outcome = result === null ? 'no result' : oneLine(partsText(result), 90) || 'empty result';
  const isMissing = result === null || outcome === 'empty result';
  return (
    <div className={classes.folded} data-span={item.resultSpanId ?? item.spanId ?? undefined}>
      <button type="button" className={classes.line} aria-expanded={open} onClick={() => setOpen(!open)}>
        <span className={classes.toolIcon}>
          <Icon name="tool" size={14} />
        </span>
        <bdi className={classes.call}>
          {visibleName(call.name)}
          <span className={classes.arguments}>({visibleName(argumentsLine(call.arguments))})</span>
        </bdi>
        {!open && (
          <bdi className={classes.preview} data-missing={isMissing || undefined}>
            <span aria-hidden="true">→ </span>
            {visibleName(outcome)}
          </bdi>
        )}
      </button>
      {open && (
        <div className={classes.inside}>
          {!isEmpty(call.arguments) && (
            <>
              <h3>Arguments</h3>
              <ValueText value={readJson(call.arguments)} label={`Arguments of ${call.name}`} />
            </>
          )}
          <h3>{item.resultTurn === null ? 'Result' : `Result, sent with turn ${item.resultTurn}`}</h3>
          {result === null ? (
            <p className={classes.nothing}>No result of this call was sent.</p>
          ) : (
            result.map((part, i) =>
              typeof part.text === 'string' ? (
                <ValueText key={i} value={readJson(part.text)} label={`Result of ${call.name}`} />
              ) : (
                <PartView key={i} part={part} partKey={`${itemKey} ${i}`} />
              ),
            )
          )}
        </div>
      )}
    </div>
  );
}

function ErrorItem({ item, itemKey }: { item: Of<'error'>; itemKey: string }) {
  const [open, setOpen] = useOpen(itemKey);
  const { stack } = item.error;
  return (
    <div className={classes.error} role="note" aria-label="Error">
      <Icon name="warn" size={14} />
      <div className={classes.errorText}>
        <bdi className={classes.said}>{visibleText(errorLine(item.error)).slice(0, 4000)}</bdi>
        {stack && (
          <button type="button" className={classes.more} aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? 'Hide the stack' : 'Show the stack'}
          </button>
        )}
        {open && stack && <ValueText value={stack} label="Stack" />}
      </div>
    </div>
  );
}
