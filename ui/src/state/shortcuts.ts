import { useEffect, useRef, useSyncExternalStore } from 'react';

// What can be done on the page that is open, as one table: the keyboard runs it, the sheet tells it, the palette offers it.

export interface Shortcut {
  /** A `KeyboardEvent.key`, with `Mod+` before it for ctrl or command; `null`: the palette alone runs it. */
  keys: string | null;
  label: string;
  group: string;
  /** The palette offers it. */
  isCommand?: boolean;
  /** A part of the page handles the keys, several with spaces between them, while it has the focus. */
  isLocal?: boolean;
}

export interface Registered extends Shortcut {
  /** `null`: the browser does it, the sheet only tells. */
  run: (() => void) | null;
}

let registered: readonly Registered[] = [];
const listeners = new Set<() => void>();

function change(next: readonly Registered[]): void {
  registered = next;
  listeners.forEach((listener) => listener());
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  // A slider and a checkbox take no text.
  if (target instanceof HTMLInputElement && /^(range|checkbox|radio)$/.test(target.type)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

/** Space on a control presses the control. */
function isPressing({ key, target }: KeyboardEvent): boolean {
  if (key !== ' ' || !(target instanceof Element)) return false;
  const control = 'button, a, summary, input:not([type="range"]), [role="tab"], [role="treeitem"]';
  return target.closest(control) !== null;
}

/** Open menus and dialogs keep their keys to themselves; a dialog also before the focus has arrived in it. */
function isCovered(target: EventTarget | null): boolean {
  const dialog = Array.from(document.querySelectorAll('[aria-modal="true"]')).at(-1);
  if (dialog !== undefined && dialog.querySelector('[data-page-keys]') === null) return true;
  if (!(target instanceof Element) || target.closest('[data-page-keys]') !== null) return false;
  return target.closest('[role="dialog"], [role="menu"], [role="listbox"]') !== null;
}

export const IS_MAC = typeof navigator !== 'undefined' && /mac|iphone|ipad/i.test(navigator.userAgent);

function pressed(event: KeyboardEvent): string | null {
  if (event.altKey) return null;
  const isMod = IS_MAC ? event.metaKey : event.ctrlKey;
  if (isMod) return event.shiftKey ? null : `Mod+${event.key.toLowerCase()}`;
  if (event.ctrlKey || event.metaKey || isTyping(event.target) || isPressing(event)) return null;
  return event.key;
}

export function handleKey(event: KeyboardEvent): void {
  const keys = event.defaultPrevented ? null : pressed(event);
  if (keys === null || isCovered(event.target)) return;
  // The last one registered is the nearest to what is looked at.
  const run = registered.findLast((shortcut) => shortcut.keys === keys && shortcut.isLocal !== true)?.run;
  if (!run) return;
  event.preventDefault();
  run();
}

/** A key or a command for as long as the component stands; sheet and palette show it by themselves. */
export function useShortcut(
  { keys, label, group, isCommand = false, isLocal = false }: Shortcut,
  run: (() => void) | null,
  enabled = true,
): void {
  const latest = useRef(run);
  const isTold = run === null;
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => {
    if (!enabled) return;
    const run = isTold ? null : () => latest.current?.();
    const entry: Registered = { keys, label, group, isCommand, isLocal, run };
    change([...registered, entry]);
    return () => change(registered.filter((other) => other !== entry));
  }, [keys, label, group, isCommand, isLocal, enabled, isTold]);
}

/** Escape closes what is open, wherever the focus is: it may not have arrived in the menu yet. */
export function useEscape(opened: boolean, close: () => void): void {
  const latest = useRef(close);
  useEffect(() => {
    latest.current = close;
  });
  useEffect(() => {
    if (!opened) return;
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented) latest.current();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [opened]);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useShortcutList(): readonly Registered[] {
  return useSyncExternalStore(subscribe, () => registered);
}
