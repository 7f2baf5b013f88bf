import type { Palette } from './draw';

/** The canvas speaks the same tokens as the page; read when the scheme changes. */
export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  return {
    text: token('--text'),
    muted: token('--text-3'),
    line: token('--line'),
    soft: token('--bg-soft'),
    accent: token('--accent'),
    accentSoft: token('--accent-soft'),
    accentLine: token('--accent-line'),
    danger: token('--danger'),
    dangerSoft: token('--danger-soft'),
    prompt: token('--accent-line'),
    font: `11px ${token('--font')}`,
  };
}
