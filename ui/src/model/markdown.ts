// A small, closed part of markdown, read into a tree of plain values. Nothing here can make markup: what is not
// understood stays text, images become their description, and a link keeps its address only if it is safe to follow.

export type Inline =
  | { type: 'text'; text: string }
  | { type: 'code'; text: string }
  | { type: 'strong' | 'emphasis'; children: Inline[] }
  | { type: 'link'; text: string; href: string }
  | { type: 'image'; text: string; href: string | null };

export type Block =
  | { type: 'paragraph'; lines: Inline[][] }
  | { type: 'heading'; level: number; content: Inline[] }
  | { type: 'code'; language: string; text: string }
  | { type: 'list'; ordered: boolean; start: number; items: Inline[][] }
  | { type: 'quote'; lines: Inline[][] }
  | { type: 'table'; head: Inline[][]; rows: Inline[][][] }
  | { type: 'rule' };

/** The address if a person may follow it by clicking, else `null` (`javascript:`, `data:`, relative, ...). */
export function safeHref(address: string): string | null {
  // Control characters, spaces and bidi marks inside an address are how a scheme is hidden.
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0020\u007F-\u00A0\u200B-\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/.test(address)) return null;
  if (!/^(https?:\/\/|mailto:)/i.test(address)) return null;
  try {
    const url = new URL(address);
    return url.username === '' && url.password === '' ? url.href : null;
  } catch {
    return null;
  }
}

const INLINE =
  /(`+)([^`]|[^`].*?[^`])\1(?!`)|!\[([^\]]{0,300})\]\(([^()\s]{1,2000})(?:\s+"[^"]{0,300}")?\)|\[([^\][]{1,300})\]\(([^()\s]{1,2000})(?:\s+"[^"]{0,300}")?\)|\*\*(?=\S)([^*]{1,2000}?\S|\S)\*\*|(?<![\w*])\*(?=[^\s*])([^*\n]{1,2000}?)(?<=[^\s*])\*(?![\w*])|(https?:\/\/[^\s<>"'`\])]{1,2000}[^\s<>"'`\]).,;:!?])/g;

export function parseInline(text: string): Inline[] {
  const out: Inline[] = [];
  let from = 0;
  const plain = (to: number): void => {
    if (to > from) out.push({ type: 'text', text: text.slice(from, to) });
  };
  for (const match of text.matchAll(INLINE)) {
    plain(match.index);
    from = match.index + match[0].length;
    out.push(inlineOf(match));
  }
  plain(text.length);
  return out;
}

function inlineOf(match: RegExpExecArray): Inline {
  const [all, , code, alt, source, label, target, strong, emphasis, bare] = match as unknown as (
    string | undefined
  )[];
  if (code !== undefined) return { type: 'code', text: code.trim() === '' ? code : code.trim() };
  if (source !== undefined) return { type: 'image', text: alt ?? '', href: safeHref(source) };
  if (strong !== undefined) return { type: 'strong', children: parseInline(strong) };
  if (emphasis !== undefined) return { type: 'emphasis', children: parseInline(emphasis) };
  const href = safeHref(target ?? bare ?? '');
  if (href === null) return { type: 'text', text: all ?? '' };
  return { type: 'link', text: label ?? bare ?? '', href };
}

const FENCE = /^\s{0,3}(```+|~~~+)\s*([\w+#.-]{0,30})/;
const ITEM = /^\s{0,6}(?:[-*+]|(\d{1,6})[.)])\s+(.*)$/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const RULE = /^\s{0,3}([-*_])(?:\s*\1){2,}\s*$/;
const TABLE_RULE = /^\s*(\|\s*:?-+:?\s*)+\|?\s*$|^\s*:?-+:?\s*(\|\s*:?-+:?\s*)+$/;

const cells = (line: string): Inline[][] =>
  line
    .replace(/^\s*\|/, '')
    .replace(/\|\s*$/, '')
    .split('|')
    .map((cell) => parseInline(cell.trim()));

/** Reads a text into blocks, line by line; an unclosed code fence runs to the end. */
export function parseMarkdown(text: string): Block[] {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const blocks: Block[] = [];
  let i = 0;
  const line = (): string => lines[i] ?? '';
  while (i < lines.length) {
    const fence = FENCE.exec(line());
    if (fence !== null) {
      i = readFence(lines, i, fence, blocks);
    } else if (line().trim() === '') {
      i += 1;
    } else if (RULE.test(line())) {
      blocks.push({ type: 'rule' });
      i += 1;
    } else if (HEADING.test(line())) {
      const [, marks, content] = HEADING.exec(line()) ?? [];
      blocks.push({ type: 'heading', level: (marks ?? '#').length, content: parseInline(content ?? '') });
      i += 1;
    } else if (ITEM.test(line())) {
      i = readList(lines, i, blocks);
    } else if (line().startsWith('>')) {
      const quoted: Inline[][] = [];
      for (; line().startsWith('>'); i++) quoted.push(parseInline(line().replace(/^>\s?/, '')));
      blocks.push({ type: 'quote', lines: quoted });
    } else if (line().includes('|') && TABLE_RULE.test(lines[i + 1] ?? '')) {
      const head = cells(line());
      const rows: Inline[][][] = [];
      for (i += 2; i < lines.length && line().includes('|'); i++) rows.push(cells(line()));
      blocks.push({ type: 'table', head, rows });
    } else {
      i = readParagraph(lines, i, blocks);
    }
  }
  return blocks;
}

function readFence(lines: string[], at: number, fence: RegExpExecArray, blocks: Block[]): number {
  const [, mark = '```', language = ''] = fence;
  const body: string[] = [];
  let i = at + 1;
  for (; i < lines.length; i++) {
    const line = lines[i] ?? '';
    if (line.trim().startsWith(mark) && line.trim().replace(/[`~]/g, '') === '') break;
    body.push(line);
  }
  blocks.push({ type: 'code', language, text: body.join('\n') });
  return i + 1;
}

function readList(lines: string[], at: number, blocks: Block[]): number {
  const first = ITEM.exec(lines[at] ?? '');
  const ordered = first?.[1] !== undefined;
  const items: Inline[][] = [];
  let i = at;
  for (; i < lines.length; i++) {
    const item = ITEM.exec(lines[i] ?? '');
    if (item === null || (item[1] !== undefined) !== ordered) break;
    items.push(parseInline(item[2] ?? ''));
  }
  blocks.push({ type: 'list', ordered, start: Number(first?.[1] ?? 1), items });
  return i;
}

function readParagraph(lines: string[], at: number, blocks: Block[]): number {
  const content: Inline[][] = [];
  let i = at;
  for (; i < lines.length; i++) {
    const line = lines[i] ?? '';
    const ends =
      line.trim() === '' || FENCE.test(line) || HEADING.test(line) || RULE.test(line) || line.startsWith('>');
    if (i > at && (ends || ITEM.test(line))) break;
    content.push(parseInline(line));
  }
  blocks.push({ type: 'paragraph', lines: content });
  return i;
}
