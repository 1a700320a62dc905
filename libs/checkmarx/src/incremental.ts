/**
 * An incremental scan that was refused has no code of its own; only what the server says about the failed scan tells, such as
 * `Changes exceeded the threshold limit - 7%. … A full scan should be submitted.`
 */
export function saysIncrementalRefused(details: string): boolean {
  return /changes exceeded the threshold|full scan should be submitted/i.test(details);
}
