/** Where the database is that `createDemoDatabase` copies; set by the global set-up for the processes of the tests. */
export const TEMPLATE_VARIABLE = 'LOA_TEST_DATABASE_TEMPLATE';
