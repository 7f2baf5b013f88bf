import { useEffect, useRef, useSyncExternalStore } from 'react';

export interface Shortcut {
  /** A `KeyboardEvent.key`. */
  keys: string;
  label: string;
  group: string;
}

interface Registered extends Shortcut {
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

/** Open menus and dialogs keep their keys to themselves. */
function isCovered(target: EventTarget | null): boolean {
  if (!(target instanceof Element) || target.closest('[data-page-keys]') !== null) return false;
  return target.closest('[role="dialog"], [role="menu"], [role="listbox"]') !== null;
}

export function handleKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event.target) || isPressing(event) || isCovered(event.target)) return;
  // The last one registered is the nearest to what is looked at.
  const run = registered.findLast((shortcut) => shortcut.keys === event.key)?.run;
  if (!run) return;
  event.preventDefault();
  run();
}

/** A key for as long as the component stands; it shows on the shortcut sheet by itself. */
export function useShortcut(
  { keys, label, group }: Shortcut,
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
    const entry: Registered = { keys, label, group, run: isTold ? null : () => latest.current?.() };
    change([...registered, entry]);
    return () => change(registered.filter((other) => other !== entry));
  }, [keys, label, group, enabled, isTold]);
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

export function useShortcutList(): readonly Shortcut[] {
  return useSyncExternalStore(subscribe, () => registered);
}
