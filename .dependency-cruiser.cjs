/** Import rules that need the resolved graph: circles, and walls that a relative path could climb over. */
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'Two modules that import each other are one module, or share a third.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'shared-is-alone',
      severity: 'error',
      from: { path: '^shared/src' },
      to: { path: '^(prisma|sfu|receiver|studio|scripts)/' },
    },
    {
      name: 'prisma-is-alone',
      severity: 'error',
      from: { path: '^prisma/' },
      to: { path: '^(shared|sfu|receiver|studio|scripts)/' },
    },
    {
      name: 'processes-meet-in-the-protocol-only',
      severity: 'error',
      from: { path: '^(sfu|receiver|studio)/src' },
      to: { path: '^(sfu|receiver|studio)/src', pathNot: '^$1/' },
    },
    { name: 'studio-has-no-database', severity: 'error', from: { path: '^studio/src' }, to: { path: '^prisma/' } },
    { name: 'receiver-has-no-database', severity: 'error', from: { path: '^receiver/src' }, to: { path: '^prisma/' } },
    {
      name: 'door-and-pump-share-link-and-sdp-only',
      severity: 'error',
      from: { path: '^sfu/src/(door|pump)/' },
      to: { path: '^sfu/src/(door|pump)/', pathNot: '^sfu/src/$1/' },
    },
    {
      name: 'tests-are-not-imported',
      severity: 'error',
      from: { pathNot: '(\\.test\\.ts$|/test/|^e2e/|^bench/|^prisma/testing/)' },
      to: { path: '(\\.test\\.ts$|/test/|^e2e/|^prisma/testing/)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(/generated/|/build/|\\.svelte-kit)' },
    tsPreCompilationDeps: 'specify',
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.svelte'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
