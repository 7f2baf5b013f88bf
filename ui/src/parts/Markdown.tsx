import { Fragment, memo, useMemo, type ReactNode } from 'react';

import { parseMarkdown, type Block, type Inline } from '../model/markdown';

import { visibleName, visibleText } from '../model/visible';

import { CopyButton } from './CopyButton';
import classes from './Markdown.module.css';

/** Text of a message, with the little markdown that people and models write. It can only ever become these elements. */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  const blocks = useMemo(() => parseMarkdown(visibleText(text)), [text]);
  return (
    <div className={classes.text} dir="auto">
      {blocks.map((block, i) => (
        <BlockView key={i} block={block} />
      ))}
    </div>
  );
});

function BlockView({ block }: { block: Block }): ReactNode {
  switch (block.type) {
    case 'paragraph':
      return <p dir="auto">{lines(block.lines)}</p>;
    case 'heading':
      return (
        <p dir="auto" className={classes.heading} data-level={Math.min(block.level, 3)}>
          {inlines(block.content)}
        </p>
      );
    case 'code':
      return <CodeBlock {...block} />;
    case 'list': {
      const List = block.ordered ? 'ol' : 'ul';
      return (
        <List start={block.ordered ? block.start : undefined} dir="auto">
          {block.items.map((item, i) => (
            <li key={i}>{inlines(item)}</li>
          ))}
        </List>
      );
    }
    case 'quote':
      return <blockquote dir="auto">{lines(block.lines)}</blockquote>;
    case 'table':
      return <TableBlock {...block} />;
    case 'rule':
      return <hr />;
  }
}

function CodeBlock({ language, text }: { language: string; text: string }) {
  return (
    <div className={classes.code} dir="ltr">
      <header>
        <span>{language || 'text'}</span>
        <CopyButton text={text} label="Copy the code" />
      </header>
      <pre tabIndex={0} aria-label={`Code, ${language || 'text'}`}>
        {text}
      </pre>
    </div>
  );
}

function TableBlock({ head, rows }: Extract<Block, { type: 'table' }>) {
  return (
    <div className={classes.table}>
      <table>
        <thead>
          <tr>
            {head.map((cell, i) => (
              <th key={i}>{inlines(cell)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, j) => (
                <td key={j}>{inlines(cell)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function lines(content: Inline[][]): ReactNode {
  return content.map((line, i) => (
    <Fragment key={i}>
      {i > 0 && <br />}
      {inlines(line)}
    </Fragment>
  ));
}

const inlines = (content: Inline[]): ReactNode =>
  content.map((part, i) => <InlineView key={i} part={part} />);

function InlineView({ part }: { part: Inline }): ReactNode {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'code':
      return <code>{part.text}</code>;
    case 'strong':
      return <strong>{inlines(part.children)}</strong>;
    case 'emphasis':
      return <em>{inlines(part.children)}</em>;
    case 'link':
      return <OutsideLink href={part.href}>{part.text}</OutsideLink>;
    case 'image':
      return <MediaReference kind="image" about={part.text} href={part.href} />;
  }
}

/** A link that telemetry brought: nothing is fetched until it is clicked, and its real address shows on hover. */
export function OutsideLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <a
      className={classes.link}
      href={href}
      target="_blank"
      rel="noopener noreferrer nofollow"
      data-tip={href}
    >
      {children}
    </a>
  );
}

interface MediaProps {
  kind: string;
  about: string;
  href: string | null;
}

/** Pictures and files are never loaded by themselves: an address in a text can carry data out. */
export function MediaReference({ kind, about, href }: MediaProps) {
  const label = visibleName(
    kind.charAt(0).toUpperCase() + kind.slice(1) + (about === '' ? '' : `: ${about}`),
  );
  return (
    <span className={classes.image}>
      {href === null ? label : <OutsideLink href={href}>{label}</OutsideLink>}
    </span>
  );
}
