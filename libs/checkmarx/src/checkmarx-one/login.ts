import type { TokenLogin } from '../token.ts';

export type CheckmarxOneLogin = { readonly tenant: string; readonly iamUrl: string } & (
  | { readonly apiKey: string }
  | { readonly clientId: string; readonly clientSecret: string }
);

export function checkmarxOneLogin(login: CheckmarxOneLogin): TokenLogin {
  const form =
    'apiKey' in login
      ? { grant_type: 'refresh_token', client_id: 'ast-app', refresh_token: login.apiKey }
      : { grant_type: 'client_credentials', client_id: login.clientId, client_secret: login.clientSecret };
  const keys = 'apiKey' in login ? 'api-key' : 'client-id and client-secret';
  return {
    product: 'Checkmarx One',
    url: `${login.iamUrl}/auth/realms/${encodeURIComponent(login.tenant)}/protocol/openid-connect/token`,
    form,
    advice(status) {
      const mend = 'mend this in the credentials file of checkmarx-credentials';
      if (status === 404)
        return `no tenant of that name is there: tenant must be the name of yours, iam-url that of its region; ${mend}`;
      return `${keys} must be valid, not expired or revoked, and of the tenant ${login.tenant}; ${mend}`;
    },
  };
}
