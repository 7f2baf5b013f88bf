import classes from './Analytics.module.css';

interface Props<T extends string> {
  /** What is chosen, as a screen reader says it. */
  label: string;
  /** What stands before the options. */
  lead: string;
  options: readonly { value: T; label: string; tip?: string }[];
  value: T | null;
  onChange: (value: T) => void;
}

/** One of a few, all of them in sight. */
export function Choice<T extends string>({ label, lead, options, value, onChange }: Props<T>) {
  return (
    <div className={classes.by} role="group" aria-label={label}>
      <span className={classes.lead}>{lead}</span>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          data-tip={option.tip}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
