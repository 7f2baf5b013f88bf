import { Combobox, TextInput, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useLayoutEffect, useMemo, useRef, useState } from 'react';

import { ApiError, sentences } from '../../api/errors';
import { grammarQuery, valuesQuery } from '../../api/queries';
import { plural } from '../../format/numbers';
import {
  complete,
  taken,
  unitsBefore,
  valueOptions,
  type Completion,
  type Option,
} from '../../model/completion';
import { Data } from '../../parts/Data';
import { useShortcut } from '../../state/shortcuts';

import classes from './Toolbar.module.css';

import type { ListState } from '../../state/listState';

interface Props {
  state: ListState;
  setState: (state: ListState) => void;
  error: Error | null;
}

const NOTHING: Completion = { from: 0, to: 0, options: [], values: null };

/** The filter expression: completed as it is written, asked at Enter, its fault shown under the character. */
export function ExpressionBox({ state, setState, error }: Props) {
  const [text, setText] = useState(state.filter);
  const [caret, setCaret] = useState(text.length);
  const [shift, setShift] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const wanted = useRef<number | null>(null);
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  useShortcut({ keys: 'e', label: 'Write a filter expression', group: 'List', isCommand: true }, () =>
    input.current?.focus(),
  );
  const { completion, options } = useCompletion(text, caret, combobox.dropdownOpened);
  useLayoutEffect(() => {
    if (wanted.current === null) return;
    input.current?.setSelectionRange(wanted.current, wanted.current);
    wanted.current = null;
  });

  const apply = (): void => {
    combobox.closeDropdown();
    setState({ ...state, filter: text.trim() });
  };
  const choose = (label: string): void => {
    const option = options.find((one) => one.label === label);
    if (option === undefined) return;
    const next = taken(text, completion, option);
    wanted.current = next.caret;
    setText(next.text);
    setCaret(next.caret);
    combobox.resetSelectedOption();
  };
  const isBad = error instanceof ApiError && error.code === 'bad_filter' && text.trim() === state.filter;
  return (
    <div className={classes.expression}>
      <Combobox
        store={combobox}
        onOptionSubmit={choose}
        shadow="none"
        transitionProps={{ duration: 90 }}
        width={420}
        position="bottom-start"
      >
        <Combobox.Target withExpandedAttribute>
          <TextInput
            ref={input}
            aria-label="Filter expression"
            aria-describedby={isBad ? 'expression-fault' : undefined}
            placeholder="cost > 0.5 and errors > 0"
            spellCheck={false}
            autoComplete="off"
            error={isBad}
            value={text}
            onFocus={() => combobox.openDropdown()}
            onBlur={() => combobox.closeDropdown()}
            onScroll={(event) => setShift(event.currentTarget.scrollLeft)}
            onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? text.length)}
            onChange={(event) => {
              setText(event.currentTarget.value);
              setCaret(event.currentTarget.selectionStart ?? event.currentTarget.value.length);
              combobox.openDropdown();
              combobox.resetSelectedOption();
            }}
            onKeyDown={(event) => {
              if (event.nativeEvent.isComposing) return;
              if (event.key === 'Escape') {
                if (!combobox.dropdownOpened || options.length === 0) input.current?.blur();
                combobox.closeDropdown();
              }
              const isChoosing = combobox.dropdownOpened && combobox.getSelectedOptionIndex() >= 0;
              if (event.key === 'Enter' && !isChoosing) apply();
            }}
          />
        </Combobox.Target>
        <Combobox.Dropdown hidden={options.length === 0}>
          <Combobox.Options mah={300} style={{ overflowY: 'auto' }} aria-label="What can be written here">
            {options.map(({ label, detail }) => (
              <Combobox.Option key={label} value={label}>
                <span className={classes.completion}>
                  <Data>{label}</Data>
                  <span>{detail}</span>
                </span>
              </Combobox.Option>
            ))}
          </Combobox.Options>
        </Combobox.Dropdown>
      </Combobox>
      {isBad && <Fault error={error} text={text} shift={shift} />}
    </div>
  );
}

function useCompletion(
  text: string,
  caret: number,
  isOpen: boolean,
): { completion: Completion; options: Option[] } {
  const { data: grammar } = useQuery({ ...grammarQuery, enabled: isOpen });
  const completion = useMemo(
    () => (grammar === undefined ? NOTHING : complete(text, caret, grammar)),
    [text, caret, grammar],
  );
  const asked = completion.values;
  const [prefix] = useDebouncedValue(asked?.prefix ?? '', 120);
  const field = asked?.field ?? '';
  const { data: values } = useQuery({
    ...valuesQuery(field, prefix),
    // Those of another field would be taken for its own; those of an earlier beginning stay while the next ones come.
    placeholderData: (earlier, query) => (query?.queryKey[1] === field ? earlier : undefined),
    enabled: isOpen && asked !== null,
  });
  const options =
    asked === null || values === undefined
      ? completion.options
      : valueOptions(values, completion, (count) => plural(count, 'session'));
  return { completion, options };
}

function Fault({ error, text, shift }: { error: ApiError; text: string; shift: number }) {
  const { position } = error;
  // The hint draws the place in plain text: here the mark under the input does.
  const told = new ApiError(error.status, error.code, error.message, error.hint?.split('\n').at(-1) ?? null);
  return (
    <div id="expression-fault" className={classes.fault} role="alert">
      {position !== null && (
        <span className={classes.caret} style={{ paddingLeft: 10, marginLeft: -shift }} aria-hidden="true">
          <span>{text.slice(0, unitsBefore(text, position))}</span>^
        </span>
      )}
      <Data>{sentences(told)}</Data>
    </div>
  );
}
