import js from '@eslint/js';
import reactHooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['src/api/schema.gen.ts', 'node_modules/'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [...tseslint.configs.strictTypeChecked, reactHooks.configs.flat.recommended],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Telemetry is text, never markup, and never code.
      'no-restricted-syntax': [
        'error',
        {
          selector: 'JSXAttribute[name.name="dangerouslySetInnerHTML"]',
          message: 'Telemetry is text, never markup.',
        },
      ],
      'no-console': 'error',
      // TanStack Virtual and Table return functions that the React compiler cannot memoise; it is not used here.
      'react-hooks/incompatible-library': 'off',
    },
  },
  {
    files: ['**/*.{jsx,tsx}'],
    rules: { 'max-lines': ['error', { max: 250 }] },
  },
);
