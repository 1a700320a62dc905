/**
 * The Checkmarx client of Octo Bots: CxSAST 9.x. `checkmarxCredentials` declares `checkmarx-credentials`; operations get a
 * `CheckmarxClient`.
 */
export * from './contract.ts';
export { checkmarxCredentials } from './credentials.ts';
