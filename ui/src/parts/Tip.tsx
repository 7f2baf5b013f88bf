import { useEffect, useLayoutEffect, useRef, useState } from 'react';

import { visibleText } from '../model/visible';

import classes from './Tip.module.css';

interface Shown {
  text: string;
  target: DOMRect;
}

/**
 * One hover for the whole page: any element with `data-tip` shows its text. A component per number would cost more
 * than the numbers themselves in a list of thousands.
 */
export function Tip() {
  const [shown, setShown] = useState<Shown | null>(null);
  useEffect(() => {
    let timer = 0;
    const hide = (): void => {
      window.clearTimeout(timer);
      setShown(null);
    };
    const consider = (event: Event): void => {
      if (event.type === 'focusin' && !(event.target as Element).matches(':focus-visible')) return;
      const target = event.target instanceof Element ? event.target.closest('[data-tip]') : null;
      const text = target?.getAttribute('data-tip');
      window.clearTimeout(timer);
      if (target === null || !text) {
        setShown(null);
        return;
      }
      const wait = event.type === 'focusin' ? 0 : 250;
      timer = window.setTimeout(() => setShown({ text, target: target.getBoundingClientRect() }), wait);
    };
    const events = ['mouseover', 'focusin'] as const;
    const endings = ['mousedown', 'keydown', 'wheel', 'focusout', 'blur'] as const;
    events.forEach((name) => document.addEventListener(name, consider));
    endings.forEach((name) => window.addEventListener(name, hide, { passive: true }));
    return () => {
      hide();
      events.forEach((name) => document.removeEventListener(name, consider));
      endings.forEach((name) => window.removeEventListener(name, hide));
    };
  }, []);
  return shown === null ? null : <Bubble key={shown.text} {...shown} />;
}

function Bubble({ text, target }: Shown) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const bubble = ref.current;
    if (bubble === null) return;
    const { width, height } = bubble.getBoundingClientRect();
    const left = Math.min(
      Math.max(8, target.left + target.width / 2 - width / 2),
      window.innerWidth - width - 8,
    );
    const below = target.bottom + 6 + height < window.innerHeight;
    bubble.style.left = `${left}px`;
    bubble.style.top = `${below ? target.bottom + 6 : target.top - height - 6}px`;
  }, [target, text]);
  return (
    <div ref={ref} className={classes.tip} role="tooltip">
      {visibleText(text)}
    </div>
  );
}
