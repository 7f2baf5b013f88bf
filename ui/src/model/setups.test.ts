import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { filled, SETUPS } from './setups';

const file = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const PAGES = { python: 'sdk/README.md' };

test.each(SETUPS.filter(({ id }) => id !== 'curl'))(
  'every line for $label that is no import stands on its page, where it is tested',
  ({ id, page, blocks }) => {
    const told = file(page === null ? PAGES[id as keyof typeof PAGES] : `docs/ecosystems/${page}.md`).split(
      '\n',
    );
    const lines = blocks
      .flatMap(({ text }) => text.split('\n'))
      .filter((line) => line !== '' && !/^(import|from) /.test(line));
    expect(lines.filter((line) => !told.includes(line))).toEqual([]);
  },
);

test('a setup has the real address, key and project in it, over https too', () => {
  const target = { address: 'https://obs.example.com', key: 'pk_real', project: 'shop' };
  const all = SETUPS.flatMap(({ blocks }) => blocks.map(({ text }) => filled(text, target))).join('\n');
  expect(all).not.toMatch(/127\.0\.0\.1|pk_xxx|\/default/);
  expect(all).toContain('dsn="https://pk_real@obs.example.com/shop"');
  expect(all).toContain('export OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20pk_real"');
});

test('what stands deeper on its page is moved left', () => {
  expect(filled('a\n\n    b\n        c', { address: '', key: '', project: '' })).toBe('a\n\nb\n    c');
});
