import { PasswordInput, TextInput, type PasswordInputProps } from '@mantine/core';

import { sentences } from '../../api/errors';

export function EmailField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <TextInput
      label="E-mail"
      type="email"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      autoFocus
      autoComplete="username"
    />
  );
}

interface SecretProps extends Omit<PasswordInputProps, 'onChange' | 'error' | 'errorProps'> {
  /** What the button that shows it is about. */
  what: string;
  onChange: (value: string) => void;
  /** Why the server did not accept it; `null` where nothing is wrong. */
  error: Error | null;
}

/** A key or a password, with what is wrong with it. */
export function SecretField({ what, onChange, error, ...input }: SecretProps) {
  return (
    <PasswordInput
      {...input}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error === null ? null : sentences(error)}
      errorProps={{ role: 'alert' }}
      aria-invalid={error !== null}
      visibilityToggleButtonProps={{ 'aria-label': `Show the ${what}` }}
    />
  );
}
