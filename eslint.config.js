import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import typescript from 'typescript-eslint';

/** Module names that only some folders may import, with the reason that the message gives. */
const MEDIA = ['mediasoup', 'mediasoup/*', 'redis', 'redis/*'];
const EDGES = ['express', 'express/*', 'prom-client', 'socket.io', 'socket.io/*', '@loa/prisma', '@loa/prisma/*'];
const DATABASE = ['@loa/prisma', '@loa/prisma/*', '@prisma/*', 'pg', 'prisma'];

/**
 * @param {readonly string[]} names
 * @param {string} message
 */
const forbid = (names, message) => ({ group: [...names], message });

/** @param {...string} names Workspaces; their files cannot be reached by a relative path either. */
const otherWorkspaces = (...names) =>
  forbid(
    names.flatMap((name) => [`@loa/${name}`, `@loa/${name}/*`, `**/../${name}/**`]),
    'Between processes there is only the protocol: move what both need to shared.',
  );

/**
 * @param {readonly string[]} files
 * @param {...{ group: string[], message: string }} patterns
 */
const imports = (files, ...patterns) => ({
  files: [...files],
  rules: { 'no-restricted-imports': ['error', { patterns }] },
});

const PURE_ONLY = 'The core gets time and chance as arguments.';

export default typescript.config(
  {
    ignores: [
      '**/node_modules/',
      '**/build/',
      '**/dist/',
      '**/generated/',
      '**/.svelte-kit/',
      '**/static/',
      'data/',
      'test-results/',
      'playwright-report/',
    ],
  },
  js.configs.recommended,
  typescript.configs.strict,
  svelte.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true },
    languageOptions: { globals: globals.node },
    rules: {
      // It takes `Promise.withResolvers<void>()` for a mistake.
      '@typescript-eslint/no-invalid-void-type': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      // It cannot tell a Map that lives for one call from one that is state.
      'svelte/prefer-svelte-reactivity': 'off',
      // It knows fewer of the compiler's warnings than svelte-check, which has the last word.
      'svelte/no-unused-svelte-ignore': 'off',
      // The studio always stands at the root of its address.
      'svelte/no-navigation-without-resolve': 'off',
      'no-console': 'error',
      'no-param-reassign': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Use a frozen object and a union.' },
        { selector: 'TSModuleDeclaration[kind="namespace"][declare!=true]', message: 'Use a module.' },
        { selector: 'TSParameterProperty', message: 'Node runs these sources directly and cannot make the property.' },
      ],
    },
  },
  // Rules that need types: unawaited promises are how a media server loses an error.
  {
    files: ['{shared,prisma,sfu,receiver}/**/*.ts', '{scripts,docker}/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { globals: globals.browser, parserOptions: { parser: typescript.parser } },
  },
  // SvelteKit's own types can be extended in its namespace only.
  { files: ['**/*.d.ts'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['studio/src/**/*.ts'], languageOptions: { globals: globals.browser } },
  // Where a process begins there is no logger yet.
  { files: ['scripts/**', 'bench/**', 'docker/*.mjs', '**/main.ts'], rules: { 'no-console': 'off' } },
  // Playwright reads the names of fixtures from the pattern, also when there are none.
  { files: ['e2e/**'], rules: { 'no-empty-pattern': 'off' } },

  // Who may import what; the picture is in CONTRIBUTING.md.
  imports(
    ['shared/src/**'],
    otherWorkspaces('prisma', 'sfu', 'receiver', 'studio'),
    forbid(['node:*', 'fs', 'path', 'crypto', 'events', 'timers'], 'shared also runs in the browser.'),
  ),
  imports(['prisma/**'], otherWorkspaces('shared', 'sfu', 'receiver', 'studio')),
  imports(
    ['sfu/src/**'],
    otherWorkspaces('receiver', 'studio'),
    forbid(MEDIA, 'Only the pump touches media and Redis.'),
    forbid(EDGES, 'Only the door faces the world and the database.'),
  ),
  imports(
    ['sfu/src/pump/**'],
    otherWorkspaces('receiver', 'studio'),
    forbid(EDGES, 'Only the door faces the world and the database.'),
    forbid(['**/door/**'], 'The door and the pump share only link/ and sdp/.'),
  ),
  imports(
    ['sfu/src/door/**'],
    otherWorkspaces('receiver', 'studio'),
    forbid(MEDIA, 'Only the pump touches media and Redis.'),
    forbid(['**/pump/**'], 'The door and the pump share only link/ and sdp/.'),
  ),
  imports(
    ['receiver/src/**'],
    otherWorkspaces('sfu', 'studio'),
    forbid(DATABASE, 'A receiver stands alone at its site and has no database.'),
  ),
  imports(['studio/src/**'], otherWorkspaces('sfu', 'receiver')),
  {
    files: ['shared/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: PURE_ONLY },
        { object: 'Math', property: 'random', message: PURE_ONLY },
        { object: 'performance', property: 'now', message: PURE_ONLY },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: PURE_ONLY },
        { selector: 'TSEnumDeclaration', message: 'Use a frozen object and a union.' },
        { selector: 'TSParameterProperty', message: 'Node runs these sources directly and cannot make the property.' },
      ],
    },
  },
  // Tests put the parts of several workspaces together and poke at values whose shape they know.
  {
    files: ['**/*.test.ts', '**/test/**', 'e2e/**', 'bench/**'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
