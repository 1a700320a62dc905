/**
 * Three maps that other libraries fill by declaration merging, so that extensions are typed from end to end while core
 * itself knows no service. libs/github, for one, adds GitHub's payloads and what its client gives to an operation.
 */

/** Event name (`X-GitHub-Event`) → the type of its payload. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging
export interface EventPayloads {}

/** Client type → what a filter or an operation gets of that client while it works on an event. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging
export interface EventClients {}

/** Client type → what an operation gets of that client on a tick of a background job. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging
export interface JobClients {}

export type EventName = Extract<keyof EventPayloads, string>;
export type EventClientType = Extract<keyof EventClients, string>;
export type JobClientType = Extract<keyof JobClients, string>;
