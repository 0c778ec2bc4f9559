/** How the texts in `messages/` are compiled to functions; one place for the build and the tests. */
export const MESSAGES = {
  project: './project.inlang',
  outdir: './src/lib/generated/messages',
  strategy: ['cookie', 'baseLocale'],
  cookieName: 'loa_locale',
  emitTsDeclarations: true,
  outputStructure: 'locale-modules',
} satisfies Parameters<typeof import('@inlang/paraglide-js').compile>[0];
