import type { TokenLogin } from '../token.ts';

export interface CxSastLogin {
  readonly username: string;
  readonly password: string;
  readonly grantType: string;
  readonly scope: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** @param root `{api-url}/cxrestapi`. */
export function cxSastLogin(root: string, login: CxSastLogin): TokenLogin {
  return {
    product: 'CxSAST',
    url: `${root}/auth/identity/connect/token`,
    form: {
      username: login.username,
      password: login.password,
      grant_type: login.grantType,
      scope: login.scope,
      client_id: login.clientId,
      client_secret: login.clientSecret,
    },
    advice: (status) =>
      status === 404
        ? 'api-url must be that of a CxSAST 9.x server'
        : 'username, password and client of checkmarx-credentials must be those of a CxSAST user; mend them in its credentials file',
  };
}
