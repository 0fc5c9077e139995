import js from '@eslint/js'
import globals from 'globals'
import tseslint from 'typescript-eslint'

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'node_modules/',
      '.dataform/',
      'tests/fixtures/',
      'bench/node_modules/',
      'bench/.work/',
      '.tmp/',
    ],
  },
  js.configs.recommended,
  {
    files: ['src/**/*.ts', 'tests/**/*.ts', '*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // Numbers and booleans in messages are what messages are for.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
    },
  },
  {
    // Test rigs are objects of closures, made to be taken apart.
    files: ['tests/**/*.ts'],
    rules: { '@typescript-eslint/unbound-method': 'off' },
  },
  {
    // The library emits events; only the command line prints.
    files: ['src/**/*.ts'],
    ignores: ['src/cli/**'],
    rules: { 'no-console': 'error' },
  },
  {
    files: ['includes/**/*.js', 'definitions/**/*.js'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: {
        ...globals.commonjs,
        dataform: 'readonly',
        publish: 'readonly',
        operate: 'readonly',
        assert: 'readonly',
        declare: 'readonly',
        test: 'readonly',
      },
    },
    rules: { 'no-redeclare': ['error', { builtinGlobals: false }], 'no-undef': 'off' },
  },
  {
    files: ['bench/**/*.{js,mjs}', 'bin/**/*.js', '*.js'],
    languageOptions: { globals: globals.node },
  },
)
