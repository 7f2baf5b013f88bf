// What stands on the keys of a shortcut.

const CAPS: Record<string, string> = {
  Enter: 'enter',
  Escape: 'esc',
  ' ': 'space',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Home: 'home',
  End: 'end',
};

/** Each key to press, with those that are held: `Mod+k` is `ctrl k`, or the command key of a Mac. */
export function keyCaps(keys: string, isMac: boolean): string[] {
  const single = keys === ' ' ? [keys] : keys.split(' ');
  return single.flatMap((key) => {
    const [, held = '', name = key] = /^(Mod|Shift)\+(.+)$/.exec(key) ?? [];
    const cap = CAPS[name] ?? name;
    if (held === 'Mod') return [isMac ? '⌘' : 'ctrl', cap];
    return held === 'Shift' ? ['shift', cap] : [cap];
  });
}
