/**
 * The Checkmarx clients of Octo Bots: CxSAST 9.x and Checkmarx One, behind one contract. `checkmarxCredentials` declares
 * `checkmarx-credentials`; operations get a `CheckmarxClient`.
 */
export * from './contract.ts';
export { checkmarxCredentials } from './credentials.ts';
