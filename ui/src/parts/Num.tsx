import type { Figure } from '../format/figure';

/** A number with its exact value, or `-` with its reason, on hover. */
export function Num({ figure, className }: { figure: Figure; className?: string | undefined }) {
  return (
    <span
      className={className}
      data-tip={figure.title}
      aria-description={figure.title}
      style={figure.known ? undefined : { color: 'var(--text-3)' }}
    >
      {figure.text}
    </span>
  );
}
