/**
 * The Checkmarx client of Octo Bots: CxSAST 9.x. `checkmarxCredentials` declares `checkmarx-credentials`; operations get a
 * `CheckmarxClient`.
 */
export { checkmarxCredentials } from './credentials.ts';
export * from './types.ts';
