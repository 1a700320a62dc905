/** CxSAST 9.x, authenticated. */
export interface CxSastRequests {
  /** Full name of the team that owns the projects, from `team-full-name`. */
  readonly team: string;
  /**
   * Sends one request, with a token that is renewed as needed: early, by its lifetime, and once after a 401.
   * @param path below `{api-url}/cxrestapi`, such as `/projects?projectName=x`.
   * @param init as for `fetch`; its signal ends the request beside the run's own.
   * @returns the answer whatever its status is, for the caller to judge.
   * @throws OctoError CHECKMARX_REQUEST_FAILED without an answer, CLIENT_AUTHENTICATION_FAILED without a token; the signal's
   *   reason once the run has ended.
   */
  request(path: string, init?: RequestInit): Promise<Response>;
}
